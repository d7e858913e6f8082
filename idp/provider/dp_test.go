package provider_test

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"sekisho/config"
	"sekisho/idp"
	"sekisho/idp/audit"
	"sekisho/idp/idptest"
)

// newKey is a DPoP key by the provider's clock.
func (r *rig) newKey() *idptest.DPoPKey { return idptest.NewDPoPKey(r.t, r.Clock.Now) }

// proving is a client like another whose requests prove a key of its own.
func (r *rig) proving(id string, edit func(*idp.ClientMetadata)) *idptest.RelyingParty {
	rp := r.NewRelyingParty(id, edit)
	rp.DPoP = r.newKey()
	return rp
}

// refusedAs checks a refusal of the token endpoint.
func refusedAs(t *testing.T, a idptest.Answer, codes ...string) {
	t.Helper()
	for _, code := range codes {
		if a.Status == http.StatusBadRequest && a.String("error") == code && a.String("access_token") == "" && a.Header.Get("Cache-Control") == "no-store" {
			return
		}
	}
	t.Errorf("answer %d %s, want 400 %v", a.Status, a.Body, codes)
}

// DP-08, fapi2-security-profile-final-happy-flow in its token part: with a proof the token
// is bound to its key, and says so everywhere.
func TestDPoPBoundTokens(t *testing.T) {
	r := newRig(t)
	api := r.NewRelyingParty("api", func(m *idp.ClientMetadata) {
		m.ResourceServer, m.GrantTypes, m.RedirectURIs, m.FirstParty, m.Resources = []string{idptest.API}, nil, nil, false, nil
		m.PostLogoutRedirectURIs = nil
	})
	rp := r.proving("bound", func(m *idp.ClientMetadata) { m.DPoPBound = true })
	tokens := rp.Grant(r.b)
	access := tokens.String("access_token")
	if tokens.String("token_type") != "DPoP" {
		t.Errorf("DP-08: token_type %q", tokens.String("token_type"))
	}
	_, claims := r.Verified(access)
	cnf, _ := claims["cnf"].(map[string]any)
	if len(cnf) != 1 || cnf["jkt"] != rp.DPoP.JKT {
		t.Errorf("DP-08: cnf %v", claims["cnf"])
	}
	seen := api.Post("/introspect", "token", access)
	told, _ := seen.JSON["cnf"].(map[string]any)
	if seen.JSON["active"] != true || seen.String("token_type") != "DPoP" || told["jkt"] != rp.DPoP.JKT {
		t.Errorf("DP-08, ID-10: introspection says %s", seen.Body)
	}
	if a := r.Present(rp.DPoP, "GET", "/userinfo", access, nil); a.Status != http.StatusOK || a.String("sub") == "" {
		t.Errorf("userinfo: %d %s", a.Status, a.Body)
	}
	t.Run("DP-08 the registration demands a proof", func(t *testing.T) {
		code := rp.Code(r.b)
		without := *rp
		without.DPoP = nil
		refusedAs(t, without.Exchange(code), "invalid_dpop_proof")
		if a := rp.Exchange(code); a.Status != http.StatusOK {
			t.Errorf("the refusal used the code up: %d %s", a.Status, a.Body)
		}
	})
	t.Run("a client that need not may", func(t *testing.T) {
		free := r.proving("free", nil)
		if a := free.Grant(r.b); a.String("token_type") != "DPoP" {
			t.Errorf("token_type %q", a.String("token_type"))
		}
		free.DPoP = nil
		a := free.Grant(r.b)
		if _, claims := r.Verified(a.String("access_token")); a.String("token_type") != "Bearer" || claims["cnf"] != nil {
			t.Errorf("without a proof: %s", a.Body)
		}
	})
	t.Run("DJ-02 each published algorithm", func(t *testing.T) {
		rsaKey, err := rsa.GenerateKey(rand.Reader, 2048)
		if err != nil {
			t.Fatal(err)
		}
		_, edKey, err := ed25519.GenerateKey(rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		for _, key := range []*idptest.DPoPKey{r.newKey(), idptest.DPoPKeyOf(t, r.Clock.Now, jose.PS256, rsaKey), idptest.DPoPKeyOf(t, r.Clock.Now, jose.EdDSA, edKey)} {
			rp.DPoP = key
			a := rp.Grant(r.b)
			if a := r.Present(key, "GET", "/userinfo", a.String("access_token"), nil); a.Status != http.StatusOK {
				t.Errorf("%s: %d %s", key.Alg, a.Status, a.Body)
			}
		}
	})
}

// DP-01, DP-03, fapi2-security-profile-final-dpop-negative-tests at the token endpoint.
func TestBadProofsAtTokenEndpoint(t *testing.T) {
	r := newRig(t)
	k := r.newKey()
	here := r.URL + "/token"
	once := k.Proof("POST", here, nil)
	ask := func(proofs ...string) idptest.Answer {
		headers := []string{"Authorization", "Basic " + basicAuth(r.rp.ID, r.rp.Secret)}
		for _, p := range proofs {
			headers = append(headers, "DPoP", p)
		}
		return r.PostForm("/token", url.Values{"grant_type": {"client_credentials"}}, headers...)
	}
	if a := ask(once); a.Status != http.StatusOK || a.String("token_type") != "DPoP" {
		t.Fatalf("a good proof: %d %s", a.Status, a.Body)
	}
	for name, proofs := range map[string][]string{
		"DP-03 the same again":        {once},
		"DP-01 two headers":           {k.Proof("POST", here, nil), k.Proof("POST", here, nil)},
		"DP-01 not a JWT":             {"proof"},
		"DP-01 empty":                 {""},
		"DP-01 unsigned":              {idptest.Unsigned(t, map[string]any{"typ": "dpop+jwt", "alg": "none"}, k.Claims("POST", here, nil), "")},
		"DP-01 wrong htm":             {k.Proof("GET", here, nil)},
		"DP-01 wrong htu":             {k.Proof("POST", r.URL+"/userinfo", nil)},
		"DP-01 another server's":      {k.Proof("POST", "https://evil.example/token", nil)},
		"DP-04 an hour old":           {k.Proof("POST", here, map[string]any{"iat": r.Clock.Now().Add(-time.Hour).Unix()})},
		"DP-04 an hour ahead":         {k.Proof("POST", here, map[string]any{"iat": r.Clock.Now().Add(time.Hour).Unix()})},
		"DP-09 a jti beyond its size": {k.Proof("POST", here, map[string]any{"jti": strings.Repeat("j", 1000)})},
		"CA-07 a client assertion":    {k.Sign(k.Claims("POST", here, nil), map[string]any{"typ": "client-authentication+jwt", "jwk": jose.JSONWebKey{Key: k.Key.Public()}})},
	} {
		t.Run(name, func(t *testing.T) { refusedAs(t, ask(proofs...), "invalid_dpop_proof") })
	}
	for name, changes := range map[string]map[string]any{
		"DP-04 fapi2-security-profile-final-ensure-dpopproof-with-iat-10seconds-before-succeeds": {"iat": r.Clock.Now().Add(-10 * time.Second).Unix()},
		"DP-04 fapi2-security-profile-final-ensure-dpopproof-with-iat-10seconds-after-succeeds":  {"iat": r.Clock.Now().Add(10 * time.Second).Unix()},
		"DP-04 fapi2-security-profile-final-check-dpop-proof-nbf-exp":                            {"nbf": r.Clock.Now().Unix(), "exp": r.Clock.Now().Add(time.Minute).Unix()},
		"DP-04 claims nobody knows": {"iss": "app", "custom": true},
	} {
		t.Run(name, func(t *testing.T) {
			if a := ask(k.Proof("POST", here, changes)); a.Status != http.StatusOK {
				t.Errorf("answer %d %s", a.Status, a.Body)
			}
		})
	}
	for name, changes := range map[string]map[string]any{
		"expired": {"exp": r.Clock.Now().Add(-time.Hour).Unix()}, "not yet": {"nbf": r.Clock.Now().Add(time.Hour).Unix()},
	} {
		t.Run("DP-04 fapi2-security-profile-final-check-dpop-proof-nbf-exp "+name, func(t *testing.T) {
			refusedAs(t, ask(k.Proof("POST", here, changes)), "invalid_dpop_proof")
		})
	}
	if rec := r.Recorded(t, audit.ProofReplayed); rec.Result != audit.Denied { // LG-02
		t.Errorf("recorded %+v", rec)
	}
}

// DP-06, fapi2-security-profile-final-dpop-negative-tests at a resource, and
// fapi2-security-profile-final-access-token-type-header-case-sensitivity.
func TestBoundTokenAtUserinfo(t *testing.T) {
	r := newRig(t)
	rp := r.proving("bound", nil)
	access := rp.Grant(r.b).String("access_token")
	bearer := r.rp.Grant(r.b).String("access_token")
	k, here := rp.DPoP, r.URL+"/userinfo"
	proof := func(changes map[string]any) string {
		all := map[string]any{"ath": idptest.TokenHash(access)}
		for name, v := range changes {
			all[name] = v
		}
		return k.Proof("GET", here, all)
	}
	for _, scheme := range []string{"DPoP", "dpop", "DPOP", "dPoP"} {
		if a := r.Call("GET", "/userinfo", "", "Authorization", scheme+" "+access, "DPoP", proof(nil)); a.Status != http.StatusOK {
			t.Errorf("DP-06 scheme %s: %d %s", scheme, a.Status, a.Body)
		}
	}
	for _, scheme := range []string{"Bearer", "bearer", "BEARER"} {
		if a := r.Call("GET", "/userinfo", "", "Authorization", scheme+" "+bearer); a.Status != http.StatusOK {
			t.Errorf("scheme %s: %d %s", scheme, a.Status, a.Body)
		}
	}
	used := proof(nil)
	if a := r.Call("GET", "/userinfo", "", "Authorization", "DPoP "+access, "DPoP", used); a.Status != http.StatusOK {
		t.Fatalf("%d %s", a.Status, a.Body)
	}
	other := r.newKey()
	for name, c := range map[string]struct {
		code    string
		headers []string
	}{
		"DP-06 as a bearer token":               {"invalid_token", []string{"Authorization", "Bearer " + access}},
		"DP-06 as a bearer token, with a proof": {"invalid_token", []string{"Authorization", "Bearer " + access, "DPoP", proof(nil)}},
		"DP-06 a bearer token in the scheme":    {"invalid_token", []string{"Authorization", "DPoP " + bearer, "DPoP", k.Proof("GET", here, map[string]any{"ath": idptest.TokenHash(bearer)})}},
		"DP-06 no proof":                        {"invalid_dpop_proof", []string{"Authorization", "DPoP " + access}},
		"DP-06 two proofs":                      {"invalid_dpop_proof", []string{"Authorization", "DPoP " + access, "DPoP", proof(nil), "DPoP", proof(nil)}},
		"DP-06 another key":                     {"invalid_token", []string{"Authorization", "DPoP " + access, "DPoP", other.Proof("GET", here, map[string]any{"ath": idptest.TokenHash(access)})}},
		"DP-06 no ath":                          {"invalid_dpop_proof", []string{"Authorization", "DPoP " + access, "DPoP", proof(map[string]any{"ath": nil})}},
		"DP-06 another token's ath":             {"invalid_dpop_proof", []string{"Authorization", "DPoP " + access, "DPoP", proof(map[string]any{"ath": idptest.TokenHash(bearer)})}},
		"DP-03 a used proof":                    {"invalid_dpop_proof", []string{"Authorization", "DPoP " + access, "DPoP", used}},
		"DP-01 the proof of the token endpoint": {"invalid_dpop_proof", []string{"Authorization", "DPoP " + access, "DPoP", k.Proof("POST", r.URL+"/token", map[string]any{"ath": idptest.TokenHash(access)})}},
		"DP-04 an old proof":                    {"invalid_dpop_proof", []string{"Authorization", "DPoP " + access, "DPoP", proof(map[string]any{"iat": r.Clock.Now().Add(-time.Hour).Unix()})}},
		"DP-06 an ID token in place of a token": {"invalid_token", []string{"Authorization", "DPoP " + "x.y.z", "DPoP", proof(nil)}},
	} {
		t.Run(name, func(t *testing.T) {
			a := r.Call("GET", "/userinfo", "", c.headers...)
			challenge := a.Header.Get("WWW-Authenticate")
			if a.Status != http.StatusUnauthorized || a.String("error") != c.code || !strings.HasPrefix(challenge, `DPoP error="`+c.code+`"`) || !strings.Contains(challenge, `algs="PS256 ES256 EdDSA"`) {
				t.Errorf("answer %d %s, challenge %s", a.Status, a.Body, challenge)
			}
		})
	}
	t.Run("DP-06 in the body", func(t *testing.T) {
		if a := r.PostForm("/userinfo", url.Values{"access_token": {access}}, "DPoP", k.Proof("POST", here, map[string]any{"ath": idptest.TokenHash(access)})); a.Status != http.StatusUnauthorized {
			t.Errorf("%d %s", a.Status, a.Body)
		}
	})
	t.Run("two Authorization headers", func(t *testing.T) {
		if a := r.Call("GET", "/userinfo", "", "Authorization", "DPoP "+access, "Authorization", "Bearer "+access, "DPoP", proof(nil)); a.Status != http.StatusBadRequest {
			t.Errorf("%d %s", a.Status, a.Body)
		}
	})
	if a := r.Call("GET", "/userinfo", ""); a.Status != http.StatusUnauthorized || strings.Join(a.Header.Values("WWW-Authenticate"), ", ") != `Bearer, DPoP algs="PS256 ES256 EdDSA"` {
		t.Errorf("without a token: %d %v", a.Status, a.Header.Values("WWW-Authenticate"))
	}
	t.Run("TK-14 expired", func(t *testing.T) {
		r.Clock.Advance(11 * time.Minute)
		if a := r.Present(k, "GET", "/userinfo", access, nil); a.Status != http.StatusUnauthorized || a.String("error") != "invalid_token" {
			t.Errorf("%d %s", a.Status, a.Body)
		}
	})
}

// DP-02: behind a proxy the address is the public one, whatever the Host header says.
func TestProofAddressBehindProxy(t *testing.T) {
	p := idptest.New(t, idptest.Options{Edit: idptest.BehindProxy})
	rp := p.NewRelyingParty("app", nil)
	k := idptest.NewDPoPKey(t, p.Clock.Now)
	ask := func(host, htu string) idptest.Answer {
		return p.PostForm("/token", url.Values{"grant_type": {"client_credentials"}}, "Host", host, "Authorization", "Basic "+basicAuth(rp.ID, rp.Secret), "DPoP", k.Proof("POST", htu, nil))
	}
	for _, htu := range []string{"https://id.example/token", "HTTPS://ID.EXAMPLE:443/token?x#y", "https://id.example/tok%65n"} {
		if a := ask("id.example", htu); a.Status != http.StatusOK {
			t.Errorf("DP-02 %s: %d %s", htu, a.Status, a.Body)
		}
	}
	for _, htu := range []string{p.URL + "/token", "http://id.example/token", "https://evil.example/token"} {
		refusedAs(t, ask("id.example", htu), "invalid_dpop_proof")
	}
	if a := ask("evil.example", "https://evil.example/token"); a.Status != http.StatusMisdirectedRequest {
		t.Errorf("DP-02 another host: %d", a.Status)
	}
}

// DP-05: nonces by the book, from the first refusal to the next success.
func TestDPoPNonces(t *testing.T) {
	const origin = "https://spa.example"
	p := idptest.New(t, idptest.Options{Edit: func(c *config.Config) { c.Tokens.DPoPNonce = config.NonceAlways }})
	r := &rig{Provider: p, t: t}
	r.taro = r.AddAccount(idptest.Customer{Login: "10000001", TOTP: true})
	r.b = r.signedIn(r.taro)
	r.Clock.Advance(time.Minute)
	rp := r.proving("bound", func(m *idp.ClientMetadata) { m.AllowedOrigins = []string{origin} })
	code := rp.Code(r.b)
	first := rp.Exchange(code)
	nonce := first.Header.Get("DPoP-Nonce")
	refusedAs(t, first, "use_dpop_nonce")
	if nonce == "" {
		t.Fatal("DP-05: no nonce offered")
	}
	rp.DPoP.Nonce = nonce
	tokens := rp.Exchange(code)
	if tokens.Status != http.StatusOK || tokens.Header.Get("DPoP-Nonce") == "" || tokens.Header.Get("Cache-Control") != "no-store" {
		t.Fatalf("DP-05: %d %s %v", tokens.Status, tokens.Body, tokens.Header)
	}
	access := tokens.String("access_token")
	if a := r.Present(rp.DPoP, "GET", "/userinfo", access, nil); a.Status != http.StatusOK || a.Header.Get("DPoP-Nonce") == "" {
		t.Errorf("DP-05 userinfo: %d %s", a.Status, a.Body)
	}
	for name, bad := range map[string]any{"none": nil, "made by the client": "abc", "foreign": nonce[:len(nonce)-2] + "AA"} {
		a := r.Present(rp.DPoP, "GET", "/userinfo", access, map[string]any{"nonce": bad})
		if a.Status != http.StatusUnauthorized || !strings.HasPrefix(a.Header.Get("WWW-Authenticate"), `DPoP error="use_dpop_nonce"`) || a.Header.Get("DPoP-Nonce") == "" {
			t.Errorf("DP-05 %s: %d %v", name, a.Status, a.Header)
		}
	}
	t.Run("DP-05 exposed to registered origins", func(t *testing.T) {
		a := r.Call("GET", "/userinfo", "", "Authorization", "DPoP "+access, "Origin", origin)
		if exposed := a.Header.Get("Access-Control-Expose-Headers"); !strings.Contains(exposed, "DPoP-Nonce") || !strings.Contains(exposed, "WWW-Authenticate") {
			t.Errorf("exposed: %q", exposed)
		}
		a = r.Call("OPTIONS", "/token", "", "Origin", origin, "Access-Control-Request-Method", "POST", "Access-Control-Request-Headers", "dpop")
		if a.Status != http.StatusNoContent || !strings.Contains(a.Header.Get("Access-Control-Allow-Headers"), "dpop") {
			t.Errorf("preflight: %d %v", a.Status, a.Header)
		}
		if a = r.Call("GET", "/userinfo", "", "Origin", "https://evil.example"); a.Header.Get("Access-Control-Expose-Headers") != "" {
			t.Error("exposed to anybody")
		}
	})
	r.Clock.Advance(5 * time.Minute)
	stale := rp.Refresh(tokens.String("refresh_token"))
	refusedAs(t, stale, "use_dpop_nonce")
	if stale.Header.Get("DPoP-Nonce") == nonce {
		t.Error("DP-05: the nonce does not rotate")
	}
	rp.DPoP.Nonce = stale.Header.Get("DPoP-Nonce")
	if a := rp.Refresh(tokens.String("refresh_token")); a.Status != http.StatusOK {
		t.Errorf("DP-05: the refusal used the refresh token up: %d %s", a.Status, a.Body)
	}
	t.Run("DP-06 at the provider's own API", func(t *testing.T) {
		desk := r.proving("desk", func(m *idp.ClientMetadata) {
			m.Scope, m.GrantTypes = "notify:withdrawal", []string{"client_credentials"}
			m.RedirectURIs, m.PostLogoutRedirectURIs = nil, nil
		})
		desk.DPoP.Nonce = rp.DPoP.Nonce
		token := desk.Post("/token", "grant_type", "client_credentials", "scope", "notify:withdrawal").String("access_token")
		for name, c := range map[string]struct {
			want    int
			headers []string
		}{
			"bearer": {401, []string{"Authorization", "Bearer " + token}}, "no proof": {401, []string{"Authorization", "DPoP " + token}},
			"with a proof": {400, []string{"Authorization", "DPoP " + token, "DPoP", desk.DPoP.Proof("POST", r.URL+"/notifications/withdrawal-requested", map[string]any{"ath": idptest.TokenHash(token)})}}, // past the door: the body is missing
		} {
			if a := r.Call("POST", "/notifications/withdrawal-requested", "{}", c.headers...); a.Status != c.want {
				t.Errorf("DP-06 %s: %d %s", name, a.Status, a.Body)
			}
		}
	})
}

// DP-07, PR-10: a code that was asked for with a key is worth nothing without it.
func TestCodeBoundToKey(t *testing.T) {
	r := newRig(t)
	rp := r.proving("bound", nil)
	t.Run("fapi2-security-profile-final-ensure-dpop-auth-code-binding-success", func(t *testing.T) {
		if a := rp.Exchange(rp.Code(r.b, "dpop_jkt", rp.DPoP.JKT)); a.Status != http.StatusOK {
			t.Errorf("answer %d %s", a.Status, a.Body)
		}
	})
	for _, name := range []string{
		"fapi2-security-profile-final-ensure-token-endpoint-fails-with-mismatched-dpop-jkt",
		"fapi2-security-profile-final-ensure-token-endpoint-fails-with-mismatched-dpop-proof-jkt",
	} {
		t.Run(name, func(t *testing.T) {
			refusedAs(t, rp.Exchange(rp.Code(r.b, "dpop_jkt", r.newKey().JKT)), "invalid_grant", "invalid_dpop_proof")
		})
	}
	t.Run("DP-07 without a proof", func(t *testing.T) {
		without := *rp
		without.DPoP = nil
		refusedAs(t, without.Exchange(rp.Code(r.b, "dpop_jkt", rp.DPoP.JKT)), "invalid_grant", "invalid_dpop_proof")
	})
	for _, malformed := range []string{"x", rp.DPoP.JKT + "A", strings.Repeat("=", 43)} {
		r.refused(t, r.b.Authorize(rp.ID, idptest.Redirect, "dpop_jkt", malformed), "invalid_request")
	}
}

// RT-05: what a refresh must prove.
func TestRefreshTokenBinding(t *testing.T) {
	r := newRig(t)
	t.Run("a public client's is bound to its key", func(t *testing.T) {
		rp := r.proving("mobile", func(m *idp.ClientMetadata) {
			m.TokenEndpointAuthMethod, m.GrantTypes = idp.AuthNone, []string{"authorization_code", "refresh_token"}
		})
		own := rp.DPoP
		refresh := rp.Grant(r.b).String("refresh_token")
		rp.DPoP = r.newKey()
		refusedAs(t, rp.Refresh(refresh), "invalid_grant", "invalid_dpop_proof")
		rp.DPoP = nil
		refusedAs(t, rp.Refresh(refresh), "invalid_grant", "invalid_dpop_proof")
		rp.DPoP = own
		next := rp.Refresh(refresh)
		if next.Status != http.StatusOK || next.String("token_type") != "DPoP" {
			t.Fatalf("with its own key: %d %s", next.Status, next.Body)
		}
		rp.DPoP = r.newKey() // within the grace time, with the old token
		refusedAs(t, rp.Refresh(refresh), "invalid_grant")
		refusedAs(t, rp.Refresh(next.String("refresh_token")), "invalid_grant")
		rp.DPoP = own
		if a := rp.Refresh(next.String("refresh_token")); a.Status != http.StatusOK {
			t.Errorf("the successor is not bound to the same key: %d %s", a.Status, a.Body)
		}
	})
	t.Run("a confidential client may change its key", func(t *testing.T) {
		rp := r.proving("desk", nil)
		refresh := rp.Grant(r.b).String("refresh_token")
		rp.DPoP = r.newKey()
		a := rp.Refresh(refresh)
		_, claims := r.Verified(a.String("access_token"))
		if cnf, _ := claims["cnf"].(map[string]any); cnf["jkt"] != rp.DPoP.JKT {
			t.Errorf("cnf %v, want the new key", claims["cnf"])
		}
	})
}
