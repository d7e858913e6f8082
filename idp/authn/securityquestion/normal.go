package securityquestion

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// normal is an answer as it is compared: full-width and half-width forms, katakana and
// hiragana, capital and small letters are one, and spaces and marks are left out.
func normal(answer string) string {
	var b strings.Builder
	for _, c := range norm.NFKC.String(answer) {
		switch {
		case c >= 'ァ' && c <= 'ヶ':
			b.WriteRune(c - 'ァ' + 'ぁ')
		case c == 'ー' || unicode.IsLetter(c) || unicode.IsNumber(c) || unicode.Is(unicode.Mn, c):
			b.WriteRune(unicode.ToLower(c))
		}
	}
	return b.String()
}
