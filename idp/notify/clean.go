package notify

import (
	"fmt"
	"net/mail"
	"regexp"
	"strings"
	"unicode"

	"sekisho/idp"
)

// looksLinked matches what mail programs turn into something to press: a scheme, an
// address, or a dotted name such as evil.example, also with the full stops that IDNA
// reads as dots. Version numbers (15.2) do not match.
var looksLinked = regexp.MustCompile(`://|@|[\p{L}\p{N}][.．。｡]\p{L}{2,}`)

var unlink = strings.NewReplacer(".", "·", "．", "·", "。", "·", "｡", "·", "/", "·", ":", "·", "@", "·")

// spoken makes text that somebody outside the firm chose fit for a mail: one line, no
// control or direction-changing characters, at most max runes, nothing to press (OT-13).
func spoken(s string, max int) string {
	s = strings.ToValidUTF8(s, "")
	s = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r) || r == '\u2028' || r == '\u2029':
			return ' '
		case !unicode.IsPrint(r): // Cc, Cf (bidi overrides, zero width), unassigned
			return -1
		}
		return r
	}, s)
	s = strings.Join(strings.Fields(s), " ")
	if looksLinked.MatchString(s) {
		s = unlink.Replace(s)
	}
	if runes := []rune(s); len(runes) > max {
		s = string(runes[:max-1]) + "…"
	}
	return s
}

var codeShape = regexp.MustCompile(`^[0-9A-Za-z-]{4,64}$`)

// checkAddress accepts exactly one bare address. The address is what an operator or a
// customer registered, so a line break or a second recipient in it is an attack (OT-13).
func checkAddress(address string) error {
	parsed, err := mail.ParseAddress(address)
	if err != nil || parsed.Name != "" || parsed.Address != address || len(address) > 254 ||
		strings.ContainsFunc(address, func(r rune) bool { return unicode.IsControl(r) || unicode.IsSpace(r) }) {
		return fmt.Errorf("notify: not one plain mail address: %w", idp.ErrRejected)
	}
	return nil
}
