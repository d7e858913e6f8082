package brokerage

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"github.com/go-jose/go-jose/v4"
	"golang.org/x/oauth2"
)

const (
	logoutEvent      = "http://schemas.openid.net/event/backchannel-logout"
	maxLogoutBody    = 32 << 10
	logoutTokenOlder = 5 * time.Minute // a token issued longer ago is not taken, whatever its exp says
)

// logoutToken is what a logout token must and must not hold (OIDC Back-Channel Logout 2.4).
type logoutToken struct {
	Subject string                     `json:"sub"`
	SID     string                     `json:"sid"`
	JWTID   string                     `json:"jti"`
	Events  map[string]json.RawMessage `json:"events"`
	Nonce   *json.RawMessage           `json:"nonce"`
}

// backChannelLogout ends the sessions that the provider says are over. It is called by the
// provider itself: there is no browser and no cookie, only the signed token.
func (s *Site) backChannelLogout(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "no-store")
	r.Body = http.MaxBytesReader(w, r.Body, maxLogoutBody)
	d, err := s.issuer.discover(r.Context())
	if err != nil {
		http.Error(w, "try again", http.StatusServiceUnavailable)
		return
	}
	token, err := s.verifyLogout(r.Context(), d, r.PostFormValue("logout_token"))
	if err != nil {
		s.cfg.Logger.LogAttrs(r.Context(), slog.LevelWarn, "logout token refused", slog.String("error", err.Error()))
		http.Error(w, "invalid logout token", http.StatusBadRequest)
		return
	}
	n := s.sessions.endOf(token.Subject, token.SID)
	s.cfg.Logger.LogAttrs(r.Context(), slog.LevelInfo, "signed out by the provider", slog.Int("sessions", n))
}

// verifyLogout is OIDC Back-Channel Logout 2.6. A token that is sent again ends nothing
// more, so that its jti need not be remembered.
func (s *Site) verifyLogout(ctx context.Context, d *discovered, raw string) (logoutToken, error) {
	var token logoutToken
	verified, err := d.VerifierContext(oidc.ClientContext(ctx, s.cfg.HTTPClient),
		&oidc.Config{ClientID: s.cfg.ClientID, SupportedSigningAlgs: algorithms, Now: s.cfg.Now}).Verify(ctx, raw)
	if err != nil {
		return token, err
	}
	if err := verified.Claims(&token); err != nil {
		return token, err
	}
	jws, err := jose.ParseSigned(raw, signatureAlgorithms())
	if err != nil {
		return token, err
	}
	switch {
	case jws.Signatures[0].Protected.ExtraHeaders[jose.HeaderType] != "logout+jwt":
		return token, errors.New("typ is not logout+jwt")
	case token.Nonce != nil:
		return token, errors.New("it has a nonce, as an ID token does")
	case token.Events[logoutEvent] == nil:
		return token, errors.New("it tells of no logout")
	case token.SID == "" && token.Subject == "" || token.JWTID == "":
		return token, errors.New("sid and sub, or jti, are missing")
	case s.cfg.Now().Sub(verified.IssuedAt) > logoutTokenOlder:
		return token, errors.New("it is too old")
	}
	return token, nil
}

// endOf ends the sessions of sid, or all of the customer's where no sid is named, and
// leaves word for the browser's next visit. It returns how many there were.
func (s *sessions) endOf(subject, sid string) (n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, x := range s.by {
		c := x.customer
		if c == nil || subject != "" && c.Subject != subject || sid != "" && c.SID != sid {
			continue
		}
		x.customer, x.tokens, x.asked = nil, map[string]*oauth2.Token{}, map[string]authorization{}
		x.forms, x.receipts, x.order = map[string]*form{}, map[string]*Receipt{}, nil
		x.notice = noticeSignedOut
		n++
	}
	return n
}

// noticeSignedOut tells a customer at the next visit why nobody is signed in.
const noticeSignedOut = "signed_out_elsewhere"

// toldOfLogout reports whether the customer has yet to be told that the provider ended the
// session. They are told before they are sent to sign in again.
func (s *sessions) toldOfLogout(x *session) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return x.notice == noticeSignedOut
}
