package oidc

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"sekisho/idp"
)

const (
	callback  = "https://rp.example/cb"
	challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM" // RFC 7636 appendix B
	issuer    = "https://op.example"
)

// registry is the client lookup of these tests.
type registry map[string]*idp.Client

func (c registry) Client(_ context.Context, id string) (*idp.Client, error) {
	if client, ok := c[id]; ok {
		return client, nil
	}
	return nil, idp.ErrNotFound
}

// unavailable is a lookup whose database does not answer.
type unavailable struct{}

func (unavailable) Client(context.Context, string) (*idp.Client, error) {
	return nil, idp.ErrUnavailable
}

var testRules = Rules{Scopes: []string{"openid", "profile", "email", "offline_access", "trade", "withdraw"}}

func makeClient(id string, change func(*idp.Client)) *idp.Client {
	c := &idp.Client{ID: id, Metadata: idp.ClientMetadata{
		RedirectURIs:            []string{callback, "https://rp.example/cb?tenant=1"},
		TokenEndpointAuthMethod: idp.AuthClientSecretBasic,
		GrantTypes:              []string{GrantAuthorizationCode, GrantRefreshToken},
		ResponseTypes:           []string{ResponseTypeCode},
		ApplicationType:         ApplicationWeb,
		Scope:                   "openid profile email offline_access trade",
		ClientProfile:           idp.ProfileOIDC,
		Resources:               []string{"https://api.example", "urn:example:ledger"},
	}}
	if change != nil {
		change(c)
	}
	return c
}

func testClients() registry {
	clients := registry{}
	for _, c := range []*idp.Client{
		makeClient("web", nil),
		makeClient("strict", func(c *idp.Client) { c.Metadata.ClientProfile = idp.ProfileOAuth21 }),
		makeClient("spa", func(c *idp.Client) { c.Metadata.TokenEndpointAuthMethod = idp.AuthNone }),
		makeClient("fapi", func(c *idp.Client) {
			c.Metadata.ClientProfile, c.Metadata.TokenEndpointAuthMethod = idp.ProfileFAPI2, idp.AuthPrivateKeyJWT
		}),
		makeClient("off", func(c *idp.Client) { c.Disabled = true }),
		makeClient("wire", func(c *idp.Client) { c.Dynamic = true }),
		makeClient("queryonly", func(c *idp.Client) { c.Metadata.ResponseModes = []string{ModeQuery} }),
		makeClient("machine", func(c *idp.Client) {
			c.Metadata.GrantTypes, c.Metadata.ResponseTypes = []string{GrantClientCredentials}, nil
		}),
		makeClient("own", func(c *idp.Client) { c.Metadata.FirstParty = true }),
		makeClient("aged", func(c *idp.Client) {
			age := int64(600)
			c.Metadata.DefaultMaxAge, c.Metadata.DefaultACRValues = &age, []string{"phr"}
		}),
		makeClient("app", func(c *idp.Client) {
			c.Metadata.ApplicationType, c.Metadata.TokenEndpointAuthMethod = ApplicationNative, idp.AuthNone
			c.Metadata.RedirectURIs = []string{"http://127.0.0.1/cb", "http://[::1]:4000/cb", "com.example.app:/cb"}
		}),
		makeClient("looseweb", func(c *idp.Client) { c.Metadata.RedirectURIs = []string{"http://127.0.0.1/cb"} }),
	} {
		clients[c.ID] = c
	}
	return clients
}

// good is a request that passes; a change with an empty value leaves the parameter out.
func good(changes ...string) url.Values {
	v := url.Values{
		"client_id": {"web"}, "redirect_uri": {callback}, "response_type": {"code"},
		"scope": {"openid"}, "state": {"s-1"},
		"code_challenge": {challenge}, "code_challenge_method": {"S256"},
	}
	for i := 0; i+1 < len(changes); i += 2 {
		if changes[i+1] == "" {
			v.Del(changes[i])
		} else {
			v.Set(changes[i], changes[i+1])
		}
	}
	return v
}

func get(query string) *http.Request {
	r := httptest.NewRequest(http.MethodGet, "/authorize", nil)
	r.URL.RawQuery = query
	return r
}

func post(body string) *http.Request {
	r := httptest.NewRequest(http.MethodPost, "/authorize", strings.NewReader(body))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return r
}

func parse(t *testing.T, v url.Values) (*AuthorizationRequest, *AuthorizationError) {
	t.Helper()
	return ParseAuthorization(nil, get(v.Encode()), testClients(), testRules)
}

func accept(t *testing.T, v url.Values) *AuthorizationRequest {
	t.Helper()
	q, e := parse(t, v)
	if e != nil {
		t.Fatalf("refused: %v", e)
	}
	return q
}

// wantRedirect demands an error that goes back to the relying party with its state.
func wantRedirect(t *testing.T, v url.Values, code ErrorCode) *AuthorizationError {
	t.Helper()
	q, e := parse(t, v)
	if e == nil {
		t.Fatalf("accepted: %+v", q)
	}
	if e.Code != code || !e.Redirectable || e.RedirectURI != v.Get("redirect_uri") || e.State != v.Get("state") {
		t.Fatalf("got %+v, want %s by redirect", e, code)
	}
	return e
}

// wantPage demands an error that stays at the provider.
func wantPage(t *testing.T, v url.Values, code ErrorCode) {
	t.Helper()
	q, e := parse(t, v)
	if e == nil {
		t.Fatalf("accepted: %+v", q)
	}
	if e.Code != code || e.Redirectable || e.RedirectURI != "" {
		t.Fatalf("got %+v, want %s on a page", e, code)
	}
	w := httptest.NewRecorder()
	paged := false
	respond := Responder{Issuer: issuer, Page: func(w http.ResponseWriter, _ *http.Request, e *AuthorizationError) {
		paged = true
		w.WriteHeader(e.HTTPStatus())
	}}
	respond.Refuse(w, get(""), e)
	if !paged || w.Header().Get("Location") != "" || w.Code < 400 {
		t.Fatalf("status %d, Location %q", w.Code, w.Header().Get("Location"))
	}
}
