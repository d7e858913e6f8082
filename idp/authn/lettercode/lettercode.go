// Package lettercode makes the long codes that people copy from a letter or a mail:
// invitations and the undoing of a change. It owns their alphabet, their grouping and how
// what was typed is read.
//
// A code has 80 bits: it is guessed over the wire only, where attempts are counted by the
// packages that use it. It refuses to compare or to store; that is theirs too.
package lettercode

import (
	"sekisho/idp/authn/internal/typed"
	"sekisho/idp/keys"
)

// size of one code: 80 bits.
const size typed.Bytes = 10

// Vault makes and checks the MACs under which the packages that use letter codes keep
// them. *keys.Vault satisfies it.
type Vault interface {
	MAC(p keys.Purpose, parts ...[]byte) []byte
	VerifyMAC(p keys.Purpose, mac []byte, parts ...[]byte) bool
}

// New returns a code as it is compared, and in groups of four for reading aloud.
func New() (plain, shown string) { return size.New() }

// Normalise takes a code as people type it: any case, full width, with or without
// hyphens, and the letters that look like digits. What is too long to be one is "".
func Normalise(code string) string { return size.Read(code) }
