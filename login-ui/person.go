package loginui

import (
	"strings"
	"time"
)

// birthday writes a date of birth as people do. What is no full date (a year alone, a mask)
// stays as it is.
func birthday(lang, date string) string {
	day, err := time.Parse(time.DateOnly, date)
	switch {
	case err != nil || day.Year() == 0: // year 0 stands for one not told (OIDC Core 5.1)
		return date
	case lang == "ja":
		return day.Format("2006年1月2日")
	default:
		return day.Format("2 January 2006")
	}
}

// dialled writes a telephone number that is kept in E.164 as people dial it: 090-1234-5678
// in Japan, +1 415 555 2671 anywhere else. A mask stays as it is.
func dialled(number string) string {
	digits, plus := strings.CutPrefix(number, "+")
	if !plus || len(digits) < 8 || strings.Trim(digits, "0123456789") != "" {
		return number
	}
	if home, ok := strings.CutPrefix(digits, "81"); ok {
		return domestic("0" + home)
	}
	at := callingCode(digits)
	parts := []string{"+" + digits[:at]}
	for digits = digits[at:]; len(digits) > 4; digits = digits[3:] {
		parts = append(parts, digits[:3])
	}
	return strings.Join(append(parts, digits), " ")
}

// domestic groups a number of Japan: eleven digits as 3-4-4, and ten by the areas and
// services whose length is known, else as 3-3-4.
func domestic(n string) string {
	first, second := 3, 3
	switch {
	case len(n) == 11 && strings.HasPrefix(n, "0800"):
		first = 4
	case len(n) == 11:
		second = 4
	case len(n) != 10:
		return n
	case strings.HasPrefix(n, "0120"), strings.HasPrefix(n, "0570"):
		first = 4
	case strings.HasPrefix(n, "03"), strings.HasPrefix(n, "06"):
		first, second = 2, 4
	}
	return n[:first] + "-" + n[first:first+second] + "-" + n[first+second:]
}

// twoDigitCodes are the country calling codes of two digits (ITU-T E.164, list of assigned
// codes); those of North America and Russia have one, all others three.
const twoDigitCodes = "20 27 30 31 32 33 34 36 39 40 41 43 44 45 46 47 48 49 51 52 53 54 55 56 57 58 60 61 62 63 64 65 66 81 82 84 86 90 91 92 93 94 95 98 "

func callingCode(digits string) int {
	switch {
	case digits[0] == '1', digits[0] == '7':
		return 1
	case strings.Contains(twoDigitCodes, digits[:2]+" "):
		return 2
	}
	return 3
}
