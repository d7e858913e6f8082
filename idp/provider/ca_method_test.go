package provider_test

import (
	"net/http"
	"net/url"
	"testing"
	"time"

	"sekisho/idp"
	"sekisho/idp/clientauth"
	"sekisho/idp/idptest"
)

// CA-01 CA-10 TK-10: one method per client, by the book, and one answer to every failure.
func TestClientAuthenticationMethods(t *testing.T) {
	r := newRig(t)
	k := newKeyed(t, r, "keyed", nil)
	poster := r.NewRelyingParty("poster", func(m *idp.ClientMetadata) { m.TokenEndpointAuthMethod = idp.AuthClientSecretPost })
	r.NewRelyingParty("public", func(m *idp.ClientMetadata) {
		m.TokenEndpointAuthMethod, m.GrantTypes = idp.AuthNone, []string{"authorization_code"}
	})
	off := r.NewRelyingParty("off", nil)
	r.EditClient("off", func(c *idp.Client) { c.Disabled = true })
	odd := r.NewRelyingParty("odd:id %+", nil)
	grant := func(pairs ...string) url.Values {
		v := url.Values{"grant_type": {"client_credentials"}}
		for i := 0; i < len(pairs); i += 2 {
			v.Set(pairs[i], pairs[i+1])
		}
		return v
	}
	basic := func(id, secret string) []string { return []string{"Authorization", "Basic " + basicAuth(id, secret)} }
	for name, a := range map[string]idptest.Answer{
		"CA-01 basic": r.PostForm("/token", grant(), basic("app", r.rp.Secret)...), "CA-01 post": r.PostForm("/token", grant("client_id", "poster", "client_secret", poster.Secret)),
		"CA-01 key": k.ask(k.assertion(t, nil)), "CA-10 both halves are form-encoded": r.PostForm("/token", grant(), basic("odd:id %+", odd.Secret)...),
		"CA-01 basic with its own client_id": r.PostForm("/token", grant("client_id", "app"), basic("app", r.rp.Secret)...),
	} {
		if a.Status != http.StatusOK {
			t.Errorf("%s: %d %s", name, a.Status, a.Body)
		}
	}
	first := ""
	for name, a := range map[string]idptest.Answer{
		"CA-01 post instead of basic":     r.PostForm("/token", grant("client_id", "app", "client_secret", r.rp.Secret)),
		"CA-01 basic instead of post":     r.PostForm("/token", grant(), basic("poster", poster.Secret)...),
		"CA-01 nothing instead of basic":  r.PostForm("/token", grant("client_id", "app")),
		"CA-01 nothing instead of a key":  r.PostForm("/token", grant("client_id", "keyed")),
		"CA-01 a secret instead of a key": r.PostForm("/token", grant("client_id", "keyed", "client_secret", "x")),
		"CA-01 a secret of a public one":  r.PostForm("/token", grant("client_id", "public", "client_secret", "x")),
		"TK-10 wrong secret":              r.PostForm("/token", grant(), basic("app", "wrong")...),
		"TK-10 empty secret":              r.PostForm("/token", grant(), basic("app", "")...),
		"TK-10 unknown client":            r.PostForm("/token", grant(), basic("nobody", "wrong")...),
		"TK-10 disabled client":           r.PostForm("/token", grant(), basic("off", off.Secret)...),
		"TK-10 nobody":                    r.PostForm("/token", grant()),
		"TK-10 another scheme":            r.PostForm("/token", grant(), "Authorization", "Bearer x"),
		"TK-10 broken header":             r.PostForm("/token", grant(), "Authorization", "Basic !!!"),
		"CA-10 not form-encoded":          r.PostForm("/token", grant(), "Authorization", rawBasic("odd:id %+", odd.Secret)),
		"CA-10 the stored hash":           r.PostForm("/token", grant(), basic("app", string(idp.HashSecret(r.rp.Secret)))...),
	} {
		grantRefused(t, a, "invalid_client")
		if first == "" {
			first = a.Body
		}
		if a.Body != first {
			t.Errorf("%s is told apart: %s", name, a.Body)
		}
	}
	challenge := r.PostForm("/token", grant(), basic("app", "wrong")...).Header.Get("WWW-Authenticate")
	if challenge == "" || r.PostForm("/token", grant("client_id", "app")).Header.Get("WWW-Authenticate") != "" {
		t.Errorf("TK-10: WWW-Authenticate %q belongs to the Authorization header and only to it", challenge)
	}
	for name, a := range map[string]idptest.Answer{
		"basic and post":       r.PostForm("/token", grant("client_id", "app", "client_secret", r.rp.Secret), basic("app", r.rp.Secret)...),
		"basic and a key":      k.PostForm("/token", grant("client_assertion", k.assertion(t, nil), "client_assertion_type", clientauth.AssertionType), basic("app", r.rp.Secret)...),
		"post and a key":       k.ask(k.assertion(t, nil), "client_id", "keyed", "client_secret", "x"),
		"basic twice":          r.PostForm("/token", grant(), append(basic("app", r.rp.Secret), basic("app", r.rp.Secret)...)...),
		"basic for two":        r.PostForm("/token", grant("client_id", "poster"), basic("app", r.rp.Secret)...),
		"a type without a key": k.ask("", "client_id", "keyed"),
	} {
		if a.Status != http.StatusBadRequest || a.String("error") != "invalid_request" {
			t.Errorf("CA-01: %s answers %d %s", name, a.Status, a.Body)
		}
	}
}

func rawBasic(id, secret string) string {
	q, _ := http.NewRequest(http.MethodGet, "/", nil)
	q.SetBasicAuth(id, secret)
	return q.Header.Get("Authorization")
}

// CA-11: failures are slowed down per client, and another client at the same address, or
// the same client a little later, is not.
func TestClientFailuresAreThrottled(t *testing.T) {
	r := newRig(t)
	other := r.NewRelyingParty("other", nil)
	wrong := func() idptest.Answer {
		return r.PostForm("/token", url.Values{"grant_type": {"client_credentials"}}, "Authorization", "Basic "+basicAuth("app", "wrong"))
	}
	limited := false
	for range 20 {
		a := wrong()
		limited = limited || a.Status == http.StatusTooManyRequests
	}
	if !limited {
		t.Error("CA-11: twenty failures in a row are all looked at")
	}
	if a := other.Post("/token", "grant_type", "client_credentials"); a.Status != http.StatusOK {
		t.Errorf("CA-11: another client is hit: %d", a.Status)
	}
	r.Clock.Advance(time.Minute)
	if a := r.rp.Post("/token", "grant_type", "client_credentials"); a.Status != http.StatusOK {
		t.Errorf("CA-11: still locked out after a minute: %d", a.Status)
	}
}

// CA-11: a stranger elsewhere who guesses does not lock the client out.
func TestStrangersDoNotLockClientsOut(t *testing.T) {
	p := idptest.New(t, idptest.Options{Edit: idptest.BehindProxy})
	rp := p.NewRelyingParty("app", nil)
	ask := func(address, secret string) int {
		form := url.Values{"grant_type": {"client_credentials"}}
		return p.PostForm("/token", form, "Host", "id.example", "X-Forwarded-For", address, "Authorization", "Basic "+basicAuth("app", secret)).Status
	}
	last := 0
	for range 30 {
		last = ask("203.0.113.66", "wrong")
	}
	if last != http.StatusTooManyRequests {
		t.Errorf("CA-11: the thirtieth guess answers %d", last)
	}
	if got := ask("203.0.113.66", rp.Secret); got != http.StatusTooManyRequests {
		t.Errorf("CA-11: the right secret from there answers %d", got)
	}
	if got := ask("198.51.100.7", rp.Secret); got != http.StatusOK {
		t.Errorf("CA-11: the client itself is answered %d", got)
	}
}
