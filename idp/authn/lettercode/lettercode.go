// Package lettercode makes the long codes that people copy from a letter or a mail:
// invitations and the undoing of a change. It owns their alphabet, their grouping and how
// what was typed is read.
//
// A code has 80 bits: it is guessed over the wire only, where attempts are counted by the
// packages that use it. It refuses to compare or to store; that is theirs too.
package lettercode

import (
	"crypto/rand"
	"encoding/base32"
	"strings"

	"golang.org/x/text/unicode/norm"
)

const codeBytes = 10

var encoding = base32.NewEncoding("0123456789ABCDEFGHJKMNPQRSTVWXYZ").WithPadding(base32.NoPadding)

// New returns a code as it is compared, and in groups of four for reading aloud.
func New() (plain, shown string) {
	raw := make([]byte, codeBytes)
	rand.Read(raw)
	plain = encoding.EncodeToString(raw)
	return plain, plain[0:4] + "-" + plain[4:8] + "-" + plain[8:12] + "-" + plain[12:16]
}

// Normalise takes a code as people type it: any case, full width, with or without
// hyphens, and the letters that look like digits. What is too long to be one is "".
func Normalise(code string) string {
	if len(code) > 128 {
		return ""
	}
	return strings.Map(func(r rune) rune {
		switch r {
		case ' ', '-', '‐', 'ー', '−':
			return -1
		case 'O':
			return '0'
		case 'I', 'L':
			return '1'
		}
		return r
	}, strings.ToUpper(norm.NFKC.String(code)))
}
