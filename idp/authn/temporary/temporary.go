package temporary

import (
	"crypto/rand"
	"crypto/sha256"
	"strings"

	"golang.org/x/text/unicode/norm"
)

// alphabet leaves out 0, 1, I and O, which look alike in print.
const alphabet = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"

const (
	random = 14
	length = random + 2
	group  = 4
)

// New returns a temporary password as it is compared.
func New() string {
	var raw [random]byte
	rand.Read(raw[:])
	var b strings.Builder
	for _, c := range raw {
		b.WriteByte(alphabet[c%32]) // 256 is a multiple of 32: every character is equally likely
	}
	return b.String() + check(b.String())
}

func check(s string) string {
	sum := sha256.Sum256([]byte("sekisho temporary password " + s))
	return string([]byte{alphabet[sum[0]%32], alphabet[sum[1]%32]})
}

// Groups are the groups of four in which it is printed.
func Groups(plain string) []string {
	var out []string
	for i := 0; i < len(plain); i += group {
		out = append(out, plain[i:min(i+group, len(plain))])
	}
	return out
}

// Parse reads what was typed as a temporary password: any case, full width, with or without
// hyphens and spaces. ok is false for what does not have the form of one.
func Parse(typed string) (plain string, ok bool) {
	if len(typed) > 128 {
		return "", false
	}
	plain = strings.Map(func(r rune) rune {
		switch r {
		case ' ', '-', '‐', 'ー', '−':
			return -1
		}
		return r
	}, strings.ToUpper(norm.NFKC.String(typed)))
	if len(plain) != length || strings.Trim(plain, alphabet) != "" {
		return "", false
	}
	return plain, check(plain[:random]) == plain[random:]
}
