package identifier

import "strings"

// E.164 allows fifteen digits; no subscriber anywhere has fewer than seven with its country.
const (
	minPhone = 7
	maxPhone = 15
)

// Phone returns the E.164 form of a telephone or fax number (OIDC Core 5.1): a number that
// begins with 0 is a Japanese one, any other has to begin with + and its country code.
// Blanks, hyphens and parentheses between digits mean nothing, in any width. It returns
// ErrMalformed otherwise. Phone(Phone(s)) is Phone(s).
func Phone(s string) (string, error) {
	s, err := compat(s)
	if err != nil {
		return "", err
	}
	s = strings.Replace(s, "(0)", "", 1) // +81 (0)3: the zero is for those who leave +81 out
	abroad := strings.HasPrefix(s, "+")
	var b strings.Builder
	for _, r := range strings.TrimPrefix(s, "+") {
		switch {
		case r >= '0' && r <= '9':
			b.WriteRune(r)
		case strings.ContainsRune(" -()ー−‐–.", r):
		default:
			return "", malformed("character not allowed in a telephone number")
		}
	}
	digits := b.String()
	switch {
	case abroad && strings.HasPrefix(digits, "0"), strings.HasPrefix(digits, "00"), !abroad && !strings.HasPrefix(digits, "0"):
		return "", malformed("telephone number without its country")
	case !abroad:
		digits = "81" + digits[1:]
	}
	if len(digits) < minPhone || len(digits) > maxPhone {
		return "", malformed("telephone number length")
	}
	return "+" + digits, nil
}
