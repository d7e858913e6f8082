package loginui

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"html/template"
	"io/fs"
	"net/http"
	"path"
	"strconv"
	"strings"
)

// view is what a template sees.
type view struct {
	F        Frame
	P        Page
	Firm     firmView
	Other    string // the other language, "" where there is one only
	LangHref string
	Notice   *noticeView
	Issuer   string
}

type firmView struct {
	Name, HelpLine, HelpTel, HelpHours string
	Mark                               template.HTML
}

// Render writes a page with its headers. r gives the method and the address for the
// language link. A page that cannot be drawn is logged and answered as a plain 500.
func (s *Site) Render(w http.ResponseWriter, r *http.Request, status int, p Page) {
	f := p.frame()
	if f.Lang != "en" && f.Lang != "ja" {
		f.Lang = Lang(r, nil)
	}
	targets := f.FormAction
	if post, ok := p.(FormPost); ok {
		targets = append(targets[:len(targets):len(targets)], post.Action)
	}
	pageHeaders(w.Header(), targets)
	if out, ok := p.(LoggedOut); ok {
		allowFrames(w.Header(), out)
	}
	body, err := s.draw(r, f, p)
	if err != nil {
		s.log.ErrorContext(r.Context(), "page not drawn", "page", p.template(), "error", err)
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		w.WriteHeader(http.StatusInternalServerError)
		_, _ = w.Write([]byte(s.fallback(f.Lang)))
		return
	}
	s.keepLang(w, r.URL.Query())
	// Pages stay uncompressed: they hold a form token beside values a stranger may choose,
	// which is what BREACH measures. Styles and script, far larger, are compressed.
	if open, ok := p.(interface{ public() bool }); ok && open.public() {
		body = packed(w, r, body)
	}
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	if r.Method != http.MethodHead {
		_, _ = w.Write(body)
	}
}

func (s *Site) draw(r *http.Request, f Frame, p Page) ([]byte, error) {
	t := s.pages[f.Lang][p.template()]
	if t == nil {
		return nil, fmt.Errorf("no template %q", p.template())
	}
	v := view{F: f, P: p, Issuer: s.issuer, Firm: firmView{
		Name: s.firm.Name.In(f.Lang), HelpLine: s.firm.HelpLine, HelpTel: telephone(s.firm.HelpLine),
		HelpHours: s.firm.HelpHours.In(f.Lang), Mark: s.mark}}
	for _, other := range spoken(r) {
		if other != f.Lang {
			v.Other, v.LangHref = other, langHref(r, f.Base, other)
		}
	}
	if f.Notice != nil {
		n, err := s.notice(f.Lang, *f.Notice)
		if err != nil {
			return nil, err
		}
		if n.Reasons, err = s.reasons(f.Lang, p); err != nil {
			return nil, err
		}
		v.Notice = n
	}
	var b bytes.Buffer
	if err := t.ExecuteTemplate(&b, "layout", v); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

func (s *Site) fallback(lang string) string {
	text, err := s.texts.say(lang, "notice.failed.what")
	if err != nil {
		return http.StatusText(http.StatusInternalServerError)
	}
	return text + "\n" + s.firm.HelpLine + "\n"
}

// parsePages builds one template per page and language, so that texts and times in a
// template need no language argument.
func (s *Site) parsePages() (map[string]map[string]*template.Template, error) {
	names, err := fs.Glob(templateFiles, "templates/*.html")
	if err != nil {
		return nil, err
	}
	out := map[string]map[string]*template.Template{}
	for _, lang := range Languages {
		out[lang] = map[string]*template.Template{}
		common, err := template.New("").Funcs(s.funcs(lang)).ParseFS(templateFiles, "templates/_*.html")
		if err != nil {
			return nil, err
		}
		for _, name := range names {
			page := strings.TrimSuffix(path.Base(name), ".html")
			if strings.HasPrefix(page, "_") {
				continue
			}
			t, err := common.Clone()
			if err != nil {
				return nil, err
			}
			if out[lang][page], err = t.ParseFS(templateFiles, name); err != nil {
				return nil, err
			}
		}
	}
	return out, nil
}

// packed is the body of a page without secrets, compressed where the browser takes it.
func packed(w http.ResponseWriter, r *http.Request, body []byte) []byte {
	w.Header().Add("Vary", "Accept-Encoding")
	if !acceptsGzip(r) {
		return body
	}
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if _, err := z.Write(body); err != nil {
		return body
	}
	if err := z.Close(); err != nil {
		return body
	}
	w.Header().Set("Content-Encoding", "gzip")
	return b.Bytes()
}

// telephone is a number as a tel: link takes it.
func telephone(shown string) string {
	return strings.Map(func(c rune) rune {
		if c >= '0' && c <= '9' || c == '+' {
			return c
		}
		return -1
	}, shown)
}
