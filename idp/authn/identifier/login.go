package identifier

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// MaxLoginName is the longest canonical login name, in code points.
const MaxLoginName = 64

// LoginName returns the canonical form of a customer code (お客様コード) or other login
// name: NFKC, case-folded, 1 to MaxLoginName code points of letters, combining marks,
// digits and the punctuation . - _ between them. It returns ErrMalformed otherwise.
// LoginName(LoginName(s)) is LoginName(s).
func LoginName(s string) (string, error) {
	s, err := compat(s)
	if err != nil {
		return "", err
	}
	s = fold(s)
	if err := visible(s); err != nil {
		return "", err
	}
	if utf8.RuneCountInString(s) > MaxLoginName {
		return "", malformed("login name too long")
	}
	if strings.Trim(s, "._-") != s {
		return "", malformed("punctuation at an end")
	}
	for i, r := range s {
		switch {
		case unicode.IsLetter(r), unicode.IsDigit(r), r == '.', r == '-', r == '_':
		case unicode.Is(unicode.M, r) && i > 0:
		default:
			return "", malformed("character not allowed in a login name")
		}
	}
	return s, oneScript(s)
}

// japanese are the scripts that Japanese text mixes freely.
var japanese = []*unicode.RangeTable{unicode.Latin, unicode.Han, unicode.Hiragana, unicode.Katakana}

// oneScript refuses names built from look-alikes of several scripts, such as a Cyrillic
// а among Latin letters.
func oneScript(s string) error {
	var seen *unicode.RangeTable
	for _, r := range s {
		t := script(r)
		if t == nil {
			continue
		}
		if seen == nil {
			seen = t
		}
		if seen != t {
			return malformed("mixed scripts")
		}
	}
	return nil
}

// script returns the table a rune counts under: one for all of japanese, its own for other
// scripts, nil for what every script shares.
func script(r rune) *unicode.RangeTable {
	if unicode.In(r, unicode.Common, unicode.Inherited) {
		return nil
	}
	if unicode.In(r, japanese...) {
		return unicode.Latin
	}
	for _, t := range unicode.Scripts {
		if unicode.Is(t, r) {
			return t
		}
	}
	return unicode.Cn
}

// Lookup returns the form under which what was typed at sign-in is looked up: a canonical
// mail address when it holds an @ (in any width), else a canonical login name. A nil error
// says nothing about whether such an account exists.
func Lookup(s string) (string, error) {
	if strings.ContainsAny(s, "@＠﹫") {
		address, err := Email(s)
		return address.Canonical, err
	}
	return LoginName(s)
}
