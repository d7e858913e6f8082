package provider_test

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"sekisho/idp"
	"sekisho/idp/idptest"
)

// grantRefused checks for one error of the token endpoint, with nothing else in the answer.
func grantRefused(t *testing.T, a idptest.Answer, want string) {
	t.Helper()
	status := http.StatusBadRequest
	if want == "invalid_client" {
		status = http.StatusUnauthorized
	}
	if a.Status != status || a.String("error") != want {
		t.Errorf("answer %d %s, want %s", a.Status, a.Body, want)
	}
	for name := range a.JSON {
		if name != "error" && name != "error_description" {
			t.Errorf("TK-10: the error also says %s", name)
		}
	}
	if a.Header.Get("Cache-Control") != "no-store" || !strings.EqualFold(a.Header.Get("Content-Type"), "application/json;charset=utf-8") {
		t.Errorf("TK-08: %q %q", a.Header.Get("Cache-Control"), a.Header.Get("Content-Type"))
	}
}

// A code is for the client, the redirect URI and the verifier of its own request.
func TestCodeIsBound(t *testing.T) {
	r := newRig(t)
	other := r.NewRelyingParty("other", nil)
	t.Run("TK-01 another client", func(t *testing.T) {
		code := r.rp.Code(r.b)
		grantRefused(t, other.Exchange(code), "invalid_grant")
		grantRefused(t, r.PostForm("/token", url.Values{"grant_type": {"authorization_code"}, "client_id": {"app"}, "code": {code}, "code_verifier": {idptest.Verifier}}), "invalid_client")
	})
	for name, pairs := range map[string][]string{
		"TK-04 no verifier":          {"code_verifier", ""},
		"TK-04 another verifier":     {"code_verifier", strings.Replace(idptest.Verifier, "a", "b", 1)},
		"TK-04 truncated":            {"code_verifier", idptest.Verifier[:43]},
		"TK-04 42 characters":        {"code_verifier", idptest.Verifier[:42]},
		"TK-04 129 characters":       {"code_verifier", strings.Repeat("v", 129)},
		"TK-04 the challenge itself": {"code_verifier", idptest.Challenge(idptest.Verifier)},
		"TK-04 with a space":         {"code_verifier", idptest.Verifier + " "},
		"TK-06 another redirect URI": {"redirect_uri", "https://rp.example/callback/"},
		"TK-06 redirect URI, case":   {"redirect_uri", "https://RP.example/callback"},
	} {
		t.Run(name, func(t *testing.T) {
			form := []string{"grant_type", "authorization_code", "code", r.rp.Code(r.b)}
			values := map[string]string{"redirect_uri": idptest.Redirect, "code_verifier": idptest.Verifier}
			values[pairs[0]] = pairs[1]
			for k, v := range values {
				form = append(form, k, v)
			}
			grantRefused(t, r.rp.Post("/token", form...), "invalid_grant")
			grantRefused(t, r.rp.Exchange(form[3]), "invalid_grant") // no second guess
		})
	}
	t.Run("TK-06 left out where PKCE binds", func(t *testing.T) {
		a := r.rp.Post("/token", "grant_type", "authorization_code", "code", r.rp.Code(r.b), "code_verifier", idptest.Verifier)
		if a.Status != http.StatusOK {
			t.Errorf("answer %d %s", a.Status, a.Body)
		}
	})
	legacy := r.NewRelyingParty("legacy", func(m *idp.ClientMetadata) { m.ClientProfile = idp.ProfileOIDC })
	none := []string{"code_challenge", "", "code_challenge_method", ""}
	t.Run("TK-06 left out where nothing else binds", func(t *testing.T) {
		code := legacy.Code(r.b, none...)
		grantRefused(t, legacy.Post("/token", "grant_type", "authorization_code", "code", code), "invalid_grant")
	})
	t.Run("TK-05 a verifier for a code without challenge", func(t *testing.T) {
		grantRefused(t, legacy.Exchange(legacy.Code(r.b, none...)), "invalid_grant")
	})
	t.Run("AZ-08 TK-04 an optional challenge binds like any other", func(t *testing.T) {
		code := legacy.Code(r.b)
		grantRefused(t, legacy.Post("/token", "grant_type", "authorization_code", "code", code, "redirect_uri", idptest.Redirect), "invalid_grant")
	})
	t.Run("AZ-08 without one it is not asked for", func(t *testing.T) {
		code := legacy.Code(r.b, none...)
		if a := legacy.Post("/token", "grant_type", "authorization_code", "code", code, "redirect_uri", idptest.Redirect); a.Status != http.StatusOK {
			t.Errorf("answer %d %s", a.Status, a.Body)
		}
	})
	for name, code := range map[string]string{"unknown": idp.NewSecret(), "empty": "", "long": strings.Repeat("x", 5000), "NUL": "a\x00b"} {
		if a := r.rp.Exchange(code); a.Status != http.StatusBadRequest {
			t.Errorf("%s code answers %d", name, a.Status)
		}
	}
}

// AZ-27: a code lives for a minute.
func TestCodeLifetime(t *testing.T) {
	r := newRig(t)
	code, late := r.rp.Code(r.b), r.rp.Code(r.b)
	r.Clock.Advance(59 * time.Second)
	if a := r.rp.Exchange(code); a.Status != http.StatusOK {
		t.Errorf("after 59 s: %d %s", a.Status, a.Body)
	}
	r.Clock.Advance(2 * time.Second)
	grantRefused(t, r.rp.Exchange(late), "invalid_grant")
}

// TK-02: a code that comes again takes back what it gave the first time.
func TestCodeReplayRevokes(t *testing.T) {
	r := newRig(t)
	rs := r.resourceServer()
	code := r.rp.Code(r.b)
	tokens := r.rp.Exchange(code)
	access, refresh := tokens.String("access_token"), tokens.String("refresh_token")
	if !rs.Active(access) || r.Userinfo(access).Status != http.StatusOK || refresh == "" {
		t.Fatal("the tokens are no good to begin with")
	}
	grantRefused(t, r.rp.Exchange(code), "invalid_grant")
	r.dead(t, rs, access, refresh)
	t.Run("TK-02 half a minute later", func(t *testing.T) {
		code := r.rp.Code(r.b)
		tokens := r.rp.Exchange(code)
		r.Clock.Advance(30 * time.Second)
		grantRefused(t, r.rp.Exchange(code), "invalid_grant")
		r.dead(t, rs, tokens.String("access_token"), tokens.String("refresh_token"))
	})
}

// resourceServer is a client that is the API: it may introspect what is meant for it.
func (r *rig) resourceServer() *idptest.RelyingParty {
	r.t.Helper()
	return r.NewRelyingParty("api", func(m *idp.ClientMetadata) {
		*m = idp.ClientMetadata{ClientName: "API", TokenEndpointAuthMethod: idp.AuthClientSecretBasic, ResourceServer: []string{idptest.API}}
	})
}

// dead checks that everything under a grant has ended, everywhere it could be used.
func (r *rig) dead(t *testing.T, rs *idptest.RelyingParty, access, refresh string) {
	t.Helper()
	for who, rp := range map[string]*idptest.RelyingParty{"the resource server": rs, "the client": r.rp} {
		if a := rp.Post("/introspect", "token", access); a.Status != http.StatusOK || strings.TrimSpace(a.Body) != `{"active":false}` {
			t.Errorf("introspection tells %s %d %s", who, a.Status, a.Body)
		}
	}
	if a := r.Userinfo(access); a.Status != http.StatusUnauthorized || !strings.Contains(a.Header.Get("WWW-Authenticate"), `error="invalid_token"`) {
		t.Errorf("userinfo answers %d %s", a.Status, a.Body)
	}
	if refresh != "" {
		grantRefused(t, r.rp.Refresh(refresh), "invalid_grant")
	}
}

// TK-03: fifty redemptions of one code through the endpoint: one is answered with tokens,
// and because the others replayed it, even those tokens end.
func TestParallelRedemption(t *testing.T) {
	r := newRig(t)
	code := r.rp.Code(r.b)
	answers := make([]idptest.Answer, 50)
	var ready, done sync.WaitGroup
	start := make(chan struct{})
	for i := range answers {
		ready.Add(1)
		done.Go(func() {
			ready.Done()
			<-start
			answers[i] = r.rp.Exchange(code)
		})
	}
	ready.Wait()
	close(start)
	done.Wait()
	won := 0
	for _, a := range answers {
		if a.Status == http.StatusOK {
			won++
			if r.rp.Active(a.String("access_token")) {
				t.Error("TK-02: the tokens of a replayed code are alive")
			}
			continue
		}
		grantRefused(t, a, "invalid_grant")
	}
	if won != 1 {
		t.Errorf("TK-03: %d of 50 redemptions got tokens", won)
	}
}

// TK-17: what a code rests on may end before it is redeemed.
func TestCodeOfWhatEnded(t *testing.T) {
	r := newRig(t)
	third := r.NewRelyingParty("third", func(m *idp.ClientMetadata) { m.FirstParty = false })
	ctx := context.Background()
	for name, end := range map[string]func(b *idptest.Browser, a *idptest.Account) error{
		"TK-17 the account is locked": func(_ *idptest.Browser, a *idptest.Account) error {
			return r.Store.SetAccountStatus(ctx, a.ID, idp.AccountLocked, idp.Effects{})
		},
		"TK-17 the session is ended elsewhere": func(_ *idptest.Browser, a *idptest.Account) error {
			_, err := r.Store.EndSessions(ctx, a.ID, "", "operator", r.Clock.Now(), idp.Effects{})
			return err
		},
		"TK-17 the customer logs out": func(b *idptest.Browser, _ *idptest.Account) error {
			b.Get("/logout")
			b.Submit("/logout/confirm")
			return nil
		},
		"TK-17 the grant is withdrawn": func(b *idptest.Browser, _ *idptest.Account) error {
			b.Get("/account")
			b.Submit("/account/apps/third/revoke")
			return nil
		},
	} {
		t.Run(name, func(t *testing.T) {
			a := r.AddAccount(idptest.Customer{Login: "2" + idp.NewID(), TOTP: true})
			b := r.signedIn(a)
			b.Authorize("third", idptest.Redirect)
			code := b.Submit("/consent", "decision", "allow").Response(t, idptest.Redirect).Get("code")
			if err := end(b, a); err != nil || code == "" {
				t.Fatal(code, err)
			}
			grantRefused(t, third.Exchange(code), "invalid_grant")
		})
	}
}

// TK-07 TK-09 TK-10 TK-16: what the token endpoint does not take.
func TestTokenEndpointRefuses(t *testing.T) {
	r := newRig(t)
	form := "application/x-www-form-urlencoded"
	basic := []string{"Authorization", "Basic " + basicAuth("app", r.rp.Secret)}
	valid := "grant_type=client_credentials"
	call := func(method, path, body, kind string, headers ...string) idptest.Answer {
		return r.Call(method, path, body, append([]string{"Content-Type", kind}, headers...)...)
	}
	if a := call("POST", "/token", valid, form, basic...); a.Status != http.StatusOK {
		t.Fatalf("the request that is varied: %d %s", a.Status, a.Body)
	}
	for _, method := range []string{"GET", "PUT", "DELETE", "PATCH", "HEAD", "TRACE"} {
		if a := call(method, "/token", valid, form, basic...); a.Status != http.StatusMethodNotAllowed || !strings.Contains(a.Header.Get("Allow"), "POST") {
			t.Errorf("TK-07: %s answers %d, Allow %q", method, a.Status, a.Header.Get("Allow"))
		}
	}
	for name, a := range map[string]idptest.Answer{
		"everything in the query": call("POST", "/token?"+valid+"&client_id=app&client_secret="+r.rp.Secret, "", form),
		"the grant in the query":  call("POST", "/token?"+valid, "", form, basic...),
		"the secret in the query": call("POST", "/token?client_secret="+r.rp.Secret, valid+"&client_id=app", form),
		"a parameter twice":       call("POST", "/token", valid+"&"+valid, form, basic...),
		"JSON":                    call("POST", "/token", `{"grant_type":"client_credentials"}`, "application/json", basic...),
		"JSON said to be a form":  call("POST", "/token", `{"grant_type":"client_credentials"}`, form, basic...),
		"multipart":               call("POST", "/token", "--x\r\n\r\n--x--", "multipart/form-data; boundary=x", basic...),
		"text":                    call("POST", "/token", valid, "text/plain", basic...),
		"no media type":           call("POST", "/token", valid, "", basic...),
		"compressed":              call("POST", "/token", valid, form, append(basic, "Content-Encoding", "gzip")...),
		"no grant":                call("POST", "/token", "", form, basic...),
		"capital name":            call("POST", "/token", "Grant_Type=client_credentials", form, basic...),
	} {
		if a.Status < 400 || a.Status > 499 || a.JSON["access_token"] != nil || a.String("error") == "" {
			t.Errorf("TK-07: %s answers %d %s", name, a.Status, a.Body)
		}
	}
	for grant, want := range map[string]string{
		"password": "unsupported_grant_type", "implicit": "unsupported_grant_type", "urn:openid:params:grant-type:ciba": "unsupported_grant_type",
		"urn:ietf:params:oauth:grant-type:token-exchange": "unsupported_grant_type",
		"urn:ietf:params:oauth:grant-type:jwt-bearer":     "unsupported_grant_type", "nonsense": "unsupported_grant_type", "Authorization_Code": "unsupported_grant_type",
	} {
		t.Run("TK-09 "+grant, func(t *testing.T) {
			grantRefused(t, r.rp.Post("/token", "grant_type", grant, "username", r.taro.LoginName, "password", r.taro.Password), want)
		})
	}
	codeOnly := r.NewRelyingParty("code-only", func(m *idp.ClientMetadata) { m.GrantTypes = []string{"authorization_code"} })
	grantRefused(t, codeOnly.Post("/token", "grant_type", "client_credentials"), "unauthorized_client") // TK-09
	grantRefused(t, codeOnly.Refresh("x"), "unauthorized_client")
	if tokens := codeOnly.Grant(r.b); tokens.String("refresh_token") != "" {
		t.Error("TK-09: a refresh token nobody may use")
	}
	r.NewRelyingParty("public", func(m *idp.ClientMetadata) {
		m.TokenEndpointAuthMethod, m.GrantTypes = idp.AuthNone, []string{"authorization_code"}
	})
	r.EditClient("public", func(c *idp.Client) { c.Metadata.GrantTypes = append(c.Metadata.GrantTypes, "client_credentials") })
	grantRefused(t, r.PostForm("/token", url.Values{"grant_type": {"client_credentials"}, "client_id": {"public"}}), "unauthorized_client") // TK-16
}

func basicAuth(id, secret string) string {
	r, _ := http.NewRequest(http.MethodGet, "/", nil)
	r.SetBasicAuth(url.QueryEscape(id), url.QueryEscape(secret))
	return strings.TrimPrefix(r.Header.Get("Authorization"), "Basic ")
}

// TK-13 TK-14 TK-18 ID-01 ID-12 SU-07: what a sign-in's tokens say.
func TestTokensOfASignIn(t *testing.T) {
	r := newRig(t)
	rs := r.resourceServer()
	tokens := r.rp.Grant(r.b, "scope", "openid email")
	if tokens.Header.Get("Cache-Control") != "no-store" || !strings.EqualFold(tokens.Header.Get("Content-Type"), "application/json;charset=utf-8") {
		t.Errorf("TK-08: %v", tokens.Header)
	}
	header, access := r.Verified(tokens.String("access_token"))
	_, id := r.Verified(tokens.String("id_token"))
	if typ := header.ExtraHeaders["typ"]; typ != "at+jwt" {
		t.Errorf("TK-13: typ %v", typ)
	}
	aud, _ := access["aud"].([]any)
	if len(aud) != 2 || aud[0] != idptest.API || aud[1] != r.URL {
		t.Errorf("TK-13: aud %v, want the resource, and the issuer for userinfo", access["aud"])
	}
	for name, want := range map[string]any{"iss": r.URL, "sub": r.taro.Subject, "client_id": "app", "scope": "openid email", "acr": "urn:sekisho:acr:mfa", "auth_time": id["auth_time"]} {
		if access[name] != want {
			t.Errorf("TK-13 SU-07: %s is %v, want %v", name, access[name], want)
		}
	}
	if jti, _ := access["jti"].(string); len(jti) < 22 {
		t.Errorf("TK-13: jti %v", access["jti"])
	}
	if life := access["exp"].(float64) - access["iat"].(float64); life != 300 || tokens.JSON["expires_in"] != life || tokens.String("token_type") != "Bearer" {
		t.Errorf("TK-14: lifetime %v, expires_in %v", life, tokens.JSON["expires_in"])
	}
	t.Run("TK-13 ID-11 one kind is not taken for the other", func(t *testing.T) {
		for name, token := range map[string]string{"ID token": tokens.String("id_token"), "refresh token": tokens.String("refresh_token")} {
			if r.Userinfo(token).Status != http.StatusUnauthorized || rs.Active(token) || r.rp.Active(token) {
				t.Errorf("an %s serves as access token", name)
			}
		}
	})
	t.Run("TK-14 expired", func(t *testing.T) {
		r.Clock.Advance(5*time.Minute - time.Second)
		if r.Userinfo(tokens.String("access_token")).Status != http.StatusOK {
			t.Error("refused before its time")
		}
		r.Clock.Advance(time.Second)
		r.dead(t, rs, tokens.String("access_token"), "")
	})
	t.Run("TK-18 without openid", func(t *testing.T) {
		tokens := r.rp.Grant(r.b, "scope", "email")
		if tokens.JSON["id_token"] != nil {
			t.Error("an ID token without openid")
		}
		a := r.Userinfo(tokens.String("access_token"))
		if a.Status != http.StatusForbidden || !strings.Contains(a.Header.Get("WWW-Authenticate"), `error="insufficient_scope"`) {
			t.Errorf("ID-05: userinfo without openid answers %d %s", a.Status, a.Header.Get("WWW-Authenticate"))
		}
	})
	t.Run("TK-14 a client's own lifetime, and the profile's bound", func(t *testing.T) {
		r.EditClient("app", func(c *idp.Client) { c.Metadata.AccessTokenSeconds = 60 })
		if got := r.rp.Grant(r.b).JSON["expires_in"]; got != 60.0 {
			t.Errorf("expires_in %v", got)
		}
	})
}

// TK-15 TK-16: a client's own token is nobody else's.
func TestClientCredentials(t *testing.T) {
	r := newRig(t)
	rs := r.resourceServer()
	tokens := r.rp.Post("/token", "grant_type", "client_credentials")
	_, claims := r.Verified(tokens.String("access_token"))
	if claims["sub"] != "client:app" || claims["acr"] != nil || claims["auth_time"] != nil || claims["sid"] != nil {
		t.Errorf("TK-15: claims %v", claims)
	}
	if tokens.JSON["refresh_token"] != nil || tokens.JSON["id_token"] != nil {
		t.Errorf("TK-16: %s", tokens.Body)
	}
	if a := r.Userinfo(tokens.String("access_token")); a.Status == http.StatusOK {
		t.Error("TK-15: userinfo about a client")
	}
	if !rs.Active(tokens.String("access_token")) {
		t.Error("its resource server does not know it")
	}
	for _, scope := range []string{"openid", "offline_access", "openid profile", "admin"} {
		grantRefused(t, r.rp.Post("/token", "grant_type", "client_credentials", "scope", scope), "invalid_scope")
	}
	grantRefused(t, r.rp.Post("/token", "grant_type", "client_credentials", "resource", "https://other.example"), "invalid_target")
}
