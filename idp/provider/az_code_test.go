package provider_test

import (
	"bytes"
	"encoding/base64"
	"os"
	"strings"
	"testing"

	"sekisho/idp"
	"sekisho/idp/idptest"
	"sekisho/storage/storagetest"
)

// AZ-26: what a code is, what is kept of it, and everything it is bound to.
func TestAuthorizationCode(t *testing.T) {
	file := storagetest.SQLiteURL(t)
	store := storagetest.Open(t, file)
	if err := store.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	r := &rig{t: t, Provider: idptest.New(t, idptest.Options{Store: store})}
	r.rp = r.NewRelyingParty("app", nil)
	r.taro = r.AddAccount(idptest.Customer{Login: "10000001", TOTP: true})
	r.b = r.signedIn(r.taro)

	code := r.rp.Code(r.b, "scope", "openid email", "nonce", "n-26", "acr_values", trade, "max_age", "600", "claims", `{"userinfo":{"name":null}}`)
	other := r.rp.Code(r.signedIn(r.taro))
	if raw, err := base64.RawURLEncoding.DecodeString(code); err != nil || len(raw) < 16 || code == other {
		t.Errorf("AZ-26: code %q is %d bytes", code, len(raw))
	}
	path := strings.TrimPrefix(file, "sqlite:")
	for _, name := range []string{path, path + "-wal"} {
		content, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(content, []byte(code)) || bytes.Contains(content, []byte(other)) {
			t.Errorf("AZ-26: the code itself is in the database")
		}
	}
	sessions := map[string]bool{}
	for _, value := range []string{code, other} {
		err := store.RedeemCode(t.Context(), idp.HashSecret(value), "app", r.Clock.Now(), func(c idp.AuthorizationCode, g idp.GrantState) (*idp.RefreshToken, error) {
			sessions[g.SessionID] = true
			if value != code {
				return nil, nil
			}
			for name, pair := range map[string][2]string{
				"client": {c.ClientID, "app"}, "redirect URI": {c.RedirectURI, idptest.Redirect}, "challenge": {c.CodeChallenge, idptest.Challenge(idptest.Verifier)},
				"nonce": {c.Nonce, "n-26"}, "account": {g.AccountID, r.taro.ID}, "subject": {g.Subject, r.taro.Subject}, "grant's client": {g.ClientID, "app"}, "acr": {g.ACR, trade},
				"level": {g.Level, "urn:sekisho:acr:mfa"}, "amr": {strings.Join(g.AMR, " "), "pwd otp mfa"}, "scopes": {strings.Join(g.Scopes, " "), "openid email"},
				"resources": {strings.Join(g.Resources, " "), idptest.API}, "claims": {string(g.Claims), `{"userinfo":{"name":{}}}`},
			} {
				if pair[0] != pair[1] {
					t.Errorf("AZ-26: bound to %s %q, want %q", name, pair[0], pair[1])
				}
			}
			if g.SessionID == "" || g.SID == "" || g.AuthTime.IsZero() || !c.AuthTimeAsked {
				t.Errorf("AZ-26: session %q, sid %q, auth_time %v", g.SessionID, g.SID, g.AuthTime)
			}
			return nil, nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if len(sessions) != 2 {
		t.Error("AZ-26: codes of two sessions are bound to one")
	}
}
