package clientauth

import (
	"net/http"
	"net/url"
	"testing"
	"time"

	"sekisho/idp"
	"sekisho/idp/audit"
	"sekisho/idp/oidc"
)

// CA-01: of all methods exactly the registered one works.
func TestOneMethodPerClient(t *testing.T) {
	g := newRig(t)
	methods := []string{idp.AuthNone, idp.AuthClientSecretBasic, idp.AuthClientSecretPost, idp.AuthPrivateKeyJWT}
	for _, registered := range methods {
		// Every client owns a secret and keys, so that only the rule stands in the way.
		c := g.register("c-"+registered, registered, idp.ProfileOAuth21)
		c.SecretHash, c.Metadata.JWKS = idp.HashSecret(g.secret), jwksOf(g.keys)
		for _, used := range methods {
			t.Run("CA-01 "+used+" by a client of "+registered, func(t *testing.T) {
				var form url.Values
				var header http.Header
				switch used {
				case idp.AuthNone:
					form = url.Values{"client_id": {c.ID}}
				case idp.AuthClientSecretBasic:
					header = basicHeader(c.ID, g.secret)
				case idp.AuthClientSecretPost:
					form = url.Values{"client_id": {c.ID}, "client_secret": {g.secret}}
				case idp.AuthPrivateKeyJWT:
					form = assertionForm(g.assertion(t, "ES256", g.claims(c.ID)))
				}
				client, e := g.try(form, header, "192.0.2.1")
				if used == registered {
					if e != nil || client != c {
						t.Fatalf("refused: %v, %+v", e, g.trail.last())
					}
					return
				}
				if e == nil || e.Code != oidc.InvalidClient || e.HTTPStatus() != http.StatusUnauthorized {
					t.Fatalf("error %v", e)
				}
			})
		}
	}
}

func TestTwoMethods(t *testing.T) {
	g := newRig(t)
	secret := url.Values{"client_id": {idp.AuthClientSecretPost}, "client_secret": {g.secret}}
	assertion := assertionForm(g.assertion(t, "ES256", g.claims(idp.AuthPrivateKeyJWT)))
	both := assertionForm(assertion.Get("client_assertion"), "client_secret", g.secret)
	twice := basicHeader(idp.AuthClientSecretBasic, g.secret)
	twice["Authorization"] = append(twice["Authorization"], twice["Authorization"][0])
	for name, c := range map[string]struct {
		form   url.Values
		header http.Header
	}{
		"CA-01 basic and post":            {secret, basicHeader(idp.AuthClientSecretBasic, g.secret)},
		"CA-01 basic and assertion":       {assertion, basicHeader(idp.AuthClientSecretBasic, g.secret)},
		"CA-01 post and assertion":        {both, nil},
		"CA-01 basic twice":               {nil, twice},
		"CA-12 assertion without type":    {url.Values{"client_assertion": {"x"}}, nil},
		"CA-12 type without assertion":    {url.Values{"client_assertion_type": {AssertionType}}, nil},
		"basic and another client_id":     {url.Values{"client_id": {"fapi"}}, basicHeader(idp.AuthClientSecretBasic, g.secret)},
		"a bare type and a client_secret": {url.Values{"client_id": {idp.AuthClientSecretPost}, "client_secret": {g.secret}, "client_assertion_type": {"x"}}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			if _, e := g.try(c.form, c.header, "192.0.2.1"); e == nil || e.Code != oidc.InvalidRequest {
				t.Fatalf("error %v", e)
			}
		})
	}
}

// TK-10, CA-10: whoever fails hears the same thing.
func TestSameAnswerForEveryFailure(t *testing.T) {
	g := newRig(t)
	g.register("disabled", idp.AuthClientSecretBasic, idp.ProfileOAuth21).Disabled = true
	g.register("no-secret", idp.AuthClientSecretBasic, idp.ProfileOAuth21).SecretHash = nil
	g.register("weak", idp.AuthClientSecretBasic, idp.ProfileFAPI2)
	want := *errClient()
	for name, header := range map[string]http.Header{
		"TK-10 unknown client":               basicHeader("nobody", g.secret),
		"TK-10 wrong secret":                 basicHeader(idp.AuthClientSecretBasic, idp.NewSecret()),
		"TK-10 empty secret":                 basicHeader(idp.AuthClientSecretBasic, ""),
		"disabled client":                    basicHeader("disabled", g.secret),
		"client without a stored secret":     basicHeader("no-secret", ""),
		"shared secret under the fapi2 rule": basicHeader("weak", g.secret),
		"another scheme":                     {"Authorization": {"Bearer x"}},
		"broken base64":                      {"Authorization": {"Basic %%%"}},
		"broken percent-encoding":            basicRaw("%zz", g.secret),
		"no client at all":                   nil,
	} {
		t.Run(name, func(t *testing.T) {
			_, e := g.try(nil, header, "192.0.2.1")
			if e == nil || e.Code != want.Code || e.Description != want.Description || e.HTTPStatus() != http.StatusUnauthorized {
				t.Fatalf("error %+v", e)
			}
			if got := g.trail.last(); got.Event != audit.ClientAuthFailed || got.Reason == "" || got.Result != audit.Denied {
				t.Fatalf("audit %+v", got)
			}
		})
	}
}

func basicRaw(id, secret string) http.Header {
	r, _ := http.NewRequest(http.MethodPost, "/", nil)
	r.SetBasicAuth(id, secret)
	return r.Header
}

// CA-10: both halves of Basic are form-urlencoded.
func TestBasicIsFormURLDecoded(t *testing.T) {
	g := newRig(t)
	c := g.register("https://rp.example/a b:c+d%", idp.AuthClientSecretBasic, idp.ProfileOAuth21)
	c.SecretHash = idp.HashSecret("p+q r%:")
	if client, e := g.try(nil, basicHeader(c.ID, "p+q r%:"), "192.0.2.1"); e != nil || client != c {
		t.Fatalf("error %v", e)
	}
	if _, e := g.try(nil, basicRaw(url.QueryEscape(c.ID), "p+q r%:"), "192.0.2.1"); e == nil {
		t.Fatal("an undecoded secret was accepted")
	}
}

// CA-11
func TestFailuresAreThrottledPerClientAndAddress(t *testing.T) {
	g := newRig(t)
	g.Throttle = &FailureLimiter{Limit: idp.RateLimit{Every: time.Minute, Burst: 3}, Now: g.clock.now}
	id := idp.AuthClientSecretBasic
	for range 3 {
		if _, e := g.try(nil, basicHeader(id, "wrong"), "198.51.100.7"); e == nil || e.HTTPStatus() != http.StatusUnauthorized {
			t.Fatalf("error %v", e)
		}
	}
	t.Run("CA-11 the address is slowed down, even with the right secret", func(t *testing.T) {
		if _, e := g.try(nil, basicHeader(id, g.secret), "198.51.100.7"); e == nil || e.HTTPStatus() != http.StatusTooManyRequests {
			t.Fatalf("error %v", e)
		}
		if got := g.trail.last(); got.Event != audit.ThrottleLimited {
			t.Fatalf("audit %+v", got)
		}
	})
	t.Run("CA-11 the client itself is not locked out", func(t *testing.T) {
		if _, e := g.try(nil, basicHeader(id, g.secret), "192.0.2.1"); e != nil {
			t.Fatalf("error %v", e)
		}
	})
	t.Run("other clients at the address are not touched", func(t *testing.T) {
		if _, e := g.try(url.Values{"client_id": {idp.AuthNone}}, nil, "198.51.100.7"); e != nil {
			t.Fatalf("error %v", e)
		}
	})
	t.Run("it ends by itself", func(t *testing.T) {
		g.clock.at = g.clock.at.Add(time.Minute)
		if _, e := g.try(nil, basicHeader(id, g.secret), "198.51.100.7"); e != nil {
			t.Fatalf("error %v", e)
		}
	})
}

func TestDependencyTrouble(t *testing.T) {
	g := newRig(t)
	g.replays.err = idp.ErrUnavailable
	_, e := g.try(assertionForm(g.assertion(t, "ES256", g.claims("fapi"))), nil, "192.0.2.1")
	if e == nil || e.Code != oidc.TemporarilyUnavailable {
		t.Fatalf("error %v", e)
	}
}
