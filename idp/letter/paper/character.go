package paper

import (
	"errors"
	"fmt"
	"strings"
)

// character is one character as written: its code point and, where one follows, its
// variation selector.
type character struct{ base, selector rune }

func selector(r rune) bool { return r >= 0xFE00 && r <= 0xFE0F || r >= 0xE0100 && r <= 0xE01EF }

func characters(s string) []character {
	var out []character
	for _, r := range s {
		if selector(r) && len(out) > 0 && out[len(out)-1].selector == 0 {
			out[len(out)-1].selector = r
			continue
		}
		out = append(out, character{base: r})
	}
	return out
}

func (c character) runes() []rune {
	if c.selector == 0 {
		return []rune{c.base}
	}
	return []rune{c.base, c.selector}
}

func (c character) String() string {
	var codes []string
	for _, r := range c.runes() {
		codes = append(codes, fmt.Sprintf("U+%04X", r))
	}
	return fmt.Sprintf("%s (%s)", string(c.runes()), strings.Join(codes, " "))
}

// ErrMissing: no font has a character of the letter.
var ErrMissing = errors.New("no font of letters.fonts has it")

// MissingError names the first character that no font has.
type MissingError struct{ Character string }

func (e *MissingError) Error() string { return e.Character + ": " + ErrMissing.Error() }

// Unwrap makes errors.Is(err, ErrMissing) true.
func (e *MissingError) Unwrap() error { return ErrMissing }
