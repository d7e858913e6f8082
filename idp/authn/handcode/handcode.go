package handcode

import (
	"crypto/rand"
	"encoding/base32"
	"strings"

	"golang.org/x/text/unicode/norm"
)

const codeBytes = 10 // 80 bits: guessed over the wire only, a few tries at most

var encoding = base32.NewEncoding("0123456789ABCDEFGHJKMNPQRSTVWXYZ").WithPadding(base32.NoPadding)

// New returns a code as it is kept and as it is shown: in groups of four, for reading aloud.
func New() (plain, shown string) {
	raw := make([]byte, codeBytes)
	rand.Read(raw)
	plain = encoding.EncodeToString(raw)
	return plain, plain[0:4] + "-" + plain[4:8] + "-" + plain[8:12] + "-" + plain[12:16]
}

// Read takes a code as people type it: any case, full width, with or without hyphens, and
// the letters that look like digits. What is far too long is "".
func Read(typed string) string {
	if len(typed) > 128 {
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
	}, strings.ToUpper(norm.NFKC.String(typed)))
}
