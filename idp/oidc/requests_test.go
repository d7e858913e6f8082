package oidc

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"sekisho/idp"
)

var noon = time.Date(2026, 4, 1, 12, 0, 0, 0, time.UTC)

// unsealed takes the object for its own payload: what a signature proves is tested where
// signatures are.
type unsealed struct {
	typ  string
	algs []string // asked for
}

func (u *unsealed) VerifyObject(_ context.Context, _ *idp.Client, compact string, algs []string) (string, []byte, error) {
	u.algs = algs
	if compact == "bad" {
		return "", nil, idp.ErrRejected
	}
	return u.typ, []byte(compact), nil
}

func objectRulesOf(s Signatures) Rules {
	rules := testRules
	rules.Objects = ObjectRules{Signatures: s, Issuer: issuer, Now: func() time.Time { return noon }, ClockSkew: 30 * time.Second}
	return rules
}

func objectClient(edit func(*idp.ClientMetadata)) *idp.Client {
	return makeClient("signer", func(c *idp.Client) {
		c.Metadata.RequireSignedRequest = true
		if edit != nil {
			edit(&c.Metadata)
		}
	})
}

func payload(t *testing.T, changes map[string]any) string {
	t.Helper()
	c := map[string]any{"iss": "signer", "aud": issuer, "nbf": noon.Unix(), "exp": noon.Add(time.Minute).Unix()}
	for name, value := range good("client_id", "signer") {
		c[name] = value[0]
	}
	for name, value := range changes {
		c[name] = value
	}
	raw, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

func checkObject(client *idp.Client, signatures Signatures, object string) (*AuthorizationRequest, *Error) {
	return CheckPushed(context.Background(), FormOf(map[string]string{"request": object, "state": "outside"}), client, objectRulesOf(signatures))
}

// JA-03, at the second: the bounds themselves.
func TestObjectTimes(t *testing.T) {
	at := func(d time.Duration) int64 { return noon.Add(d).Unix() }
	for _, c := range []struct {
		nbf, exp time.Duration
		good     bool
	}{
		{0, time.Minute, true}, {30 * time.Second, time.Minute, true}, {31 * time.Second, time.Minute, false},
		{0, time.Hour, true}, {0, time.Hour + time.Second, false}, {-30 * time.Minute, 31 * time.Minute, false},
		{-time.Hour, 0, true}, {-time.Hour - 30*time.Second, -30 * time.Second, false}, {-time.Hour - 31*time.Second, time.Second, false},
		{-time.Minute, -29 * time.Second, true}, {-time.Minute, -30 * time.Second, false}, {time.Second, 0, true},
	} {
		_, e := checkObject(objectClient(nil), &unsealed{}, payload(t, map[string]any{"nbf": at(c.nbf), "exp": at(c.exp)}))
		if (e == nil) != c.good {
			t.Errorf("JA-03: nbf %s, exp %s: %v", c.nbf, c.exp, e)
		}
	}
}

// JA-04: members become parameters as the query would have had them, and nothing else does.
func TestObjectMembers(t *testing.T) {
	q, e := checkObject(objectClient(nil), &unsealed{typ: typeRequestObject}, payload(t, map[string]any{
		"max_age": 0, "claims": map[string]any{"userinfo": map[string]any{"email": nil}}, "resource": []string{"https://api.example", "urn:example:ledger"},
		"state": "日本\r\n", "unknown": []int{1}, "nonce": nil,
	}))
	if e != nil || q.MaxAge == nil || *q.MaxAge != 0 || len(q.Resources) != 2 || q.State != "日本\r\n" || q.Nonce != "" || q.Claims == nil {
		t.Fatalf("%+v %v", q, e)
	}
	for name, changes := range map[string]map[string]any{
		"JA-04 a boolean":                 {"state": true},
		"JA-04 a number that is no age":   {"state": 1},
		"JA-04 resource holds a number":   {"resource": []any{1}},
		"JA-04 claims is a list":          {"claims": []string{}},
		"IN-01 a name in other case":      {"State": "x"},
		"max_age is a fraction":           {"max_age": 1.5},
		"max_age is a list":               {"max_age": []int{1}},
		"authorization_details is a list": {"authorization_details": []any{}},
	} {
		t.Run(name, func(t *testing.T) {
			if q, e := checkObject(objectClient(nil), &unsealed{}, payload(t, changes)); e == nil {
				t.Errorf("accepted: %+v", q)
			}
		})
	}
	if _, e := checkObject(objectClient(nil), &unsealed{}, "bad"); e == nil || e.Code != InvalidRequestObject {
		t.Error(e)
	}
}

// JA-01: which algorithms a client may sign with.
func TestObjectAlgorithms(t *testing.T) {
	for name, c := range map[string]struct {
		edit func(*idp.ClientMetadata)
		want []string
	}{
		"oauth21": {nil, []string{"PS256", "ES256", "EdDSA", "RS256"}},
		"fapi2":   {func(m *idp.ClientMetadata) { m.ClientProfile = idp.ProfileFAPI2 }, []string{"PS256", "ES256", "EdDSA"}},
		"one":     {func(m *idp.ClientMetadata) { m.RequestObjectAlg = "EdDSA" }, []string{"EdDSA"}},
		"below its profile": {func(m *idp.ClientMetadata) {
			m.ClientProfile, m.RequestObjectAlg = idp.ProfileFAPI2, "RS256"
		}, nil},
		"none": {func(m *idp.ClientMetadata) { m.RequestObjectAlg = "none" }, nil},
	} {
		u := &unsealed{}
		checkObject(objectClient(c.edit), u, payload(t, nil))
		if !slices.Equal(u.algs, c.want) {
			t.Errorf("JA-01 %s: %v", name, u.algs)
		}
	}
	t.Run("the signature is not even looked at of a client that is not registered for it", func(t *testing.T) {
		u := &unsealed{algs: []string{"untouched"}}
		client := makeClient("web", nil)
		if _, e := checkObject(client, u, payload(t, nil)); e == nil || e.Code != InvalidRequest && e.Code != RequestNotSupported || u.algs[0] != "untouched" {
			t.Error(e, u.algs)
		}
	})
}

type shelf map[string]error

func (s shelf) Pushed(_ context.Context, uri string) (*AuthorizationRequest, error) {
	if err := s[uri]; err != nil {
		return nil, err
	}
	return &AuthorizationRequest{ClientID: "web", RedirectURI: callback}, nil
}

// PR-04, PR-05, PR-06: every reason is one answer; trouble of our own is another.
func TestTakePushed(t *testing.T) {
	u := func(name string) string { return RequestURIPrefix + name }
	rules := testRules
	rules.Pushed = shelf{
		u("unknown"): idp.ErrNotFound, u("expired"): idp.ErrExpired, u("used"): idp.ErrConsumed, u("down"): idp.ErrUnavailable, u("broken"): errors.New("x"),
	}
	for name, want := range map[string]ErrorCode{"unknown": InvalidRequestURI, "expired": InvalidRequestURI, "used": InvalidRequestURI, "down": TemporarilyUnavailable, "broken": ServerError} {
		_, e := ParseAuthorization(nil, get(url.Values{"client_id": {"web"}, "request_uri": {u(name)}}.Encode()), testClients(), rules)
		if e == nil || e.Code != want || e.Redirectable || e.ClientID != "web" {
			t.Errorf("%s: %+v", name, e)
		}
	}
	for query, ok := range map[string]bool{"client_id=web": true, "client_id=spa": false, "client_id=off": false, "client_id=web&client_id=web": false, "": false} {
		q, e := ParseAuthorization(nil, get(query+"&request_uri="+url.QueryEscape(u("good"))), testClients(), rules)
		if (e == nil) != ok || ok && q.RedirectURI != callback {
			t.Errorf("%s: %+v %v", query, q, e)
		}
	}
	if _, e := ParseAuthorization(nil, get("client_id=web&request_uri="+url.QueryEscape(u("good"))), testClients(), testRules); e == nil || e.Code != InvalidRequestURI {
		t.Error("a provider without pushed requests takes one", e)
	}
}

// JA-08: a response in a signed mode without anything to sign it with does not leave.
func TestUnsignableResponses(t *testing.T) {
	paged := false
	p := responder(nil)
	p.Now = func() time.Time { return noon }
	p.Sign = func(string, any) (string, error) { return "", errors.New("no key") }
	p.Page = func(_ http.ResponseWriter, _ *http.Request, e *AuthorizationError) { paged = e.Code == ServerError }
	for _, mode := range SignedResponseModes {
		for _, alg := range []string{"", "ES256"} {
			paged = false
			w := httptest.NewRecorder()
			p.Grant(w, get(""), &AuthorizationRequest{ClientID: "web", RedirectURI: callback, ResponseMode: mode, ResponseAlg: alg}, "c0de")
			if !paged || w.Header().Get("Location") != "" || strings.Contains(w.Body.String(), "c0de") {
				t.Errorf("JA-08 %s %q: %v", mode, alg, w.Header())
			}
		}
	}
	e := &AuthorizationError{Code: AccessDenied, Redirectable: true, ClientID: "web", RedirectURI: callback, ResponseMode: ModeQueryJWT, ResponseAlg: "ES256"}
	if l := p.Location(e); l != "" {
		t.Errorf("JA-08: %s", l)
	}
}

func TestRequestMetadata(t *testing.T) {
	check := func(edit func(*idp.ClientMetadata)) (idp.ClientMetadata, *Error) {
		m := idp.ClientMetadata{RedirectURIs: []string{callback}, JWKSURI: "https://rp.example/jwks"}
		edit(&m)
		return CheckClientMetadata(m, metadataRulesInTest)
	}
	for name, c := range map[string]struct {
		edit  func(*idp.ClientMetadata)
		modes []string
		alg   string
	}{
		"JA-08 an algorithm opens the modes":        {func(m *idp.ClientMetadata) { m.AuthorizationAlg = "PS256" }, []string{"query", "form_post", "query.jwt", "form_post.jwt"}, "PS256"},
		"JA-08 modes take the ID token's algorithm": {func(m *idp.ClientMetadata) { m.ResponseModes, m.IDTokenAlg = []string{"query.jwt"}, "EdDSA" }, []string{"query.jwt"}, "EdDSA"},
		"neither": {func(*idp.ClientMetadata) {}, []string{"query", "form_post"}, ""},
	} {
		if m, e := check(c.edit); e != nil || !slices.Equal(m.ResponseModes, c.modes) || m.AuthorizationAlg != c.alg {
			t.Errorf("%s: %v %q %v", name, m.ResponseModes, m.AuthorizationAlg, e)
		}
	}
	fapi := func(edit func(*idp.ClientMetadata)) func(*idp.ClientMetadata) {
		return func(m *idp.ClientMetadata) { m.ClientProfile = idp.ProfileFAPI2; edit(m) }
	}
	for name, edit := range map[string]func(*idp.ClientMetadata){
		"PR-02 a public client cannot push":          func(m *idp.ClientMetadata) { m.TokenEndpointAuthMethod, m.RequirePushed = idp.AuthNone, true },
		"JA-01 none":                                 func(m *idp.ClientMetadata) { m.RequestObjectAlg = "none" },
		"JA-01 HS256":                                func(m *idp.ClientMetadata) { m.RequestObjectAlg = "HS256" },
		"JA-01 RS256 of fapi2":                       fapi(func(m *idp.ClientMetadata) { m.RequestObjectAlg = "RS256" }),
		"JA-01 signing without keys":                 func(m *idp.ClientMetadata) { m.RequireSignedRequest, m.JWKSURI = true, "" },
		"JA-01 an algorithm without keys":            func(m *idp.ClientMetadata) { m.RequestObjectAlg, m.JWKSURI = "ES256", "" },
		"JA-08 none":                                 func(m *idp.ClientMetadata) { m.AuthorizationAlg = "none" },
		"JA-08 RS256 of fapi2":                       fapi(func(m *idp.ClientMetadata) { m.AuthorizationAlg = "RS256" }),
		"JA-08 fragment.jwt":                         func(m *idp.ClientMetadata) { m.ResponseModes = []string{"fragment.jwt"} },
		"JA-09 none":                                 func(m *idp.ClientMetadata) { m.IntrospectionAlg = "none" },
		"JA-09 RS256 of fapi2":                       fapi(func(m *idp.ClientMetadata) { m.IntrospectionAlg = "RS256" }),
		"JA-09 one that the provider has no key for": func(m *idp.ClientMetadata) { m.IntrospectionAlg = "ES512" },
	} {
		if m, e := check(edit); e == nil || e.Code != InvalidClientMetadata {
			t.Errorf("%s: %+v %v", name, m, e)
		}
	}
}

// PR-01: the document names what there is and is silent about the rest.
func TestRequestFacts(t *testing.T) {
	f := facts()
	f.MutualTLS = "https://mtls.op.example"
	f.RequestFacts = RequestFacts{PushedRequests: issuer + "/par", RequirePushed: true, RequestObjectAlgs: []string{"ES256"}, ResponseAlgs: []string{"PS256"}, IntrospectionAlgs: []string{"EdDSA"}}
	raw, err := Discovery(f)
	if err != nil {
		t.Fatal(err)
	}
	for _, member := range []string{
		`"pushed_authorization_request_endpoint":"https://op.example/par"`, `"pushed_authorization_request_endpoint":"https://mtls.op.example/par"`,
		`"require_pushed_authorization_requests":true`, `"request_object_signing_alg_values_supported":["ES256"]`, `"request_parameter_supported":true`,
		`"authorization_signing_alg_values_supported":["PS256"]`, `"introspection_signing_alg_values_supported":["EdDSA"]`,
		`"response_modes_supported":["query","form_post","jwt","query.jwt","form_post.jwt"]`,
	} {
		if !strings.Contains(string(raw), member) {
			t.Errorf("DJ-02: %s is missing", member)
		}
	}
	f.PushedRequests = "https://evil.example/par"
	if _, err := Discovery(f); err == nil {
		t.Error("DJ-02: an endpoint elsewhere is published")
	}
}
