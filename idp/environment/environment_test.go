package environment

import (
	"net/http"
	"testing"
	"time"

	"sekisho/idp"
)

func TestCompare(t *testing.T) {
	now := time.Date(2026, 4, 1, 9, 0, 0, 0, time.UTC)
	current, previous := idp.HashSecret("current"), idp.HashSecret("previous")
	here := Signals{Browser: "Chrome", Platform: "Windows", Network: "192.0.2.0/24", Language: "ja"}
	held := func(edit func(*idp.Environment)) *idp.Environment {
		e := &idp.Environment{Hash: current, PreviousHash: previous, RotatedAt: now.Add(-time.Hour), ExpiresAt: now.Add(time.Hour),
			Browser: here.Browser, Platform: here.Platform, Network: here.Network, Language: here.Language}
		if edit != nil {
			edit(e)
		}
		return e
	}
	rotated := func(ago time.Duration) func(*idp.Environment) {
		return func(e *idp.Environment) { e.RotatedAt = now.Add(-ago) }
	}
	seen := func(edit func(*Signals)) Signals {
		s := here
		edit(&s)
		return s
	}
	for _, c := range []struct {
		name      string
		held      *idp.Environment
		presented []byte
		seen      Signals
		want      Verdict
	}{
		{"A10 the same browser", held(nil), current, here, Known},
		{"A10 no record", nil, current, here, Unknown},
		{"A10 a record past its time", held(func(e *idp.Environment) { e.ExpiresAt = now }), current, here, Unknown},
		{"A10 the second tab", held(rotated(Grace - time.Second)), previous, here, Known},
		{"A10 the second tab, too late", held(rotated(Grace)), previous, here, Copied},
		{"A10 an older secret", held(rotated(0)), idp.HashSecret("older"), here, Copied},
		{"A10 no secret matches an empty one", held(func(e *idp.Environment) { e.PreviousHash = nil; e.RotatedAt = now }), nil, here, Copied},
		{"A10 another network", held(nil), current, seen(func(s *Signals) { s.Network = "198.51.100.0/24" }), Known},
		{"A10 another language", held(nil), current, seen(func(s *Signals) { s.Language = "en" }), Known},
		{"A10 both", held(nil), current, seen(func(s *Signals) { s.Network, s.Language = "198.51.100.0/24", "en" }), Changed},
		{"A10 another browser", held(nil), current, seen(func(s *Signals) { s.Browser = "Firefox" }), Changed},
		{"A10 another platform", held(nil), current, seen(func(s *Signals) { s.Platform = "Linux" }), Changed},
		{"A10 a second tab elsewhere", held(rotated(0)), previous, seen(func(s *Signals) { s.Platform = "Linux" }), Changed},
	} {
		if got := Compare(c.held, c.presented, c.seen, now); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}

func TestSignalsAreCoarse(t *testing.T) {
	r, _ := http.NewRequest(http.MethodGet, "https://login.example/", nil)
	r.Header.Set("User-Agent", "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36")
	r.Header.Set("Accept-Language", "ja-JP;q=0.9,en;q=0.8")
	for ip, want := range map[string]string{
		"192.0.2.77": "192.0.2.0/24", "::ffff:192.0.2.77": "192.0.2.0/24", "2001:db8:1:2::3": "2001:db8:1::/48", "": "", "x": "",
	} {
		if got := SignalsOf(r, ip); got != (Signals{Browser: "Chrome", Platform: "Windows", Network: want, Language: "ja"}) {
			t.Errorf("%q: %+v", ip, got)
		}
	}
}

func TestPersonalMatches(t *testing.T) {
	p := idp.Profile{Birthdate: "1980-04-01", Address: &idp.Address{PostalCode: "100-0005"}}
	for _, c := range []struct {
		name, birth, postal string
		want                bool
	}{
		{"as registered", "1980-04-01", "100-0005", true},
		{"digits only", "19800401", "1000005", true},
		{"full width", "１９８０年０４月０１日", "〒１００－０００５", true},
		{"wrong date", "19800402", "1000005", false},
		{"wrong code", "19800401", "1000006", false},
		{"nothing", "", "", false},
		{"too long", "19800401", "1000005" + string(make([]byte, 100)), false},
	} {
		if got := PersonalMatches(p, c.birth, c.postal); got != c.want {
			t.Errorf("A10 %s: %v", c.name, got)
		}
	}
	for name, p := range map[string]idp.Profile{"nothing": {}, "no address": {Birthdate: "1980-04-01"}, "no date": {Address: p.Address}} {
		if PersonalRegistered(p) || PersonalMatches(p, "", "") || PersonalMatches(p, "19800401", "") || PersonalMatches(p, "", "1000005") {
			t.Errorf("A10 %s registered: it matches", name)
		}
	}
}
