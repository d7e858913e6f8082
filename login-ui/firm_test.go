package loginui

import (
	"os"
	"strings"
	"testing"
	"time"
)

func firm(f Firm) Options {
	if f.Name == nil {
		f.Name = Words{"ja": "青葉証券"}
	}
	return Options{Firm: f}
}

func TestAccentIsLegibleOrRefused(t *testing.T) {
	for _, c := range []struct {
		name, light, dark string
		ok                bool
	}{
		{"the product's", "", "", true},
		{"deep green", "#0b5d3b", "", true},
		{"crimson", "#a3123a", "#ff9fb2", true},
		{"black", "#000000", "", true},
		{"yellow on paper", "#ffd400", "", false},
		{"mid grey", "#8a8a8a", "", false},
		{"dark on dark", "#1c3f78", "#1c3f78", false},
		{"not a colour", "red", "", false},
		{"not hex", "#12345g", "", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			if _, err := New(firm(Firm{Accent: c.light, AccentDark: c.dark})); (err == nil) != c.ok {
				t.Errorf("New: %v", err)
			}
		})
	}
}

func TestContrast(t *testing.T) {
	white, black := mustColour("#ffffff"), mustColour("#000000")
	if got := contrast(white, black); got < 20.99 || got > 21.01 {
		t.Errorf("white on black: %v", got)
	}
	if got := contrast(mustColour("#777777"), white); got < 4.47 || got > 4.49 { // the well-known grey that just fails
		t.Errorf("#777 on white: %v", got)
	}
}

// The grounds in theme.go are the ones in the stylesheet; and the words of the stylesheet
// can be read on them.
func TestThemeAndStylesheetAgree(t *testing.T) {
	b, err := os.ReadFile("styles/tokens.css")
	if err != nil {
		t.Fatal(err)
	}
	light, dark, ok := strings.Cut(string(b), "@media")
	if !ok {
		t.Fatal("no dark part")
	}
	for _, c := range []struct{ part, paper, card string }{{light, lightPaper, lightCard}, {dark, darkPaper, darkCard}} {
		if token(t, c.part, "paper") != c.paper || token(t, c.part, "card") != c.card {
			t.Error("grounds differ")
		}
		for text, grounds := range map[string][]string{
			"ink": {"paper", "card", "good-tint", "warn-tint", "bad-tint"}, "soft": {"paper", "card"},
			"good": {"card", "good-tint"}, "warn": {"card", "warn-tint"}, "bad": {"card", "bad-tint"},
		} {
			for _, ground := range grounds {
				if got := contrast(mustColour(token(t, c.part, text)), mustColour(token(t, c.part, ground))); got < legible {
					t.Errorf("%s on %s: %.2f", text, ground, got)
				}
			}
		}
		if got := contrast(mustColour(token(t, c.part, "edge")), mustColour(c.card)); got < 3 { // WCAG 2.2, 1.4.11
			t.Errorf("edge of a field: %.2f", got)
		}
	}
}

func token(t *testing.T, css, name string) string {
	t.Helper()
	_, rest, ok := strings.Cut(css, "--"+name+": ")
	if !ok {
		t.Fatalf("no token %s", name)
	}
	value, _, _ := strings.Cut(rest, ";")
	return value
}

func TestMarkTakesShapesOnly(t *testing.T) {
	for _, bad := range []string{
		`<svg><script>x</script></svg>`, `<svg onload="x"></svg>`, `<svg><a href="x"><path d="M0 0"/></a></svg>`,
		`<svg><path style="x"/></svg>`, `<svg><path fill="url(https://x)"/></svg>`, `<svg><foreignObject/></svg>`, `<svg><use href="#a"/></svg>`,
		`<svg><image href="x"/></svg>`, `<p></p>`, `<svg></svg><svg></svg>`, `<svg><path d="&quot;&gt;"/></svg>`, `not xml`, `<svg>`, ` `,
	} {
		if _, err := New(firm(Firm{Mark: []byte(bad)})); err == nil {
			t.Errorf("taken: %s", bad)
		}
	}
	s, err := New(firm(Firm{Mark: []byte(`<?xml version="1.0"?><!-- ours --><svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 2 2">text<path fill="currentColor" d="M0 0h2v2z"/></svg>`)}))
	if err != nil {
		t.Fatal(err)
	}
	if got := string(s.mark); got != `<svg class="mark" aria-hidden="true" viewBox="0 0 2 2"><path fill="currentColor" d="M0 0h2v2z"></path></svg>` {
		t.Errorf("mark %s", got)
	}
}

func TestFirmNeedsAName(t *testing.T) {
	if _, err := New(Options{}); err == nil {
		t.Error("a firm without a name was taken")
	}
}

func TestClock(t *testing.T) {
	now := time.Date(2025, 12, 31, 14, 30, 0, 0, time.UTC) // 23:30 in Tokyo
	o := firm(Firm{})
	o.Now = func() time.Time { return now }
	s, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		in             time.Duration
		ja, en, jl, el string
	}{
		{20 * time.Minute, "23:50", "23:50 JST", "20分", "20 minutes"},
		{time.Second, "23:30", "23:30 JST", "1秒", "1 second"},
		{61 * time.Second, "23:31", "23:31 JST", "2分", "2 minutes"},
		{30*time.Minute + time.Second, "2026年1月1日 0:00", "1 Jan 2026, 0:00 JST", "31分", "31 minutes"},
		{33*time.Hour + 30*time.Minute, "2026年1月2日 9:00", "2 Jan 2026, 9:00 JST", "2日", "2 days"},
		{-72 * time.Hour, "12月28日 23:30", "28 Dec, 23:30 JST", "1秒", "1 second"},
		{5*time.Hour + time.Minute, "2026年1月1日 4:31", "1 Jan 2026, 4:31 JST", "6時間", "6 hours"},
	} {
		at := now.Add(c.in)
		jl, _ := s.left("ja", at)
		el, _ := s.left("en", at)
		if got := s.clock("ja", at); got != c.ja || jl != c.jl {
			t.Errorf("%v ja: %q %q", c.in, got, jl)
		}
		if got := s.clock("en", at); got != c.en || el != c.el {
			t.Errorf("%v en: %q %q", c.in, got, el)
		}
	}
	if got, _ := s.seen("ja", now.Add(-24*time.Hour)); got != "きのう 23:30" {
		t.Errorf("seen %q", got)
	}
	if got, _ := s.seen("en", now.Add(-24*time.Hour)); got != "yesterday 23:30 JST" {
		t.Errorf("seen %q", got)
	}
}

// A clock time in another zone than Japan's names it in Japanese too: whoever reads it
// may be anywhere.
func TestClockOfAnotherPlace(t *testing.T) {
	summer := time.Date(2025, 6, 1, 12, 0, 0, 0, time.UTC)
	for name, c := range map[string]struct {
		zone   *time.Location
		en, ja string
	}{
		"with a name":    {time.FixedZone("EDT", -4*60*60), "9:00 EDT", "9:00 EDT"},
		"without a name": {time.FixedZone("+03", 3*60*60), "16:00 UTC+03", "16:00 UTC+03"},
		"UTC":            {time.UTC, "13:00 UTC", "13:00 UTC"},
	} {
		o := firm(Firm{Location: c.zone})
		o.Now = func() time.Time { return summer }
		s, err := New(o)
		if err != nil {
			t.Fatal(err)
		}
		for lang, want := range map[string]string{"en": c.en, "ja": c.ja} {
			if got := s.clock(lang, summer.Add(time.Hour)); got != want {
				t.Errorf("%s %s: clock %q", name, lang, got)
			}
		}
	}
}
