package brokerage

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"html/template"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/boombuler/barcode/qr"
	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"
)

// terminals are the machines in the lobby, each a browser that shows this page and has no
// keyboard. A machine asks, shows a code, and waits; its customer answers elsewhere.
type terminals struct {
	mu   sync.Mutex
	held map[string]*terminal // by the machine's cookie
}

// terminal is what one machine shows. Its fields are the mutex's of terminals.
type terminal struct {
	ID       string // of this request, so that an older answer is not taken for it
	Code     string
	Address  string
	Complete string
	Until    time.Time
	Name     string // of the customer; "" while it waits
	Failed   string // error code
}

const (
	terminalCookie = "aoba_terminal"
	maxTerminals   = 100 // machines; beyond it the oldest wait in vain
)

// of is what a machine shows now.
func (t *terminals) of(r *http.Request) (now terminal, known bool) {
	c, err := r.Cookie(terminalCookie)
	if err != nil {
		return terminal{}, false
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if held := t.held[c.Value]; held != nil {
		return *held, true
	}
	return terminal{}, false
}

func (t *terminals) put(machine string, now *terminal) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.held == nil || len(t.held) >= maxTerminals {
		t.held = map[string]*terminal{}
	}
	t.held[machine] = now
}

// answer notes how the machine's request ended, if it still is the machine's.
func (t *terminals) answer(machine, id, name, failed string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if held := t.held[machine]; held != nil && held.ID == id {
		held.Name, held.Failed = name, failed
	}
}

func (s *Site) terminalPage(w http.ResponseWriter, r *http.Request) {
	if s.cfg.TerminalID == "" {
		s.missing(w, r)
		return
	}
	now, known := s.terminals.of(r)
	view := terminalView{Lang: s.pages.language(r), terminal: now, Idle: !known}
	if view.Waiting = known && now.Name == "" && now.Failed == ""; view.Waiting {
		view.Size, view.Path = qrOf(now.Complete)
		w.Header().Set("Refresh", "3") // no script, no keyboard
	}
	var b bytes.Buffer
	if err := terminalTemplate[view.Lang].Execute(&b, view); err != nil {
		s.cfg.Logger.LogAttrs(r.Context(), slog.LevelError, "page not rendered", slog.String("error", err.Error()))
		http.Error(w, "temporarily unavailable", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_, _ = b.WriteTo(w)
}

// terminalStart asks the provider for a code (RFC 8628 3.1) and leaves somebody to wait for
// the answer.
func (s *Site) terminalStart(w http.ResponseWriter, r *http.Request) {
	if s.cfg.TerminalID == "" {
		s.missing(w, r)
		return
	}
	issuer, err := s.issuer.discover(r.Context())
	if err != nil || issuer.Endpoint().DeviceAuthURL == "" {
		s.pages.unavailable(w, r)
		return
	}
	client := oauth2.Config{ClientID: s.cfg.TerminalID, Endpoint: issuer.Endpoint(), Scopes: []string{oidc.ScopeOpenID, "profile"}}
	client.Endpoint.AuthStyle = oauth2.AuthStyleInParams // a machine anybody can touch keeps no secret
	ctx := oidc.ClientContext(context.WithoutCancel(r.Context()), s.cfg.HTTPClient)
	asked, err := client.DeviceAuth(ctx)
	if err != nil {
		s.cfg.Logger.LogAttrs(r.Context(), slog.LevelWarn, "no code for a terminal", slog.String("error", err.Error()))
		s.pages.unavailable(w, r)
		return
	}
	machine := rand.Text()
	now := &terminal{ID: rand.Text(), Code: asked.UserCode, Address: asked.VerificationURI, Complete: asked.VerificationURIComplete, Until: asked.Expiry}
	s.terminals.put(machine, now)
	go s.terminalWait(ctx, client, issuer.Verifier(&oidc.Config{ClientID: client.ClientID}), machine, now.ID, asked)
	http.SetCookie(w, &http.Cookie{Name: terminalCookie, Value: machine, Path: "/terminal", HttpOnly: true, Secure: s.cfg.secure(), SameSite: http.SameSiteStrictMode})
	http.Redirect(w, r, "/terminal", http.StatusSeeOther)
}

func (s *Site) terminalWait(ctx context.Context, client oauth2.Config, verifier *oidc.IDTokenVerifier, machine, id string, asked *oauth2.DeviceAuthResponse) {
	name, failed := "", ""
	tokens, err := client.DeviceAccessToken(ctx, asked)
	if err == nil {
		name, err = s.terminalCustomer(ctx, client, verifier, tokens)
	}
	if err != nil {
		failed = "failed"
		var refused *oauth2.RetrieveError
		if errors.As(err, &refused) && (refused.ErrorCode == "access_denied" || refused.ErrorCode == "expired_token") {
			failed = refused.ErrorCode
		}
	}
	s.terminals.answer(machine, id, name, failed)
}

// terminalCustomer verifies whom the machine was connected to and asks for the name.
func (s *Site) terminalCustomer(ctx context.Context, client oauth2.Config, verifier *oidc.IDTokenVerifier, tokens *oauth2.Token) (string, error) {
	raw, _ := tokens.Extra("id_token").(string)
	who, err := verifier.Verify(ctx, raw)
	if err != nil {
		return "", err
	}
	issuer, err := s.issuer.discover(ctx)
	if err != nil {
		return "", err
	}
	info, err := issuer.UserInfo(ctx, client.TokenSource(ctx, tokens))
	if err != nil {
		return "", err
	}
	var claims struct {
		Name string `json:"name"`
	}
	if err := info.Claims(&claims); err != nil || info.Subject != who.Subject {
		return "", fmt.Errorf("userinfo of somebody else: %w", err)
	}
	if claims.Name == "" {
		return who.Subject, nil
	}
	return claims.Name, nil
}

// terminalView is the machine's screen.
type terminalView struct {
	terminal
	Lang          string
	Idle, Waiting bool
	Size          int
	Path          string
}

// qrOf is a QR code as one path, with its quiet zone; 0 and "" when there is nothing to show.
func qrOf(address string) (size int, path string) {
	if address == "" {
		return 0, ""
	}
	code, err := qr.Encode(address, qr.M, qr.Auto)
	if err != nil {
		return 0, ""
	}
	n := code.Bounds().Dx()
	var b strings.Builder
	for y := range n {
		for x := range n {
			if dark, _, _, _ := code.At(x, y).RGBA(); dark == 0 {
				fmt.Fprintf(&b, "M%d %dh1v1h-1z", x+4, y+4)
			}
		}
	}
	return n + 8, b.String()
}

var terminalTemplate = func() map[string]*template.Template {
	sets := map[string]*template.Template{}
	for _, lang := range []string{"ja", "en"} {
		sets[lang] = template.Must(template.New("terminal.html").Funcs(functions(lang)).ParseFS(templateFiles, "templates/terminal.html"))
	}
	return sets
}()

// terminalEnd forgets the customer: the next one stands in front of the machine.
func (s *Site) terminalEnd(w http.ResponseWriter, r *http.Request) {
	if c, err := r.Cookie(terminalCookie); err == nil {
		s.terminals.mu.Lock()
		delete(s.terminals.held, c.Value)
		s.terminals.mu.Unlock()
	}
	http.Redirect(w, r, "/terminal", http.StatusSeeOther)
}
