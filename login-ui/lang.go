package loginui

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"time"

	"golang.org/x/text/language"
)

const langCookie = "sekisho-lang"

type languagesKey struct{}

// Speak keeps the pages below to a firm's languages, the first being for whoever asks for
// none. Without it they are Languages.
func Speak(languages []string) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), languagesKey{}, languages)))
		})
	}
}

func spoken(r *http.Request) []string {
	if languages, ok := r.Context().Value(languagesKey{}).([]string); ok && len(languages) > 0 {
		return languages
	}
	return Languages
}

// Lang chooses the language of a page: the customer's choice (?lang=, then the cookie it
// left), then the relying party's ui_locales (OIDC Core 3.1.2.1), then Accept-Language.
// The first language, Japanese, where nothing is said; English for those who read neither.
func Lang(r *http.Request, uiLocales []string) string {
	languages := spoken(r)
	if l := r.URL.Query().Get("lang"); slices.Contains(languages, l) {
		return l
	}
	for _, name := range []string{"__Host-" + langCookie, langCookie} {
		if c, err := r.Cookie(name); err == nil && slices.Contains(languages, c.Value) {
			return c.Value
		}
	}
	for _, l := range uiLocales {
		if lang := baseLanguage(l); slices.Contains(languages, lang) {
			return lang
		}
	}
	accepted, weights, err := language.ParseAcceptLanguage(r.Header.Get("Accept-Language"))
	if err != nil || len(accepted) == 0 {
		return languages[0]
	}
	for i, tag := range accepted { // sorted by weight
		if base, _ := tag.Base(); weights[i] > 0 && slices.Contains(languages, base.String()) {
			return base.String()
		}
	}
	if slices.Contains(languages, "en") {
		return "en"
	}
	return languages[0]
}

func baseLanguage(l string) string {
	tag, err := language.Parse(l)
	if err != nil {
		return ""
	}
	base, _ := tag.Base()
	return base.String()
}

// langHref is the link that shows this page in the other language. After a POST there is
// no address to ask for again, so it leads to the step the customer is at. For anything
// else it is a bare query, which cannot leave the page.
func langHref(r *http.Request, base, other string) string {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		return base + "?lang=" + other
	}
	q := r.URL.Query()
	q.Set("lang", other)
	return "?" + q.Encode()
}

// keepLang remembers a choice made by a language link.
func (s *Site) keepLang(w http.ResponseWriter, query url.Values) {
	l := query.Get("lang")
	if !slices.Contains(Languages, l) {
		return
	}
	name := langCookie
	if s.secure {
		name = "__Host-" + name
	}
	http.SetCookie(w, &http.Cookie{Name: name, Value: l, Path: "/", MaxAge: int((365 * 24 * time.Hour).Seconds()),
		Secure: s.secure, HttpOnly: true, SameSite: http.SameSiteLaxMode})
}
