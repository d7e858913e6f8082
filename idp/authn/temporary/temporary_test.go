package temporary_test

import (
	"strings"
	"testing"

	"sekisho/idp/authn/temporary"
)

func TestTemporary(t *testing.T) {
	seen := map[string]bool{}
	for range 2000 {
		p := temporary.New()
		if seen[p] {
			t.Fatal("the same one twice")
		}
		seen[p] = true
		shown := strings.Join(temporary.Groups(p), "-")
		if len(shown) != 19 {
			t.Fatalf("%q", shown)
		}
		for _, typed := range []string{p, shown, strings.ToLower(shown), " " + p + " ", strings.ReplaceAll(shown, "-", "ー")} {
			if got, ok := temporary.Parse(typed); !ok || got != p {
				t.Fatalf("%q reads as %q, %v", typed, got, ok)
			}
		}
		for i := range p {
			if temporary.Reading(p[i]) == "" {
				t.Fatalf("%c has no reading", p[i])
			}
		}
	}
}

func TestNotTemporary(t *testing.T) {
	p := temporary.New()
	other := byte('A')
	if p[3] == 'A' {
		other = 'B'
	}
	changed := 0
	for _, typed := range []string{"", p[:15], p + "A", "correct horse battery", strings.Repeat("2", 200), p[:3] + "0" + p[4:], p[:3] + "O" + p[4:]} {
		if _, ok := temporary.Parse(typed); ok {
			t.Errorf("%q has the form of a temporary password", typed)
		}
	}
	// A slip of one character is caught by the check nearly always, which is what a form can promise.
	for i := range 14 {
		slip := p[:i] + string(other) + p[i+1:]
		if _, ok := temporary.Parse(slip); slip != p && ok {
			changed++
		}
	}
	if changed > 3 {
		t.Errorf("%d of 14 slips go unnoticed", changed)
	}
}
