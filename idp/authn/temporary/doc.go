// Package temporary makes the temporary passwords that are printed on letters: their
// alphabet, their grouping, how what was typed is read, and how they read aloud.
//
// Sixteen characters, of which fourteen are random (70 bits) and two are a check. The check
// makes the form recognisable: what has it is compared with a temporary password too, and
// is refused as a password that somebody chooses, so that a temporary one never becomes a
// lasting one. The package refuses to compare or to store.
package temporary
