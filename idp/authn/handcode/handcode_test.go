package handcode_test

import (
	"strings"
	"testing"

	"sekisho/idp/authn/handcode"
)

func TestCodesAreReadAsTyped(t *testing.T) {
	plain, shown := handcode.New()
	if len(plain) != 16 || len(shown) != 19 {
		t.Fatalf("%q shown as %q", plain, shown)
	}
	wide := strings.Map(func(r rune) rune {
		if r > ' ' && r <= '~' {
			return r + 0xfee0
		}
		return r
	}, shown)
	for _, typed := range []string{plain, shown, strings.ToLower(shown), " " + shown + " ", strings.ReplaceAll(shown, "-", "ー"), wide} {
		if got := handcode.Read(typed); got != plain {
			t.Errorf("%q is read as %q, want %q", typed, got, plain)
		}
	}
	if got := handcode.Read("oil"); got != "011" {
		t.Errorf("letters that look like digits: %q", got)
	}
	if handcode.Read(strings.Repeat("A", 129)) != "" {
		t.Error("a flood is read as a code")
	}
	if other, _ := handcode.New(); other == plain {
		t.Error("two codes are one")
	}
}
