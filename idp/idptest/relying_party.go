package idptest

import (
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"sekisho/idp"
)

// Redirect is the redirect URI of RelyingParty.
const Redirect = "https://rp.example/callback"

// API is the resource its tokens are for.
const API = "https://api.example"

// RelyingParty is a registered client as a test drives one.
type RelyingParty struct {
	ID, Secret string
	p          *Provider
	DPoP       *DPoPKey // when set, every request proves this key
}

// NewRelyingParty registers a confidential first-party client with client_secret_basic;
// edit may make it anything else.
func (p *Provider) NewRelyingParty(id string, edit func(*idp.ClientMetadata)) *RelyingParty {
	p.T.Helper()
	m := idp.ClientMetadata{
		ClientName: "Test " + id, RedirectURIs: []string{Redirect}, TokenEndpointAuthMethod: idp.AuthClientSecretBasic,
		GrantTypes: []string{"authorization_code", "refresh_token", "client_credentials"}, ClientProfile: idp.ProfileOAuth21,
		Scope: "openid profile email phone address offline_access", FirstParty: true, Resources: []string{API},
		PostLogoutRedirectURIs: []string{"https://rp.example/bye"},
	}
	if edit != nil {
		edit(&m)
	}
	return &RelyingParty{ID: id, Secret: p.AddClient(id, m), p: p}
}

// Answer is the answer of a protocol endpoint.
type Answer struct {
	Status int
	Header http.Header
	JSON   map[string]any
	Body   string
}

// String is a string member, "" when absent.
func (a Answer) String(name string) string {
	s, _ := a.JSON[name].(string)
	return s
}

// Post sends a protocol request authenticated by HTTP Basic when there is a secret, else
// with client_id in the body.
func (rp *RelyingParty) Post(path string, pairs ...string) Answer {
	rp.p.T.Helper()
	form := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		form.Add(pairs[i], pairs[i+1])
	}
	if rp.Secret == "" && !form.Has("client_id") {
		form.Set("client_id", rp.ID)
	}
	r, err := http.NewRequestWithContext(rp.p.T.Context(), http.MethodPost, rp.p.URL+path, strings.NewReader(form.Encode()))
	if err != nil {
		rp.p.T.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if rp.Secret != "" {
		r.SetBasicAuth(url.QueryEscape(rp.ID), url.QueryEscape(rp.Secret))
	}
	rp.proveKey(r, path)
	return Send(rp.p.T, r)
}

// Send performs a request and reads a JSON answer.
func Send(t testing.TB, r *http.Request) Answer {
	t.Helper()
	resp, err := HTTP().Do(r)
	if err != nil {
		t.Fatal(err)
	}
	return Read(t, resp)
}

// Read reads an answer that may be JSON.
func Read(t testing.TB, resp *http.Response) Answer {
	t.Helper()
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	a := Answer{Status: resp.StatusCode, Header: resp.Header, Body: string(body)}
	if len(body) > 0 && strings.HasPrefix(resp.Header.Get("Content-Type"), "application/json") {
		if err := json.Unmarshal(body, &a.JSON); err != nil {
			t.Fatalf("answer %q: %v", body, err)
		}
	}
	return a
}

// Exchange redeems a code.
func (rp *RelyingParty) Exchange(code string, pairs ...string) Answer {
	rp.p.T.Helper()
	return rp.Post("/token", append([]string{"grant_type", "authorization_code", "code", code, "redirect_uri", Redirect, "code_verifier", Verifier}, pairs...)...)
}

// Refresh presents a refresh token.
func (rp *RelyingParty) Refresh(token string, pairs ...string) Answer {
	rp.p.T.Helper()
	return rp.Post("/token", append([]string{"grant_type", "refresh_token", "refresh_token", token}, pairs...)...)
}

// SignIn takes a customer through a whole authorization and returns the tokens.
func (rp *RelyingParty) SignIn(b *Browser, a *Account, pairs ...string) Answer {
	rp.p.T.Helper()
	page := b.Authorize(rp.ID, Redirect, pairs...)
	if page.Left == "" {
		page = b.PasswordSignIn(rp.p, a)
	}
	code := page.Response(rp.p.T, Redirect).Get("code")
	if code == "" {
		rp.p.T.Fatalf("no code: %s", page.Left)
	}
	tokens := rp.Exchange(code)
	if tokens.Status != http.StatusOK {
		rp.p.T.Fatalf("token endpoint: %d %s", tokens.Status, tokens.Body)
	}
	return tokens
}

// Userinfo calls the userinfo endpoint with a bearer token.
func (p *Provider) Userinfo(token string) Answer {
	p.T.Helper()
	r, err := http.NewRequestWithContext(p.T.Context(), http.MethodGet, p.URL+"/userinfo", nil)
	if err != nil {
		p.T.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+token)
	return Send(p.T, r)
}

// Claims decodes a JWT's payload without verifying it.
func Claims(t testing.TB, jwt string) map[string]any {
	t.Helper()
	parts := strings.Split(jwt, ".")
	if len(parts) != 3 {
		t.Fatalf("not a JWT: %q", jwt)
	}
	raw, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		t.Fatal(err)
	}
	var c map[string]any
	if err := json.Unmarshal(raw, &c); err != nil {
		t.Fatal(err)
	}
	return c
}
