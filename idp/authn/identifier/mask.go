package identifier

import (
	"strings"
	"unicode/utf8"
)

// dots stand for what is hidden: always four, so that the length stays unknown.
const dots = "••••"

// MaskEmail shows enough of a mail address for its owner to tell which one it is:
// ab••••@e••••. Of a local part at most a third and two characters are shown. What is no
// address comes back fully masked.
func MaskEmail(address string) string {
	at := strings.LastIndexByte(address, '@')
	if at < 0 {
		return dots
	}
	local, domain := strings.Trim(address[:at], `"`), address[at+1:]
	return prefix(local, min(2, utf8.RuneCountInString(local)/3)) + dots + "@" + prefix(domain, 1) + dots
}

// MaskLogin shows the end of a login name or customer code, or the masked form of a mail
// address used as one: ••••678.
func MaskLogin(login string) string {
	if strings.Contains(login, "@") {
		return MaskEmail(login)
	}
	return MaskTail(login, 3)
}

// MaskTail hides all but the last keep characters, and of a short value shows no more than
// a third. For phone, postal code and account numbers.
func MaskTail(s string, keep int) string {
	runes := []rune(s)
	keep = max(0, min(keep, len(runes)/3))
	return dots + string(runes[len(runes)-keep:])
}

func prefix(s string, n int) string {
	runes := []rune(s)
	return string(runes[:min(n, len(runes))])
}
