package reissue

import (
	"crypto/subtle"
	"strings"

	"golang.org/x/text/unicode/norm"

	"sekisho/idp"
)

// digits keeps the digits of a date or a postal code, however it was written.
func digits(s string) string {
	return strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, norm.NFKC.String(s))
}

// matches compares with what is registered. A profile that lacks either matches nothing.
func matches(p idp.Profile, a asked) bool {
	if p.Address == nil {
		return false
	}
	birth, postal := digits(p.Birthdate), digits(p.Address.PostalCode)
	same := subtle.ConstantTimeCompare([]byte(birth), []byte(a.Birthdate)) & subtle.ConstantTimeCompare([]byte(postal), []byte(a.Postal))
	return len(birth) == 8 && len(postal) == 7 && same == 1
}
