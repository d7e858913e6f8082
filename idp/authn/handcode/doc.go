// Package handcode makes and reads codes that people copy by hand, from a mail or from
// paper: 80 random bits in sixteen letters and digits that are not mistaken for each other.
//
// It refuses to store or compare them: whoever issues a code keeps a keyed MAC of what
// Read returns.
package handcode
