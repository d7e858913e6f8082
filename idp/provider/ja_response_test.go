package provider_test

import (
	"html"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"sekisho/idp"
	"sekisho/idp/idptest"
)

// response is the one parameter of a signed response, verified as a relying party would.
func (r *rig) response(t *testing.T, q url.Values, clientID string) (alg string, claims map[string]any) {
	t.Helper()
	if len(q) != 1 || q.Get("response") == "" {
		t.Fatalf("JA-08: response %v, want one parameter", q)
	}
	header, claims := r.Verified(q.Get("response"))
	exp, _ := claims["exp"].(float64)
	life := time.Unix(int64(exp), 0).Sub(r.Clock.Now())
	if claims["iss"] != r.URL || claims["aud"] != clientID || life <= 0 || life > 10*time.Minute {
		t.Errorf("JA-08: iss %v, aud %v, lives %s", claims["iss"], claims["aud"], life)
	}
	for _, name := range []string{"sub", "nonce"} {
		if _, there := claims[name]; there {
			t.Errorf("JA-08: %s is in the response", name)
		}
	}
	return header.Algorithm, claims
}

// JA-08: signed responses of a client that pushes (fapi2-message-signing-final, JARM).
func TestSignedResponses(t *testing.T) {
	r := newRig(t)
	s := newSigner(t, r, "signer")
	asked := func(mode string, changes map[string]any) *idptest.Page {
		all := map[string]any{"response_mode": mode}
		for name, value := range changes {
			all[name] = value
		}
		a := s.pushObject(s.object(all))
		if a.Status != http.StatusCreated {
			t.Fatalf("%d %s", a.Status, a.Body)
		}
		return s.open(r.b, a.String("request_uri"))
	}
	for _, mode := range []string{"jwt", "query.jwt"} {
		t.Run("JA-08 "+mode, func(t *testing.T) {
			alg, claims := r.response(t, asked(mode, nil).Response(t, idptest.Redirect), "signer")
			code, _ := claims["code"].(string)
			if alg != "PS256" || claims["state"] != "state-1" || code == "" || len(claims) != 5 {
				t.Fatalf("%s %v", alg, claims)
			}
			if a := s.redeem(code); a.Status != http.StatusOK {
				t.Errorf("%d %s", a.Status, a.Body)
			}
		})
	}
	t.Run("JA-08 form_post.jwt", func(t *testing.T) {
		page := asked("form_post.jwt", map[string]any{"state": "line\r\n<b>"})
		form := page.Form(t, idptest.Redirect)
		if page.Status != http.StatusOK || page.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("%d %v", page.Status, page.Header)
		}
		_, claims := r.response(t, url.Values{"response": form.Values["response"]}, "signer")
		if claims["code"] == nil || claims["state"] != "line\r\n<b>" || len(form.Values) != 1 {
			t.Errorf("%v %v", claims, form.Values)
		}
	})
	t.Run("JA-08 errors are signed too", func(t *testing.T) {
		_, claims := r.response(t, asked("jwt", map[string]any{"prompt": "none", "acr_values": "phr"}).Response(t, idptest.Redirect), "signer")
		if claims["error"] == nil || claims["code"] != nil || claims["state"] != "state-1" {
			t.Errorf("%v", claims)
		}
		b := r.NewBrowser()
		s.open(b, s.pushObject(s.object(map[string]any{"response_mode": "jwt"})).String("request_uri"))
		_, claims = r.response(t, b.Submit("/cancel").Response(t, idptest.Redirect), "signer")
		if claims["error"] != "access_denied" {
			t.Errorf("%v", claims)
		}
	})
	t.Run("JA-08 a response for another client, or changed, does not verify as this one's", func(t *testing.T) {
		jwt := asked("jwt", nil).Response(t, idptest.Redirect).Get("response")
		if a := r.Call("GET", "/userinfo", "", "Authorization", "Bearer "+jwt); a.Status != http.StatusUnauthorized {
			t.Errorf("userinfo takes it: %d", a.Status)
		}
		if r.rp.Active(jwt) {
			t.Error("introspection calls it active")
		}
		r.onPageOrRefused(t, r.b.Authorize("app", idptest.Redirect, "id_token_hint", jwt))
	})
	for _, mode := range []string{"fragment.jwt", "fragment", "web_message.jwt", "JWT"} {
		t.Run("JA-08 "+mode, func(t *testing.T) {
			refusedAs(t, s.pushObject(s.object(map[string]any{"response_mode": mode})), "invalid_request")
		})
	}
}

// onPageOrRefused: whatever the way, no code.
func (r *rig) onPageOrRefused(t *testing.T, page *idptest.Page) {
	t.Helper()
	if strings.Contains(page.Left, "code=") || page.Left != "" && !strings.Contains(page.Left, "error=") {
		t.Errorf("answer %s", page.Left)
	}
}

// JA-08, AZ-30: signed responses through the browser, and who may ask for them.
func TestSignedResponsesInTheBrowser(t *testing.T) {
	r := newRig(t)
	r.NewRelyingParty("signed", func(m *idp.ClientMetadata) { m.AuthorizationAlg = "ES256" })
	r.NewRelyingParty("only", func(m *idp.ClientMetadata) { m.ResponseModes, m.IDTokenAlg = []string{"query.jwt"}, "EdDSA" })
	t.Run("AZ-30 a client that is not registered for them", func(t *testing.T) {
		for _, mode := range []string{"jwt", "query.jwt", "form_post.jwt", "fragment.jwt"} {
			r.refused(t, r.b.Authorize("app", idptest.Redirect, "response_mode", mode), "invalid_request")
		}
	})
	t.Run("JA-08 the registered algorithm, each that is listed", func(t *testing.T) {
		for _, want := range r.Call("GET", wellKnown, "").Strings("authorization_signing_alg_values_supported") {
			r.EditClient("signed", func(c *idp.Client) { c.Metadata.AuthorizationAlg = want })
			alg, claims := r.response(t, r.b.Authorize("signed", idptest.Redirect, "response_mode", "jwt").Response(t, idptest.Redirect), "signed")
			if alg != want || claims["code"] == nil {
				t.Errorf("%s %v", alg, claims)
			}
		}
	})
	t.Run("JA-08 it may still ask for unsigned ones", func(t *testing.T) {
		if q := r.b.Authorize("signed", idptest.Redirect).Response(t, idptest.Redirect); q.Get("code") == "" || q.Get("iss") != r.URL {
			t.Errorf("response %v", q)
		}
	})
	t.Run("JA-08 a client for signed responses only gets nothing else, refusals included", func(t *testing.T) {
		alg, claims := r.response(t, r.b.Authorize("only", idptest.Redirect, "response_mode", "jwt").Response(t, idptest.Redirect), "only")
		if alg != "EdDSA" || claims["code"] == nil {
			t.Errorf("%s %v", alg, claims)
		}
		for _, mode := range []string{"", "query", "form_post", "fragment"} {
			_, claims := r.response(t, r.b.Authorize("only", idptest.Redirect, "response_mode", mode).Response(t, idptest.Redirect), "only")
			if claims["error"] != "invalid_request" || claims["state"] != "state-1" {
				t.Errorf("%q: %v", mode, claims)
			}
		}
	})
	t.Run("JA-08 what cannot be signed is not sent", func(t *testing.T) {
		r.EditClient("signed", func(c *idp.Client) { c.Metadata.AuthorizationAlg = "none" })
		page := r.b.Authorize("signed", idptest.Redirect, "response_mode", "jwt")
		if page.Left != "" || page.Status != http.StatusInternalServerError || strings.Contains(page.Body, "code=") {
			t.Errorf("answer %d %s", page.Status, page.Left)
		}
	})
	t.Run("AZ-28 JA-08 the way back from a held refusal is signed", func(t *testing.T) {
		r.EditClient("only", func(c *idp.Client) { c.Dynamic = true })
		page := r.NewBrowser().Authorize("only", idptest.Redirect, "response_mode", "jwt", "response_type", "token")
		link := returnLink.FindStringSubmatch(page.Body)
		if page.Left != "" || len(link) != 2 {
			t.Fatalf("answer %d %s\n%s", page.Status, page.Left, page.Body)
		}
		u, err := url.Parse(html.UnescapeString(link[1]))
		if err != nil {
			t.Fatal(err)
		}
		if _, claims := r.response(t, u.Query(), "only"); claims["error"] != "unsupported_response_type" {
			t.Errorf("%v", claims)
		}
	})
}

var returnLink = regexp.MustCompile(`href="(https://rp\.example/callback[^"]*)"`)

// JA-09: signed introspection.
func TestSignedIntrospection(t *testing.T) {
	r := newRig(t)
	const media = "application/token-introspection+jwt"
	api := r.NewRelyingParty("api", func(m *idp.ClientMetadata) {
		*m = idp.ClientMetadata{TokenEndpointAuthMethod: idp.AuthClientSecretBasic, ResourceServer: []string{idptest.API}}
	})
	ask := func(token string, accept ...string) idptest.Answer {
		headers := []string{"Authorization", basicOf(api)}
		for _, one := range accept {
			headers = append(headers, "Accept", one)
		}
		return r.PostForm("/introspect", url.Values{"token": {token}}, headers...)
	}
	signed := func(t *testing.T, a idptest.Answer) (string, map[string]any) {
		t.Helper()
		if a.Status != http.StatusOK || a.Header.Get("Content-Type") != media || a.Header.Get("Cache-Control") != "no-store" {
			t.Fatalf("JA-09: %d %v %s", a.Status, a.Header, a.Body)
		}
		header, claims := r.Verified(a.Body)
		if typ := header.ExtraHeaders["typ"]; typ != "token-introspection+jwt" {
			t.Errorf("JA-09: typ %v", typ)
		}
		iat, _ := claims["iat"].(float64)
		if claims["iss"] != r.URL || claims["aud"] != "api" || int64(iat) != r.Clock.Now().Unix() || len(claims) != 4 {
			t.Errorf("JA-09: %v", claims)
		}
		inner, _ := claims["token_introspection"].(map[string]any)
		return header.Algorithm, inner
	}
	token := r.rp.Grant(r.b).String("access_token")
	t.Run("JA-09 asked for", func(t *testing.T) {
		for _, accept := range [][]string{{media}, {"application/json;q=0.1, " + media}, {"text/html", media + "; q=0.9"}} {
			_, inner := signed(t, ask(token, accept...))
			plain := ask(token)
			if inner["active"] != true || inner["sub"] != plain.JSON["sub"] || inner["acr"] != plain.JSON["acr"] || len(inner) != len(plain.JSON) {
				t.Errorf("%v, plain %v", inner, plain.JSON)
			}
		}
	})
	t.Run("JA-09 not asked for", func(t *testing.T) {
		for _, accept := range []string{"application/json", "*/*", "application/jwt", media + "; q=0"} {
			if a := ask(token, accept); !strings.HasPrefix(a.Header.Get("Content-Type"), "application/json") || a.JSON["active"] != true {
				t.Errorf("%s: %v %s", accept, a.Header, a.Body)
			}
		}
	})
	t.Run("JA-09 an inactive token says nothing else", func(t *testing.T) {
		if _, inner := signed(t, ask("nonsense", media)); inner["active"] != false || len(inner) != 1 {
			t.Errorf("%v", inner)
		}
	})
	t.Run("JA-09 the answer is no token", func(t *testing.T) {
		jwt := ask(token, media).Body
		if a := r.Userinfo(jwt); a.Status != http.StatusUnauthorized {
			t.Errorf("userinfo takes it: %d", a.Status)
		}
		if a := ask(jwt); a.JSON["active"] != false {
			t.Errorf("%s", a.Body)
		}
	})
	t.Run("JA-09 a resource server that demands it, by each algorithm that is listed", func(t *testing.T) {
		algs := r.Call("GET", wellKnown, "").Strings("introspection_signing_alg_values_supported")
		for _, alg := range algs {
			r.EditClient("api", func(c *idp.Client) { c.Metadata.IntrospectionAlg = alg })
			for _, accept := range [][]string{nil, {"application/json"}, {media}} {
				if got, inner := signed(t, ask(token, accept...)); got != alg || inner["active"] != true {
					t.Errorf("%s: signed with %s: %v", alg, got, inner)
				}
			}
		}
		if !slices.Contains(algs, "ES256") {
			t.Errorf("%v", algs)
		}
	})
	t.Run("JA-09 errors stay JSON, and what cannot be signed is not sent", func(t *testing.T) {
		r.EditClient("api", func(c *idp.Client) { c.Metadata.IntrospectionAlg = "none" })
		if a := ask(token); a.Status != http.StatusInternalServerError || a.String("error") != "server_error" || strings.Contains(a.Body, "active") {
			t.Errorf("%d %s", a.Status, a.Body)
		}
		if a := r.PostForm("/introspect", url.Values{"token": {token}}, "Accept", media); a.Status != http.StatusUnauthorized || a.String("error") != "invalid_client" {
			t.Errorf("%d %s", a.Status, a.Body)
		}
	})
}

func basicOf(rp *idptest.RelyingParty) string {
	r, _ := http.NewRequest(http.MethodPost, "/", nil)
	r.SetBasicAuth(rp.ID, rp.Secret)
	return r.Header.Get("Authorization")
}
