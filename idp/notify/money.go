package notify

import (
	"fmt"
	"regexp"
	"strings"

	"sekisho/idp"
)

// Money is an amount whose every character was checked, so that it can stand in a mail
// however it came here. The zero value is no amount.
type Money struct{ whole, fraction, currency string }

// currencies are those that can be written, with the digits of their minor unit (ISO 4217).
var currencies = map[string]int{
	"JPY": 0, "KRW": 0, "USD": 2, "EUR": 2, "GBP": 2, "AUD": 2, "NZD": 2, "CAD": 2, "CHF": 2, "HKD": 2, "SGD": 2, "CNY": 2,
}

var decimal = regexp.MustCompile(`^([1-9][0-9]{0,14}|0)(?:\.([0-9]{1,2}))?$`)

// ParseMoney reads a positive decimal amount such as "1500000" or "12.50" with an ISO 4217
// code. Anything else, and more decimals than the currency has, is idp.ErrRejected.
func ParseMoney(amount, currency string) (Money, error) {
	parts := decimal.FindStringSubmatch(amount)
	minor, known := currencies[currency]
	if parts == nil || !known || len(parts[2]) > minor || strings.Trim(amount, "0.") == "" {
		return Money{}, fmt.Errorf("notify: amount: %w", idp.ErrRejected)
	}
	m := Money{whole: parts[1], currency: currency}
	if minor > 0 {
		m.fraction = parts[2] + strings.Repeat("0", minor-len(parts[2]))
	}
	return m, nil
}

// in writes the amount with separators; yen in the language's own way.
func (m Money) in(yen string) string {
	if m.currency == "" {
		return ""
	}
	digits := m.whole
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	if m.currency == "JPY" {
		return fmt.Sprintf(yen, digits)
	}
	if m.fraction != "" {
		digits += "." + m.fraction
	}
	return m.currency + " " + digits
}

var masked = regexp.MustCompile(`^[*•●]{2,12}([0-9]{2,4})$`)

// MaskedAccount reads a masked account number: two to twelve *, • or ●, then the last two
// to four digits. It is written again with our own dots, so that nothing of the sender's
// but those digits reaches a mail. Anything else is idp.ErrRejected.
func MaskedAccount(s string) (string, error) {
	parts := masked.FindStringSubmatch(s)
	if parts == nil {
		return "", fmt.Errorf("notify: destination: %w", idp.ErrRejected)
	}
	return "••••" + parts[1], nil
}
