package brokerage

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

// Every text a page or a refusal names exists in both languages.
func TestEveryTextExists(t *testing.T) {
	used := map[string]bool{}
	files, err := os.ReadDir("templates")
	if err != nil {
		t.Fatal(err)
	}
	key := regexp.MustCompile(`\{\{t "([^"]+)"\}\}|\{\{t "([^"]+)"`)
	for _, f := range files {
		b, err := os.ReadFile("templates/" + f.Name())
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range key.FindAllStringSubmatch(string(b), -1) {
			used[m[1]+m[2]] = true
		}
	}
	for _, code := range []string{
		"order_invalid", "quantity_invalid", "cash_short", "shares_short", "amount_invalid", "access_denied", "outcome_unknown",
		"unmet_authentication_requirements", "another_customer", "temporarily_unavailable", "signed_off", "signed_out_elsewhere",
		approvalGood, approvalUsed, approvalUnknown,
	} {
		used["why."+code] = true
	}
	for _, code := range []string{"stale", "missing", "unavailable"} {
		used["trouble."+code], used["trouble."+code+".t"] = true, true
	}
	for k := range used {
		if pair, known := texts[k]; !known || pair[0] == "" || pair[1] == "" && k != "sama" {
			t.Errorf("text %q is missing", k)
		}
	}
	for k := range texts {
		if !used[k] && !strings.HasPrefix(k, "level.") {
			t.Errorf("text %q is used nowhere", k)
		}
	}
}

func TestBearerParams(t *testing.T) {
	for header, want := range map[string]map[string]string{
		`Bearer error="insufficient_user_authentication", acr_values="a b", max_age="300"`: {"error": "insufficient_user_authentication", "acr_values": "a b", "max_age": "300"},
		`bearer ERROR=invalid_token`:              {"error": "invalid_token"},
		`DPoP algs="ES256 PS256", error="x\"y,z"`: {"algs": "ES256 PS256", "error": `x"y,z`},
		`Bearer`:                     {},
		`Basic realm="x"`:            {},
		``:                           {},
		`Bearer error="unterminated`: {"error": "unterminated"},
		`Bearer error=a,max_age = 5 , acr_values=b`: {"error": "a", "max_age": "5", "acr_values": "b"},
	} {
		got := bearerParams(header)
		if len(got) != len(want) {
			t.Errorf("%s: %v", header, got)
		}
		for k, v := range want {
			if got[k] != v {
				t.Errorf("%s: %s = %q, want %q", header, k, got[k], v)
			}
		}
	}
}

func TestAmountsAsPeopleTypeThem(t *testing.T) {
	for typed, want := range map[string]int64{
		"50000": 50000, "50,000": 50000, "５０，０００円": 50000, "¥50,000": 50000, " 1 000 ": 1000,
		"": 0, "-5": 0, "5e4": 0, "50.5": 0, "0": 0, "99999999999999": 0, "五万": 0,
	} {
		if got, ok := yenAmount(typed); got != want || ok != (want > 0) {
			t.Errorf("%q read as %d, %v", typed, got, ok)
		}
	}
}

func TestRedirectsStayHere(t *testing.T) {
	for path, want := range map[string]string{
		"/trade?form=x": "/trade?form=x", "//evil.example": "/", "https://evil.example": "/", `/\evil.example`: "/", "evil": "/", "": "/",
	} {
		if got := local(path); got != want {
			t.Errorf("%q leads to %q", path, got)
		}
	}
}

func FuzzBearerParams(f *testing.F) {
	f.Add(`Bearer error="a", acr_values="b c", max_age=5`)
	f.Add(`Bearer a="\`)
	f.Fuzz(func(t *testing.T, header string) {
		for k := range bearerParams(header) {
			if k != strings.ToLower(k) {
				t.Errorf("name %q", k)
			}
		}
	})
}
