package details

import (
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Formats are how a field can be written.
var Formats = []string{"text", "yen", "number", "account", "account_masked", "date", "word"}

// Line is one member of a transaction in a customer's words.
type Line struct {
	Label, Value string
	Large        bool
}

// Lines are all members in the order of the type's fields.
func (tx *Transaction) Lines(lang string) []Line {
	return tx.Masked(lang, func(number string) string { return number })
}

// Masked are the lines with account numbers as mask writes them, for pages that anybody may
// look at who sits before an open session.
func (tx *Transaction) Masked(lang string, mask func(string) string) []Line {
	var lines []Line
	for _, f := range tx.Type.Fields {
		text, sent := tx.leaves[f.Name]
		if !sent {
			continue
		}
		value, _ := f.write(text, lang)
		if f.Format == "account" {
			value = mask(text)
		}
		lines = append(lines, Line{Label: f.Label.In(lang), Value: value, Large: f.Large})
	}
	return lines
}

// write is a value as the page writes it; false when it is not one of the format's.
func (f Field) write(text, lang string) (string, bool) {
	switch f.Format {
	case "yen":
		if !wholeNumber.MatchString(text) || text[0] == '-' {
			return "", false
		}
		if lang == "en" {
			return "¥" + separated(text), true
		}
		return separated(text) + "円", true
	case "number":
		return separated(text), wholeNumber.MatchString(text)
	case "account_masked":
		kept := text[max(0, len(text)-3):]
		return "••••" + kept, digits(text) && len(text) > 3
	case "account":
		return text, digits(text)
	case "date":
		day, err := time.Parse(time.DateOnly, text)
		if lang == "en" {
			return day.Format("2 January 2006"), err == nil
		}
		return day.Format("2006年1月2日"), err == nil
	case "word":
		word := f.Words[text].In(lang)
		return word, word != ""
	}
	return text, f.Format == "text"
}

func digits(s string) bool {
	return s != "" && strings.IndexFunc(s, func(c rune) bool { return (c < '0' || c > '9') && c != '-' }) < 0
}

// separated writes a whole number in groups of three.
func separated(n string) string {
	sign := ""
	if strings.HasPrefix(n, "-") {
		sign, n = "-", n[1:]
	}
	for i := len(n) - 3; i > 0; i -= 3 {
		n = n[:i] + "," + n[i:]
	}
	return sign + n
}

// maxText is the longest text of a member, in characters.
const maxText = 120

// unseen are characters that count as letters or marks and leave nothing on a page.
var unseen = []rune{'\u034f', '\u115f', '\u1160', '\u17b4', '\u17b5', '\u3164', '\uffa0'}

// visible reports whether a text is what it looks like: no control characters, none that
// change the direction or leave no trace, no space but the two that people type, and those
// not where they cannot be seen (RA-02).
func visible(s string) bool {
	if !utf8.ValidString(s) || utf8.RuneCountInString(s) > maxText || strings.TrimSpace(s) != s {
		return false
	}
	return strings.IndexFunc(s, func(c rune) bool {
		switch {
		case c == ' ', c == '\u3000':
			return false
		case c >= '\ufe00' && c <= '\ufe0f', c >= '\U000e0100' && c <= '\U000e01ef', slices.Contains(unseen, c):
			return true
		}
		return !unicode.IsPrint(c)
	}) < 0
}
