package sample

import (
	"encoding/json"
	"net/http"
	"strings"

	loginui "sekisho/login-ui"
)

// CSRF is the form token of the gallery.
const CSRF = "gallery-token"

// Handler serves the gallery: /gallery/NAME for each sample, / for the list, /assets/.
// Forms and JSON calls lead to a page that says so; no ceremony ever succeeds.
func Handler(site *loginui.Site) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("/assets/", site.Assets())
	frame := func(r *http.Request) loginui.Frame {
		return loginui.Frame{Lang: loginui.Lang(r, nil), CSRF: CSRF, Base: "/gallery/form"}
	}
	for _, s := range All() {
		mux.HandleFunc("GET /gallery/"+s.Name, func(w http.ResponseWriter, r *http.Request) {
			site.Render(w, r, s.Status, s.Page(frame(r)))
		})
	}
	refuse := func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.Header.Get("Content-Type"), "application/json") {
			title, detail := site.NoticeText(loginui.Lang(r, nil), loginui.Notice{Code: loginui.NoticePasskeyFailed})
			w.Header().Set("Content-Type", "application/json; charset=utf-8")
			w.WriteHeader(http.StatusBadRequest)
			_ = json.NewEncoder(w).Encode(map[string]any{"error": map[string]string{"code": loginui.NoticePasskeyFailed, "title": title, "detail": detail}})
			return
		}
		site.Render(w, r, http.StatusBadRequest, loginui.Error{Frame: frame(r), Code: loginui.ErrorFormExpired})
	}
	mux.HandleFunc("/gallery/form/", refuse)
	mux.HandleFunc("/gallery/posted", func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusNoContent) // the browser stays on the page that posted, so that it can be looked at
	})
	for path, answer := range stays {
		mux.HandleFunc("POST "+path, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "application/json; charset=utf-8")
			_ = json.NewEncoder(w).Encode(answer(site, r))
		})
	}
	mux.HandleFunc("/account/", refuse)
	mux.HandleFunc("/logout/confirm", refuse)
	mux.HandleFunc("GET /help/environments", func(w http.ResponseWriter, r *http.Request) {
		site.Render(w, r, http.StatusOK, loginui.Environments{Frame: frame(r)})
	})
	mux.HandleFunc("GET /help/signin", func(w http.ResponseWriter, r *http.Request) {
		site.Render(w, r, http.StatusOK, loginui.Help{Frame: frame(r)})
	})
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = w.Write([]byte("<!doctype html><html lang=en><title>Gallery</title><ul>"))
		for _, s := range All() {
			_, _ = w.Write([]byte("<li>" + s.Name + " <a href=\"/gallery/" + s.Name + "?lang=ja\">ja</a> <a href=\"/gallery/" + s.Name + "?lang=en\">en</a>"))
		}
	})
	return mux
}
