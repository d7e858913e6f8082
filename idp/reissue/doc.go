// Package reissue serves /reissue, where a customer who forgot the passwords asks for
// temporary ones by post (A9).
//
// Whoever asks gets one answer, in the same time: what was typed is compared behind it. The
// package refuses to say whether anything matched, and it changes no password: that is done
// by whoever holds the letter.
package reissue
