package identifier

import (
	"strings"
	"unicode/utf8"
)

// MaskPhone shows the end of a telephone or fax number: ••••678.
func MaskPhone(number string) string { return MaskTail(number, 4) }

// MaskBankAccount shows the end of a bank account number: ••••67.
func MaskBankAccount(number string) string { return MaskTail(number, 3) }

// MaskPostalCode shows the last two digits of a postal code: ••••02.
func MaskPostalCode(code string) string { return MaskTail(code, 2) }

// MaskBirthdate shows that there is one and nothing of it: a desk asks for it by telephone.
func MaskBirthdate(date string) string {
	if date == "" {
		return ""
	}
	return "••••-••-••"
}

// regionEnds are the last characters of the largest parts of a Japanese address.
const regionEnds = "都道府県"

// MaskAddress shows the prefecture of an address, where it begins with one, and nothing
// smaller: 東京都••••.
func MaskAddress(address string) string {
	address = strings.TrimSpace(address)
	if address == "" {
		return ""
	}
	at := strings.IndexAny(address, regionEnds)
	// 京都府 holds the ending of another one.
	if strings.HasPrefix(address, "京都") {
		at = strings.Index(address, "府")
	}
	// The longest prefecture is 神奈川県 and the like: four characters.
	if at < 0 || utf8.RuneCountInString(address[:at]) < 2 || utf8.RuneCountInString(address[:at]) > 3 {
		return dots
	}
	_, size := utf8.DecodeRuneInString(address[at:])
	return address[:at+size] + dots
}
