package identifier

import (
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/bidi"
	"golang.org/x/text/unicode/norm"
)

// ErrMalformed: the text cannot be a login name or a mail address. It carries no part of
// the input.
var ErrMalformed = errors.New("malformed identifier")

func malformed(why string) error { return fmt.Errorf("%w: %s", ErrMalformed, why) }

// maxInput bounds the work on hostile input before anything is normalised, in bytes.
const maxInput = 1024

// compat trims surrounding white space, refuses what must not be in any identifier and
// returns the NFKC form.
func compat(s string) (string, error) {
	if len(s) > maxInput {
		return "", malformed("too long")
	}
	if !utf8.ValidString(s) {
		return "", malformed("not UTF-8")
	}
	s = strings.TrimFunc(s, trimmable)
	if s == "" {
		return "", malformed("empty")
	}
	// Both sides of normalisation are looked at: NFKC turns some invisible characters
	// into visible ones and the other way round.
	if err := visible(s); err != nil {
		return "", err
	}
	s = norm.NFKC.String(s)
	return s, visible(s)
}

// trimmable are the blanks people paste around a name. Line breaks are not among them: a
// value with one was not typed into a single-line field (OT-13).
func trimmable(r rune) bool { return r == ' ' || r == '\t' || r == '\u3000' }

func visible(s string) error {
	for _, r := range s {
		switch {
		case r == utf8.RuneError:
			return malformed("replacement character")
		case unicode.In(r, unicode.Cc, unicode.Cf, unicode.Co, unicode.Cs, unicode.Zl, unicode.Zp,
			unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector, unicode.Noncharacter_Code_Point):
			return malformed("invisible or control character")
		case !unicode.IsGraphic(r):
			return malformed("unassigned character")
		}
		switch p, _ := bidi.LookupRune(r); p.Class() {
		case bidi.R, bidi.AL, bidi.AN:
			return malformed("right-to-left character")
		}
	}
	return nil
}

// fold is NFKC_Casefold without its silent removals (Unicode 3.13): case folding can leave
// a decomposed form, so it is normalised until nothing changes.
func fold(s string) string {
	for range 3 {
		next := norm.NFKC.String(cases.Fold().String(s))
		if next == s {
			break
		}
		s = next
	}
	return s
}
