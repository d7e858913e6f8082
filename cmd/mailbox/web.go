package mailbox

import (
	"bytes"
	"embed"
	"html/template"
	"log/slog"
	"net/http"
	"regexp"
	"strings"
	"time"
)

//go:embed templates assets/mailbox.css
var files embed.FS

const (
	pagePolicy = "default-src 'none'; style-src 'self'; img-src 'self'; frame-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
	// A mail styles itself inline, so its document may; it may nothing else.
	mailPolicy = "default-src 'none'; style-src 'unsafe-inline'; sandbox; base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
)

// Handler is the web page: the list, one mail, and its HTML part as a document of its own.
func (b *Box) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", b.list)
	mux.HandleFunc("GET /mail/{id}", b.one)
	mux.HandleFunc("GET /mail/{id}/html", b.html)
	mux.HandleFunc("GET /favicon.ico", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })
	mux.HandleFunc("GET /assets/mailbox.css", func(w http.ResponseWriter, r *http.Request) {
		http.ServeFileFS(w, r, files, "assets/mailbox.css")
	})
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", pagePolicy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cache-Control", "no-store")
		mux.ServeHTTP(w, r)
	})
}

type listView struct {
	Lang    string
	Mails   []row
	Refresh bool
	Here    string
}

type row struct {
	Mail
	Code  string // the code in it, if it holds one
	Clock string
}

type mailView struct {
	Lang string
	row
	Here string
}

var parsed = map[string]*template.Template{"ja": templates("ja"), "en": templates("en")}

func templates(lang string) *template.Template {
	t := template.New("").Funcs(template.FuncMap{"t": func(key string) string { return say(lang, key) }})
	return template.Must(t.ParseFS(files, "templates/*.html"))
}

func (b *Box) list(w http.ResponseWriter, r *http.Request) {
	v := listView{Lang: language(w, r), Refresh: r.URL.Query().Get("refresh") != "off", Here: "/"}
	if !v.Refresh {
		v.Here = "/?refresh=off"
	}
	for _, m := range b.Mails() {
		v.Mails = append(v.Mails, b.row(m))
	}
	if v.Refresh {
		w.Header().Set("Refresh", "4")
	}
	b.show(w, r, "list.html", v.Lang, v)
}

func (b *Box) one(w http.ResponseWriter, r *http.Request) {
	m, found := b.mail(r.PathValue("id"))
	if !found {
		http.Redirect(w, r, "/", http.StatusSeeOther) // the demo was restarted
		return
	}
	v := mailView{Lang: language(w, r), row: b.row(m), Here: r.URL.Path}
	b.show(w, r, "mail.html", v.Lang, v)
}

func (b *Box) html(w http.ResponseWriter, r *http.Request) {
	m, found := b.mail(r.PathValue("id"))
	if !found || m.HTML == "" {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Security-Policy", mailPolicy)
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_, _ = w.Write([]byte(m.HTML)) // the browser went away: nobody left to tell
}

var codeLine = regexp.MustCompile(`(?m)^\s+\S+?(?:：|:)\s*([0-9A-Za-z-]{4,64})\s*$`)

func (b *Box) row(m Mail) row {
	out := row{Mail: m, Clock: m.At.In(japan).Format("15:04:05")}
	if found := codeLine.FindStringSubmatch(m.Text); found != nil {
		out.Code = found[1]
	}
	return out
}

var japan = time.FixedZone("JST", 9*60*60)

func (b *Box) show(w http.ResponseWriter, r *http.Request, name, lang string, view any) {
	var page bytes.Buffer
	if err := parsed[lang].ExecuteTemplate(&page, name, view); err != nil {
		b.logger.LogAttrs(r.Context(), slog.LevelError, "page not rendered", slog.String("error", err.Error()))
		http.Error(w, "internal error", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Language", lang)
	_, _ = page.WriteTo(w)
}

// language is ?lang= (kept in a cookie), else the cookie, else the browser's, else Japanese.
func language(w http.ResponseWriter, r *http.Request) string {
	if lang := r.URL.Query().Get("lang"); lang == "ja" || lang == "en" {
		http.SetCookie(w, &http.Cookie{Name: "mailbox_lang", Value: lang, Path: "/", HttpOnly: true, SameSite: http.SameSiteLaxMode})
		return lang
	}
	if c, err := r.Cookie("mailbox_lang"); err == nil && (c.Value == "ja" || c.Value == "en") {
		return c.Value
	}
	if strings.HasPrefix(strings.ToLower(r.Header.Get("Accept-Language")), "en") {
		return "en"
	}
	return "ja"
}

// say is the text of a key; a test asks for all of them.
func say(lang, key string) string {
	if lang == "en" {
		return texts[key][1]
	}
	return texts[key][0]
}

var texts = map[string][2]string{
	"title":   {"メールボックス", "Mailbox"},
	"lead":    {"お試し用の受信箱です。認証サーバーが送ったメールが、新しい順に並びます。外部には届きません。", "For trying things out: every mail the provider sent, newest first. Nothing leaves this machine."},
	"empty":   {"まだメールはありません。", "No mail yet."},
	"empty2":  {"ログインの確認コードなどが送られると、ここに表示されます。", "Sign-in codes and notices will appear here."},
	"auto":    {"4秒ごとに更新しています", "Updates every 4 seconds"},
	"stop":    {"更新を止める", "Stop updating"},
	"start":   {"更新を始める", "Start updating"},
	"stopped": {"更新を止めています", "Not updating"},
	"other":   {"English", "日本語"},
	"to":      {"宛先", "To"},
	"from":    {"差出人", "From"},
	"at":      {"受信", "Received"},
	"code":    {"コード", "Code"},
	"back":    {"一覧へ戻る", "Back to the list"},
	"rich":    {"HTML形式", "HTML part"},
	"plain":   {"テキスト形式", "Text part"},
	"raw":     {"届いたままの形", "As it arrived"},
}
