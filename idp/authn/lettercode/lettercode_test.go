package lettercode_test

import (
	"strings"
	"testing"

	"sekisho/idp/authn/lettercode"
)

func TestReadAsTyped(t *testing.T) {
	seen := map[string]bool{}
	for range 200 {
		plain, shown := lettercode.New()
		if len(plain) != 16 || len(shown) != 19 || seen[plain] {
			t.Fatalf("code %q, shown %q", plain, shown)
		}
		seen[plain] = true
		wide := strings.Map(func(r rune) rune { return r - '!' + '！' }, strings.ReplaceAll(shown, "-", ""))
		for _, typed := range []string{shown, strings.ToLower(shown), " " + shown + " ", wide, strings.ReplaceAll(strings.ReplaceAll(shown, "0", "o"), "1", "l")} {
			if got := lettercode.Normalise(typed); got != plain {
				t.Errorf("%q read as %q, want %q", typed, got, plain)
			}
		}
	}
	if got := lettercode.Normalise(strings.Repeat("A", 200)); got != "" {
		t.Errorf("too long: %q", got)
	}
}
