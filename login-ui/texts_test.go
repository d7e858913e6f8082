package loginui

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"unicode"

	"go.yaml.in/yaml/v3"
	"golang.org/x/net/html"
)

// keys reads every message id of a language, with its placeholders.
func keys(t *testing.T, lang string) map[string]string {
	t.Helper()
	files, err := filepath.Glob("texts/*." + lang + ".yaml")
	if err != nil || len(files) == 0 {
		t.Fatal("no texts", err)
	}
	out := map[string]string{}
	var walk func(prefix string, v any)
	walk = func(prefix string, v any) {
		m, ok := v.(map[string]any)
		if !ok {
			out[prefix], _ = v.(string)
			return
		}
		if other, ok := m["other"].(string); ok {
			out[prefix] = other
			return
		}
		for k, child := range m {
			walk(strings.TrimPrefix(prefix+"."+k, "."), child)
		}
	}
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		var m map[string]any
		if err := yaml.Unmarshal(b, &m); err != nil {
			t.Fatal(f, err)
		}
		walk("", m)
	}
	return out
}

var placeholder = regexp.MustCompile(`\{\{\.\w+\}\}`)

func TestBothLanguagesSayTheSameThings(t *testing.T) {
	ja, en := keys(t, "ja"), keys(t, "en")
	for id, text := range ja {
		if strings.TrimSpace(text) == "" {
			t.Errorf("%s is empty in Japanese", id)
		}
		other, ok := en[id]
		if !ok || strings.TrimSpace(other) == "" {
			t.Errorf("%s is missing in English", id)
			continue
		}
		if a, b := placeholders(text), placeholders(other); a != b {
			t.Errorf("%s: placeholders %q in Japanese, %q in English", id, a, b)
		}
		if strings.IndexFunc(other, func(c rune) bool { return unicode.In(c, unicode.Hiragana, unicode.Katakana) }) >= 0 && id != "common.other_language" {
			t.Errorf("%s: Japanese in the English text", id)
		}
	}
	for id := range en {
		if _, ok := ja[id]; !ok {
			t.Errorf("%s is missing in Japanese", id)
		}
	}
}

func placeholders(s string) string {
	seen := map[string]bool{}
	var out []string
	for _, p := range placeholder.FindAllString(s, -1) {
		if !seen[p] {
			seen[p] = true
			out = append(out, p)
		}
	}
	if len(out) == 2 && out[0] > out[1] {
		out[0], out[1] = out[1], out[0]
	}
	return strings.Join(out, " ")
}

// A sentence in a template would be in one language for everybody.
func TestTemplatesHoldNoWords(t *testing.T) {
	action := regexp.MustCompile(`\{\{[^}]*\}\}`)
	files, err := filepath.Glob("templates/*.html")
	if err != nil || len(files) < 20 {
		t.Fatal("no templates", err)
	}
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		source := strings.NewReplacer("<noscript>", "", "</noscript>", "", `{{define "shape"}}wide{{end}}`, "").Replace(string(b))
		z := html.NewTokenizer(strings.NewReader(action.ReplaceAllString(source, "")))
		for kind := z.Next(); kind != html.ErrorToken; kind = z.Next() {
			token := z.Token()
			if kind == html.TextToken && hasWords(token.Data) {
				t.Errorf("%s: hard-coded text %q", f, strings.TrimSpace(token.Data))
			}
			for _, a := range token.Attr {
				switch a.Key {
				case "aria-label", "title", "alt", "placeholder", "aria-description":
					if hasWords(a.Val) {
						t.Errorf("%s: hard-coded %s=%q", f, a.Key, a.Val)
					}
				}
			}
		}
	}
}

// hasWords finds letters; the protocol's own names in the developers' part are not words.
func hasWords(s string) bool {
	switch strings.TrimSpace(s) {
	case "error", "error_description":
		return false
	}
	return strings.IndexFunc(s, unicode.IsLetter) >= 0
}

func TestEveryTextATemplateAsksForExists(t *testing.T) {
	ja := keys(t, "ja")
	asked := regexp.MustCompile(`\bt "([^"]+)"`)
	prefixes := regexp.MustCompile(`\((?:id|print) "([^"]+)"`)
	used := map[string]bool{}
	files, _ := filepath.Glob("templates/*.html")
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range asked.FindAllStringSubmatch(string(b), -1) {
			used[m[1]] = true
			if _, ok := ja[m[1]]; !ok {
				t.Errorf("%s asks for %q", f, m[1])
			}
		}
		for _, m := range prefixes.FindAllStringSubmatch(string(b), -1) {
			used[m[1]] = true
		}
	}
	for id := range ja {
		family, _, _ := strings.Cut(id, ".")
		switch {
		case used[id], family == "notice", family == "error", family == "operation", family == "scope", family == "time",
			family == "event", family == "mails", family == "keyboard", strings.HasPrefix(id, "history.way."):
		case strings.Contains(id, ".reason."), strings.Contains(id, ".purpose."), strings.Contains(id, ".level."), strings.Contains(id, ".left."):
		case strings.HasPrefix(id, "integrate.member."), strings.HasPrefix(id, "integrate.group."), strings.HasPrefix(id, "integrate.error."), strings.HasPrefix(id, "try.claims."):
		default:
			t.Errorf("%s is never used", id)
		}
	}
}

// Every notice says what happened, what was not harmed and what to do next (pages.md, "Words").
func TestNoticesAndErrorsAreComplete(t *testing.T) {
	for _, lang := range Languages {
		texts := keys(t, lang)
		for _, code := range NoticeCodes() {
			id := "notice." + code
			if texts[id+".what"] == "" || texts[id+".next"] == "" || texts[id+".safe"]+texts[id+".after"] == "" {
				t.Errorf("%s %s is incomplete", lang, id)
			}
		}
		for _, code := range ErrorCodes() {
			for _, part := range []string{".title", ".safe", ".next"} {
				if texts["error."+code+part] == "" {
					t.Errorf("%s error.%s%s is missing", lang, code, part)
				}
			}
		}
	}
}

func TestOperationsAreComplete(t *testing.T) {
	texts := keys(t, "ja")
	parts := []string{"check", "passkey", "cooling", "later", "denied", "unaffected"}
	for _, op := range []string{"generic", "trade", "withdrawal", "payout_account", "registered_data", "documents", "settings"} {
		for _, part := range parts {
			if texts["operation."+op+"."+part] == "" {
				t.Errorf("operation.%s.%s is missing", op, part)
			}
		}
	}
}
