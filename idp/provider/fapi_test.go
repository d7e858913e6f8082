package provider_test

import (
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"sekisho/idp"
	"sekisho/idp/clientauth"
	"sekisho/idp/idptest"
)

// fapi is a client of the fapi2 profile with a DPoP key.
type fapi struct {
	*keyed
	key *idptest.DPoPKey
}

func newFAPI(t *testing.T, r *rig, id string) *fapi {
	t.Helper()
	return &fapi{newKeyed(t, r, id, func(m *idp.ClientMetadata) {
		m.ClientProfile, m.DPoPBound = idp.ProfileFAPI2, true
	}), r.newKey()}
}

// code is a code of the client.
func (f *fapi) code() string {
	f.t.Helper()
	return f.answered(f.t).Get("code")
}

// send is a token request with an assertion and, unless it is empty, a proof.
func (f *fapi) send(assertion, proof string, pairs ...string) idptest.Answer {
	f.t.Helper()
	form := url.Values{"client_assertion": {assertion}, "client_assertion_type": {clientauth.AssertionType}}
	for i := 0; i+1 < len(pairs); i += 2 {
		form.Set(pairs[i], pairs[i+1])
	}
	if proof == "" {
		return f.PostForm("/token", form)
	}
	return f.PostForm("/token", form, "DPoP", proof)
}

func (f *fapi) proof() string { return f.key.Proof("POST", f.URL+"/token", nil) }

func (f *fapi) redeem(code string) idptest.Answer {
	return f.send(f.assertion(f.t, nil), f.proof(), "grant_type", "authorization_code", "code", code, "redirect_uri", idptest.Redirect, "code_verifier", idptest.Verifier)
}

// TK-11, TK-14, RT-03: what a fapi2 client gets, and what it must prove for it.
func TestFAPITokens(t *testing.T) {
	r := newRig(t)
	f := newFAPI(t, r, "fapi")
	tokens := f.redeem(f.code())
	access, refresh := tokens.String("access_token"), tokens.String("refresh_token")
	if tokens.Status != http.StatusOK || tokens.String("token_type") != "DPoP" || refresh == "" {
		t.Fatalf("%d %s", tokens.Status, tokens.Body)
	}
	header, claims := r.Verified(access)
	exp, _ := claims["exp"].(float64)
	iat, _ := claims["iat"].(float64)
	if life := exp - iat; life <= 0 || life > 600 || header.Algorithm == "RS256" {
		t.Errorf("TK-14: the token lives %v s, signed with %s", life, header.Algorithm)
	}
	if a := r.Present(f.key, "GET", "/userinfo", access, nil); a.Status != http.StatusOK {
		t.Errorf("userinfo: %d %s", a.Status, a.Body)
	}
	t.Run("TK-11 fapi2-security-profile-final-ensure-holder-of-key-required", func(t *testing.T) {
		code := f.code()
		for _, pairs := range [][]string{
			{"grant_type", "authorization_code", "code", code, "redirect_uri", idptest.Redirect, "code_verifier", idptest.Verifier},
			{"grant_type", "refresh_token", "refresh_token", refresh}, {"grant_type", "client_credentials"},
		} {
			refusedAs(t, f.send(f.assertion(t, nil), "", pairs...), "invalid_dpop_proof")
		}
		if a := f.redeem(code); a.Status != http.StatusOK {
			t.Errorf("the refusal used the code up: %d %s", a.Status, a.Body)
		}
	})
	t.Run("TK-11 a client from before bindings", func(t *testing.T) {
		f.EditClient("fapi", func(c *idp.Client) { c.Metadata.DPoPBound = false })
		refusedAs(t, f.send(f.assertion(t, nil), "", "grant_type", "client_credentials"), "invalid_dpop_proof")
		f.EditClient("fapi", func(c *idp.Client) { c.Metadata.DPoPBound = true })
	})
	t.Run("RT-03 fapi2-security-profile-final-refresh-token", func(t *testing.T) {
		for range 3 {
			r.Clock.Advance(time.Minute)
			f.key = r.newKey() // RT-05: bound by the client's authentication, not by the key
			a := f.send(f.assertion(t, nil), f.proof(), "grant_type", "refresh_token", "refresh_token", refresh)
			if a.Status != http.StatusOK || a.String("refresh_token") != "" && a.String("refresh_token") != refresh {
				t.Fatalf("%d %s", a.Status, a.Body)
			}
			if cnf, _ := idptest.Claims(t, a.String("access_token"))["cnf"].(map[string]any); cnf["jkt"] != f.key.JKT {
				t.Errorf("RT-05: cnf %v", cnf)
			}
		}
	})
	t.Run("RT-01 fapi2-security-profile-final-refresh-token by another client", func(t *testing.T) {
		other := newFAPI(t, r, "fapi-b")
		refusedAs(t, other.send(other.assertion(t, nil), other.proof(), "grant_type", "refresh_token", "refresh_token", refresh), "invalid_grant")
	})
	t.Run("TK-01 fapi2-security-profile-final-ensure-authorization-code-is-bound-to-client", func(t *testing.T) {
		other := newFAPI(t, r, "fapi-c")
		refusedAs(t, other.redeem(f.code()), "invalid_grant")
	})
	t.Run("TK-02 fapi2-security-profile-final-attempt-reuse-authorization-code-after-one-second", func(t *testing.T) {
		code := f.code()
		first := f.redeem(code)
		r.Clock.Advance(time.Second)
		refusedAs(t, f.redeem(code), "invalid_grant")
		if a := r.Present(f.key, "GET", "/userinfo", first.String("access_token"), nil); a.Status != http.StatusUnauthorized {
			t.Errorf("the tokens of the first use live on: %d", a.Status)
		}
	})
	t.Run("AZ-27 fapi2-security-profile-final-ensure-token-endpoint-fails-with-expired-auth-code", func(t *testing.T) {
		code := f.code()
		r.Clock.Advance(61 * time.Second)
		refusedAs(t, f.redeem(code), "invalid_grant")
	})
	for name, verifier := range map[string]string{
		"fapi2-security-profile-final-ensure-pkce-code-verifier-required": "", "fapi2-security-profile-final-incorrect-pkce-code-verifier-rejected": idp.NewSecret(),
	} {
		t.Run("TK-04 "+name, func(t *testing.T) {
			refusedAs(t, f.send(f.assertion(t, nil), f.proof(), "grant_type", "authorization_code", "code", f.code(), "redirect_uri", idptest.Redirect, "code_verifier", verifier), "invalid_grant")
		})
	}
}

// CA-02, CA-03, CA-04, CA-06: the assertions of fapi2 clients. Each would get a token if
// its assertion were good, as the first ones show.
func TestFAPIAssertions(t *testing.T) {
	r := newRig(t)
	f := newFAPI(t, r, "fapi")
	at := func(name string, d time.Duration) func(map[string]any) {
		return func(c map[string]any) { c[name] = r.Clock.Now().Add(d).Unix() }
	}
	aud := func(value any) func(map[string]any) { return func(c map[string]any) { c["aud"] = value } }
	ask := func(assertion string, pairs ...string) idptest.Answer {
		r.Clock.Advance(11 * time.Second) // failures are slowed down
		return f.send(assertion, f.proof(), append([]string{"grant_type", "client_credentials"}, pairs...)...)
	}
	for name, edit := range map[string]func(map[string]any){
		"as it should be": nil,
		"CA-06 fapi2-security-profile-final-par-ensure-jwt-client-assertions-nbf-8-seconds-in-the-future-is-accepted": at("nbf", 19*time.Second), // 8 s after the clock has moved
	} {
		t.Run(name, func(t *testing.T) {
			if a := ask(f.assertion(t, edit)); a.Status != http.StatusOK {
				t.Errorf("answer %d %s", a.Status, a.Body)
			}
		})
	}
	for name, edit := range map[string]func(map[string]any){
		"CA-06 fapi2-security-profile-final-par-ensure-jwt-client-assertions-nbf-over-60-seconds-in-the-future-fails": at("nbf", 90*time.Second),
		"CA-06 fapi2-security-profile-final-ensure-client-assertion-with-exp-is-5-minutes-in-past-fails":              at("exp", -5*time.Minute),
		"CA-02 fapi2-security-profile-final-ensure-client-assertion-with-wrong-aud-fails":                             aud("https://other.example"),
		"CA-02 fapi2-security-profile-final-par-test-array-as-audience-fails":                                         aud([]string{r.URL}),
		"CA-02 fapi2-security-profile-final-par-test-par-endpoint-url-as-audience-fails":                              aud(r.URL + "/par"),
		"CA-02 fapi2-security-profile-final-par-test-token-endpoint-url-as-audience-fails":                            aud(r.URL + "/token"),
		"CA-04 fapi2-security-profile-final-ensure-client-assertion-with-no-sub-fails":                                func(c map[string]any) { delete(c, "sub") },
	} {
		t.Run(name, func(t *testing.T) {
			grantRefused(t, ask(f.assertion(t, edit), "client_id", "fapi"), "invalid_client")
		})
	}
	t.Run("CA-03 fapi2-security-profile-final-ensure-signed-client-assertion-with-RS256-fails", func(t *testing.T) {
		grantRefused(t, ask(idptest.SignJWT(t, jose.RS256, f.rsa, f.claims(nil), "kid", "2")), "invalid_client")
	})
	t.Run("CA-01 fapi2-security-profile-final-ensure-client-assertion-in-token-endpoint", func(t *testing.T) {
		a := r.PostForm("/token", url.Values{"grant_type": {"client_credentials"}, "client_id": {"fapi"}}, "DPoP", f.proof())
		grantRefused(t, a, "invalid_client")
	})
	t.Run("CA-04 fapi2-security-profile-final-ensure-client-id-in-token-endpoint", func(t *testing.T) {
		grantRefused(t, ask(f.assertion(t, nil), "client_id", "app"), "invalid_client")
	})
	t.Run("CA-07 a DPoP proof as the assertion", func(t *testing.T) {
		grantRefused(t, ask(f.proof(), "client_id", "fapi"), "invalid_client")
	})
}
