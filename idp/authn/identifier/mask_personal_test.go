package identifier

import (
	"strings"
	"testing"
	"unicode/utf8"
)

// A11 B14: of each kind of registered data enough is shown to recognise it, never enough to use it.
func TestMaskPersonal(t *testing.T) {
	for _, c := range []struct {
		kind     string
		mask     func(string) string
		in, want string
	}{
		{"A11 mail", MaskEmail, "hanako.sato@example.co.jp", "ha••••@e••••"},
		{"B14 phone", MaskPhone, "+819012345678", "••••5678"},
		{"B14 fax", MaskPhone, "03-1234-5678", "••••5678"},
		{"B14 short number", MaskPhone, "110", "••••0"},
		{"B14 bank account", MaskBankAccount, "1234567", "••••67"},
		{"B14 postal code", MaskPostalCode, "100-0002", "••••02"},
		{"B14 birth date", MaskBirthdate, "1960-04-01", "••••-••-••"},
		{"B14 birth date", MaskBirthdate, "something else", "••••-••-••"},
		{"B14 address", MaskAddress, "東京都千代田区丸の内1-1", "東京都••••"},
		{"B14 address", MaskAddress, "北海道札幌市中央区", "北海道••••"},
		{"B14 address", MaskAddress, "京都府京都市上京区", "京都府••••"},
		{"B14 address", MaskAddress, "神奈川県横浜市", "神奈川県••••"},
		{"B14 address without prefecture", MaskAddress, "千代田区丸の内1-1", "••••"},
		{"B14 address abroad", MaskAddress, "221B Baker Street, London", "••••"},
		{"B14 town that holds an ending", MaskAddress, "府中市宮西町", "••••"},
	} {
		if got := c.mask(c.in); got != c.want {
			t.Errorf("%s: %q, want %q", c.kind, got, c.want)
		}
	}
	for name, mask := range map[string]func(string) string{"birth date": MaskBirthdate, "address": MaskAddress} {
		if got := mask(""); got != "" {
			t.Errorf("B14: no %s is shown as %q", name, got)
		}
	}
}

func TestPhone(t *testing.T) {
	for in, want := range map[string]string{
		"090-1234-5678": "+819012345678",
		"０９０ー１２３４−５６７８":           "+819012345678",
		" (03) 1234 5678 ":        "+81312345678",
		"+81 90-1234-5678":        "+819012345678",
		"+81 (0)3-1234-567":       "+8131234567",
		"+1 415 555 2671":         "+14155552671",
		"0081312345678":           "", // an international prefix is ambiguous; people write +
		"110":                     "",
		"12345678":                "",
		"+0312345678":             "",
		"090-1234-567890123":      "",
		"090-1234-56x8":           "",
		"090-1234\n-5678":         "",
		"":                        "",
		strings.Repeat("0", 2000): "",
	} {
		got, err := Phone(in)
		if got != want || (err == nil) != (want != "") {
			t.Errorf("%.30q: %q, %v, want %q", in, got, err, want)
		}
		if err == nil {
			if again, err := Phone(got); err != nil || again != got {
				t.Errorf("%q again: %q, %v", got, again, err)
			}
		}
	}
}

func FuzzMaskAddress(f *testing.F) {
	f.Add("東京都千代田区")
	f.Add("京都")
	f.Fuzz(func(t *testing.T, s string) {
		if shown := strings.TrimSuffix(MaskAddress(s), dots); utf8.RuneCountInString(shown) > 4 {
			t.Errorf("%q shows %q", s, shown)
		}
	})
}
