package device

import (
	"crypto/rand"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// alphabet has no vowels, so that no code is a word, no digits and no O or I, so that none
// looks like another letter (RFC 8628 6.1).
const alphabet = "BCDFGHJKLMNPQRSTVWXZ"

// userCodeLength gives 34 bits: far too few to keep, enough for minutes behind the limits on
// entering one.
const userCodeLength = 8

// maxEntered bounds what is read of an entered code.
const maxEntered = 64

// NewUserCode is a code in the form in which codes are kept and compared.
func NewUserCode() string {
	const whole = 256 - 256%len(alphabet) // beyond it some letters would be likelier
	code := make([]byte, 0, userCodeLength)
	var random [1]byte
	for len(code) < userCodeLength {
		rand.Read(random[:])
		if int(random[0]) < whole {
			code = append(code, alphabet[int(random[0])%len(alphabet)])
		}
	}
	return string(code)
}

// Show is a code as a screen shows it: XXXX-XXXX.
func Show(code string) string {
	if len(code) != userCodeLength {
		return ""
	}
	return code[:userCodeLength/2] + "-" + code[userCodeLength/2:]
}

// ReadUserCode is what somebody typed, in the form in which codes are compared; "" when it
// can be no code. Small letters, the full-width letters of a Japanese keyboard, and spaces
// and dashes of every kind are how people type what is in front of them.
func ReadUserCode(entered string) string {
	if len(entered) > maxEntered {
		return ""
	}
	var code strings.Builder
	for _, r := range strings.ToUpper(norm.NFKC.String(entered)) {
		switch {
		case strings.ContainsRune(alphabet, r):
			code.WriteRune(r)
		case unicode.Is(unicode.Pd, r) || unicode.IsSpace(r) || strings.ContainsRune("ー−_・", r):
		default:
			return ""
		}
	}
	if code.Len() != userCodeLength {
		return ""
	}
	return code.String()
}
