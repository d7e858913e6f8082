// Package typed owns how a long code is written so that people can copy it from paper, and
// how what they typed is read. Whoever makes codes says how long they are and what they do.
//
// It refuses to make, compare or store a code.
package typed

import (
	"encoding/base32"
	"strings"

	"golang.org/x/text/unicode/norm"
)

// Encoding has no letters that are taken for digits.
var Encoding = base32.NewEncoding("0123456789ABCDEFGHJKMNPQRSTVWXYZ").WithPadding(base32.NoPadding)

// Grouped is a code in groups of four, for reading aloud.
func Grouped(plain string) string {
	var b strings.Builder
	for i := 0; i < len(plain); i += 4 {
		if i > 0 {
			b.WriteByte('-')
		}
		b.WriteString(plain[i:min(i+4, len(plain))])
	}
	return b.String()
}

// Normalise takes a code as people type it: any case, full width, with or without hyphens,
// and the letters that look like digits. What is longer than most bytes is "".
func Normalise(code string, most int) string {
	if len(code) > most {
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
