package brokerage

import (
	"bytes"
	"embed"
	"html/template"
	"log/slog"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

//go:embed templates
var templateFiles embed.FS

// pages renders. It knows languages and headers and nothing of sessions.
type pages struct {
	cfg  Config
	csp  string
	sets map[string]*template.Template
}

const languageCookie = "aoba_lang"

// The views of the pages. Customer is the zero value where nobody is signed in.
type (
	homeView struct {
		Customer customer
		Notice   string
	}
	plainView struct {
		Customer customer
		Code     string
	}
	holdingsView struct {
		Customer  customer
		Portfolio Portfolio
	}
	tradeView struct {
		Customer  customer
		Portfolio Portfolio
		Market    []Stock
		Order     Order
		Notice    string
	}
	withdrawView struct {
		Customer  customer
		Portfolio Portfolio
		Amount    string
		Notice    string
	}
	receiptView struct {
		Customer customer
		Receipt  Receipt
	}
)

func newPages(cfg Config) (*pages, error) {
	p := &pages{cfg: cfg, sets: map[string]*template.Template{}}
	issuer, err := url.Parse(cfg.Issuer)
	if err != nil {
		return nil, err
	}
	// form-action names the provider because the answer to a form post may redirect there.
	p.csp = "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; frame-ancestors 'none'; form-action 'self' " +
		issuer.Scheme + "://" + issuer.Host
	for _, lang := range []string{"ja", "en"} {
		for _, name := range []string{"home", "holdings", "trade", "withdraw", "receipt", "signed_out", "trouble"} {
			t, err := template.New("layout.html").Funcs(functions(lang)).ParseFS(templateFiles, "templates/layout.html", "templates/"+name+".html")
			if err != nil {
				return nil, err
			}
			p.sets[lang+name] = t
		}
	}
	return p, nil
}

// language is the cookie's, else the browser's, else Japanese.
func (p *pages) language(r *http.Request) string {
	if c, err := r.Cookie(languageCookie); err == nil && (c.Value == "ja" || c.Value == "en") {
		return c.Value
	}
	for part := range strings.SplitSeq(r.Header.Get("Accept-Language"), ",") {
		tag, _, _ := strings.Cut(strings.ToLower(strings.TrimSpace(part)), ";")
		if primary, _, _ := strings.Cut(tag, "-"); primary == "ja" || primary == "en" {
			return primary
		}
	}
	return "ja"
}

// protect sets the headers of every page and takes ?lang= into its cookie.
func (p *pages) protect(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", p.csp)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cache-Control", "no-store")
		h.Set("Permissions-Policy", "camera=(), microphone=(), geolocation=(), payment=()")
		if p.cfg.secure() {
			h.Set("Strict-Transport-Security", "max-age=31536000")
		}
		if lang := r.URL.Query().Get("lang"); r.Method == http.MethodGet && (lang == "ja" || lang == "en") {
			http.SetCookie(w, &http.Cookie{Name: languageCookie, Value: lang, Path: "/", MaxAge: 365 * 24 * 3600, HttpOnly: true, Secure: p.cfg.secure(), SameSite: http.SameSiteLaxMode})
			q := r.URL.Query()
			q.Del("lang")
			http.Redirect(w, r, local((&url.URL{Path: r.URL.Path, RawQuery: q.Encode()}).String()), http.StatusSeeOther)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// frame is what the layout adds to a view.
type frame struct {
	Lang, Other string
	OtherHref   string
	Path        string
	View        any
}

func (p *pages) show(w http.ResponseWriter, r *http.Request, status int, name string, view any) {
	f := frame{Lang: p.language(r), Other: "en", Path: r.URL.Path, View: view}
	if f.Lang == "en" {
		f.Other = "ja"
	}
	here := url.URL{Path: r.URL.Path}
	if r.URL.Path == "/callback" || r.URL.Path == "/signin" {
		here.Path = "/" // never twice
	}
	q := url.Values{"lang": {f.Other}}
	if kept := r.URL.Query().Get("form"); kept != "" && r.Method == http.MethodGet {
		q.Set("form", kept)
	}
	here.RawQuery = q.Encode()
	f.OtherHref = here.String()
	var b bytes.Buffer
	if err := p.sets[f.Lang+name].Execute(&b, f); err != nil {
		p.cfg.Logger.LogAttrs(r.Context(), slog.LevelError, "page not rendered", slog.String("page", name), slog.String("error", err.Error()))
		http.Error(w, "temporarily unavailable", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Language", f.Lang)
	w.WriteHeader(status)
	_, _ = b.WriteTo(w) // the client went away: nobody left to tell
}

// trouble is the page for what cannot be explained in place.
func (p *pages) trouble(w http.ResponseWriter, r *http.Request, status int, code string) {
	p.show(w, r, status, "trouble", plainView{Code: code})
}

func (p *pages) unavailable(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Retry-After", "5")
	p.trouble(w, r, http.StatusServiceUnavailable, "unavailable")
}

var japan = time.FixedZone("JST", 9*60*60)

func functions(lang string) template.FuncMap {
	return template.FuncMap{
		"t":   func(key string) string { return say(lang, key) },
		"yen": func(n int64) string { return yen(lang, n) },
		"num": separated,
		"stock": func(symbol string) string {
			s, _ := stock(symbol)
			if lang == "en" {
				return s.NameEN
			}
			return s.NameJA
		},
		"price": func(symbol string) int64 { s, _ := stock(symbol); return s.Price },
		"clock": func(t time.Time) string {
			if lang == "en" {
				return t.In(japan).Format("2 Jan 2006, 15:04:05 MST")
			}
			return t.In(japan).Format("2006年1月2日 15:04:05")
		},
		"date": func(day string) string {
			t, err := time.Parse(time.DateOnly, day)
			switch {
			case err != nil:
				return day
			case lang == "en":
				return t.Format("2 Jan 2006")
			}
			return t.Format("2006年1月2日")
		},
		"level": func(acr string) string {
			if _, known := texts["level."+acr]; known {
				return say(lang, "level."+acr)
			}
			return acr // a level this firm added later
		},
		"worth": func(p Portfolio) int64 { return p.worth() },
		"gain": func(h Holding) int64 {
			s, _ := stock(h.Symbol)
			return (s.Price - h.Average) * h.Quantity
		},
		"mul": func(a, b int64) int64 { return a * b },
		"abs": func(n int64) int64 { return max(n, -n) },
	}
}

func (p Portfolio) worth() int64 {
	sum := p.Cash
	for _, h := range p.Holdings {
		s, _ := stock(h.Symbol)
		sum += s.Price * h.Quantity
	}
	return sum
}

func yen(lang string, n int64) string {
	if lang == "en" {
		return "¥" + separated(n)
	}
	return separated(n) + "円"
}

func separated(n int64) string {
	s := strconv.FormatInt(max(n, -n), 10)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	if n < 0 {
		return "−" + s
	}
	return s
}
