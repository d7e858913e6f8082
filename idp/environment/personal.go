package environment

import (
	"crypto/sha256"
	"crypto/subtle"
	"strings"

	"golang.org/x/text/unicode/norm"

	"sekisho/idp"
)

// PersonalRegistered reports whether the firm holds what the check by birth date and
// postal code compares with.
func PersonalRegistered(p idp.Profile) bool {
	return plainDate(p.Birthdate) != "" && p.Address != nil && plainPostal(p.Address.PostalCode) != ""
}

// PersonalMatches compares what was typed with what is registered. Both values are always
// compared and in constant time, and the answer does not say which one was wrong.
func PersonalMatches(p idp.Profile, birthdate, postal string) bool {
	registered := ""
	if p.Address != nil {
		registered = p.Address.PostalCode
	}
	birth := same(plainDate(p.Birthdate), plainDate(birthdate))
	place := same(plainPostal(registered), plainPostal(postal))
	return birth&place == 1 && PersonalRegistered(p)
}

func same(a, b string) int {
	x, y := sha256.Sum256([]byte(a)), sha256.Sum256([]byte(b))
	return subtle.ConstantTimeCompare(x[:], y[:])
}

// plainDate is YYYYMMDD, however it was separated; "" when it is not eight digits.
func plainDate(s string) string {
	s = keep(s, func(r rune) bool { return r >= '0' && r <= '9' })
	if len(s) != 8 {
		return ""
	}
	return s
}

func plainPostal(s string) string {
	return keep(s, func(r rune) bool { return r >= '0' && r <= '9' || r >= 'A' && r <= 'Z' })
}

// keep folds full-width forms and case, and drops every other character.
func keep(s string, wanted func(rune) bool) string {
	if len(s) > 64 {
		return ""
	}
	return strings.Map(func(r rune) rune {
		if wanted(r) {
			return r
		}
		return -1
	}, strings.ToUpper(norm.NFKC.String(s)))
}
