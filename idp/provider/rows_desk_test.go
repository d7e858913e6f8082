package provider_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"sekisho/idp"
	"sekisho/idp/idptest"
	"sekisho/login-ui/gallery/sample"
)

// helpHours of the firm under test, by language.
var helpHours = map[string]string{"ja": "平日 8:00〜18:00", "en": "Weekdays, 8:00–18:00 (Japan time)"}

// saysTheDesk reports what of the help desk is missing from a page in its language.
func saysTheDesk(body string) string {
	lang := "ja"
	if strings.Contains(body, `<html lang="en"`) {
		lang = "en"
	}
	for _, want := range []string{`<a href="tel:0120000000">0120-000-000</a>`, helpHours[lang]} {
		if !strings.Contains(body, want) {
			return want
		}
	}
	return ""
}

// E6: the help desk's number and hours, as the firm configured them for the language, stand
// on every page of every route in both languages, error pages too. A new route or a new page
// without them fails here.
func TestHelpDeskIsOnEveryPage(t *testing.T) {
	t.Run("E6 every route", func(t *testing.T) {
		for _, lang := range []string{"ja", "en"} {
			w := newWalk(t, nil)
			w.NewRelyingParty("third", func(m *idp.ClientMetadata) { m.FirstParty = false })
			w.b.Get("/account?lang=" + lang)
			pages := map[string]bool{}
			for _, resp := range visits(t, w) {
				raw, err := io.ReadAll(resp.Body)
				if err != nil {
					t.Fatal(err)
				}
				body := string(raw)
				if !strings.HasPrefix(resp.Header.Get("Content-Type"), "text/html") || !strings.Contains(body, "<html") {
					continue
				}
				where := resp.Request.Method + " " + resp.Request.URL.Path
				pages[where] = strings.Contains(body, `<html lang="`+lang+`"`)
				if missing := saysTheDesk(body); missing != "" {
					t.Errorf("E6 %s (%d, %s): no %q", where, resp.StatusCode, lang, missing)
				}
			}
			right := 0
			for _, spoken := range pages {
				if spoken {
					right++
				}
			}
			if len(pages) < 30 || right < 20 {
				t.Errorf("only %d pages were seen, %d of them in %s", len(pages), right, lang)
			}
		}
	})
	// The routes do not reach every state of every page; the samples are all there are, and
	// here the provider's own site renders them.
	t.Run("E6 every page in every state", func(t *testing.T) {
		p := idptest.New(t, idptest.Options{})
		server := httptest.NewServer(sample.Handler(p.Site))
		t.Cleanup(server.Close)
		for _, s := range sample.All() {
			for _, lang := range []string{"ja", "en"} {
				resp, err := http.Get(server.URL + "/gallery/" + s.Name + "?lang=" + lang)
				if err != nil {
					t.Fatal(err)
				}
				raw, err := io.ReadAll(resp.Body)
				resp.Body.Close()
				if err != nil {
					t.Fatal(err)
				}
				if missing := saysTheDesk(string(raw)); missing != "" || !strings.Contains(string(raw), `<html lang="`+lang+`"`) {
					t.Errorf("E6 %s in %s: no %q", s.Name, lang, missing)
				}
			}
		}
	})
}
