// Package typed owns how a long code is written so that people can copy it from paper, and
// how what they typed is read. Whoever makes codes says how long they are and what they do.
//
// It refuses to compare or store a code.
package typed

import (
	"crypto/rand"
	"encoding/base32"
	"strings"

	"golang.org/x/text/unicode/norm"
)

// Bytes is a kind of code by how many random bytes one has; a multiple of five leaves no
// half letter.
type Bytes int

// New returns a code as it is compared, and in groups of four for reading aloud.
func (b Bytes) New() (plain, shown string) {
	raw := make([]byte, b)
	rand.Read(raw)
	plain = encoding.EncodeToString(raw)
	return plain, grouped(plain)
}

// encoding has no letters that are taken for digits.
var encoding = base32.NewEncoding("0123456789ABCDEFGHJKMNPQRSTVWXYZ").WithPadding(base32.NoPadding)

// grouped is a code in groups of four, for reading aloud.
func grouped(plain string) string {
	var b strings.Builder
	for i := 0; i < len(plain); i += 4 {
		if i > 0 {
			b.WriteByte('-')
		}
		b.WriteString(plain[i:min(i+4, len(plain))])
	}
	return b.String()
}

// Read takes a code as people type it: any case, full width, with or without hyphens,
// and the letters that look like digits. What is too long to be one is "".
func (b Bytes) Read(code string) string {
	if len(code) > 16*int(b) { // more than twice what full width and hyphens take
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
