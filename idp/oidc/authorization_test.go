package oidc

import (
	"encoding/json"
	"net/http/httptest"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// TestRefusals: each rule, its error and its channel.
func TestRefusals(t *testing.T) {
	long := strings.Repeat("x", 5000)
	for _, c := range []struct {
		name string
		v    url.Values
		code ErrorCode
	}{
		{"AZ-05 token", good("response_type", "token"), UnsupportedResponseType},
		{"AZ-05 id_token", good("response_type", "id_token"), UnsupportedResponseType},
		{"AZ-05 code id_token", good("response_type", "code id_token"), UnsupportedResponseType},
		{"AZ-05 none", good("response_type", "none"), UnsupportedResponseType},
		{"AZ-05 code code", good("response_type", "code code"), UnsupportedResponseType},
		{"AZ-05 twice", twice(good(), "response_type", "code"), InvalidRequest},
		{"AZ-05 not registered for the code flow", good("client_id", "machine"), UnauthorizedClient},
		{"AZ-06 missing", good("response_type", ""), InvalidRequest},
		{"AZ-07 oauth21 without challenge", good("client_id", "strict", "code_challenge", "", "code_challenge_method", ""), InvalidRequest},
		{"AZ-07 public without challenge", good("client_id", "spa", "code_challenge", "", "code_challenge_method", ""), InvalidRequest},
		{"AZ-07 plain", good("client_id", "strict", "code_challenge_method", "plain"), InvalidRequest},
		{"AZ-07 method omitted", good("client_id", "strict", "code_challenge_method", ""), InvalidRequest},
		{"AZ-07 method s256", good("client_id", "strict", "code_challenge_method", "s256"), InvalidRequest},
		{"AZ-07 42 characters", good("code_challenge", challenge[1:]), InvalidRequest},
		{"AZ-07 44 characters", good("code_challenge", challenge+"A"), InvalidRequest},
		{"AZ-07 padding", good("code_challenge", challenge[1:]+"="), InvalidRequest},
		{"AZ-07 standard base64", good("code_challenge", challenge[1:]+"+"), InvalidRequest},
		{"AZ-08 plain for an optional client", good("code_challenge_method", "plain"), InvalidRequest},
		{"AZ-08 method without challenge", good("code_challenge", ""), InvalidRequest},
		{"AZ-11 nonce too long to keep", good("nonce", long), InvalidRequest},
		{"AZ-14 state twice", twice(good("state", ""), "scope", "openid"), InvalidRequest},
		{"AZ-14 nonce twice", twice(good("nonce", "a"), "nonce", "a"), InvalidRequest},
		{"AZ-14 twice, once empty", twice(good("nonce", "a"), "nonce", ""), InvalidRequest},
		{"IN-01 other letter case", good("Response_Type", "token"), InvalidRequest},
		{"IN-01 form array", good("scope[]", "openid"), InvalidRequest},
		{"AZ-18 none with login", good("prompt", "none login"), InvalidRequest},
		{"AZ-18 unknown prompt", good("prompt", "create"), InvalidRequest},
		{"AZ-20 negative max_age", good("max_age", "-1"), InvalidRequest},
		{"AZ-20 fraction", good("max_age", "1.5"), InvalidRequest},
		{"AZ-20 sign", good("max_age", "+5"), InvalidRequest},
		{"AZ-20 text", good("max_age", "ten"), InvalidRequest},
		{"AZ-20 int64 overflow", good("max_age", "9223372036854775808"), InvalidRequest},
		{"AZ-20 duration overflow", good("max_age", "9223372036854775807"), InvalidRequest},
		{"AZ-21 hint is no JWT", good("id_token_hint", "nonsense"), InvalidRequest},
		{"AZ-25 request", good("request", "a.b.c"), RequestNotSupported},
		{"AZ-25 request_uri", good("request_uri", "https://rp.example/r"), RequestURINotSupported},
		{"AZ-30 fragment", good("response_mode", "fragment"), InvalidRequest},
		{"AZ-30 signed, by a client not registered for it", good("response_mode", "query.jwt"), InvalidRequest},
		{"AZ-30 not registered", good("client_id", "queryonly", "response_mode", "form_post"), InvalidRequest},
		{"AZ-34 unknown resource", good("resource", "https://other.example"), InvalidTarget},
		{"AZ-34 relative", good("resource", "/api"), InvalidTarget},
		{"AZ-34 fragment", good("resource", "https://api.example#x"), InvalidTarget},
		{"AZ-34 one of two", twice(good("resource", "https://api.example"), "resource", "https://other.example"), InvalidTarget},
		{"AZ-35 beyond the client's list", good("scope", "openid withdraw"), InvalidScope},
		{"AZ-35 nothing known", good("scope", "martian"), InvalidScope},
		{"AZ-35 none", good("scope", ""), InvalidScope},
		{"AZ-35 malformed", good("scope", "openid \"x\""), InvalidScope},
		{"registration", good("registration", "{}"), RegistrationNotSupported},
		{"authorization_details fail closed", good("authorization_details", "[]"), InvalidAuthorizationDetails},
		{"DP-07 a malformed dpop_jkt", good("dpop_jkt", challenge+"A"), InvalidRequest},
		{"fapi2 must be pushed", good("client_id", "fapi"), InvalidRequest},
		{"ID-09 claims malformed", good("claims", "{"), InvalidRequest},
		{"ID-09 claims no object", good("claims", "[]"), InvalidRequest},
	} {
		t.Run(c.name, func(t *testing.T) { wantRedirect(t, c.v, c.code) })
	}
}

func TestEveryFieldOfAGoodRequest(t *testing.T) {
	v := good("nonce", "n-1", "scope", "profile openid profile martian", "prompt", "login consent", "max_age", "300",
		"acr_values", "phr urn:sekisho:op:withdrawal unknown", "login_hint", "<b>hanako</b>", "ui_locales", "ja-JP en !!",
		"display", "popup", "claims_locales", "ja", "response_mode", "form_post", "resource", "urn:example:ledger", "id_token_hint", "YQ.Yg.Yw")
	q := accept(t, v)
	age := int64(300)
	want := &AuthorizationRequest{
		ClientID: "web", RedirectURI: callback, ResponseMode: ModeFormPost, State: "s-1", Nonce: "n-1",
		Scopes: []string{"profile", "openid"}, CodeChallenge: challenge, Prompt: []string{"login", "consent"}, MaxAge: &age,
		ACRValues: []string{"phr", "urn:sekisho:op:withdrawal", "unknown"}, LoginHint: "<b>hanako</b>", IDTokenHint: "YQ.Yg.Yw",
		UILocales: []string{"ja-JP", "en"}, Display: "popup", Resources: []string{"urn:example:ledger"}, AuthTimeAsked: true,
	}
	if !reflect.DeepEqual(q, want) {
		t.Fatalf("got  %+v\nwant %+v", q, want)
	}
	stored, err := json.Marshal(q)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(stored), "YQ.Yg.Yw") {
		t.Error("a token is stored with the request")
	}
	var back AuthorizationRequest
	if err := json.Unmarshal(stored, &back); err != nil {
		t.Fatal(err)
	}
	if want.IDTokenHint = ""; !reflect.DeepEqual(&back, want) {
		t.Errorf("after storage %+v", back)
	}
}

func TestAccepted(t *testing.T) {
	t.Run("AZ-08 a challenge of an optional client is kept", func(t *testing.T) {
		if q := accept(t, good()); q.CodeChallenge != challenge {
			t.Error(q.CodeChallenge)
		}
	})
	t.Run("AZ-07 only a confidential oidc client may go without", func(t *testing.T) {
		if q := accept(t, good("code_challenge", "", "code_challenge_method", "")); q.CodeChallenge != "" {
			t.Error(q.CodeChallenge)
		}
	})
	for _, n := range []int{64, 384} {
		t.Run("AZ-11 nonce", func(t *testing.T) {
			nonce := strings.Repeat("n", n)
			if q := accept(t, good("nonce", nonce)); q.Nonce != nonce {
				t.Error(len(q.Nonce))
			}
		})
	}
	t.Run("AZ-12 without nonce", func(t *testing.T) {
		if q := accept(t, good()); q.Nonce != "" {
			t.Error(q.Nonce)
		}
	})
	t.Run("AZ-14 unknown is ignored, empty is absent", func(t *testing.T) {
		v := good("foo", "bar")
		v["nonce"], v["max_age"], v["claims"], v["request"], v["response_mode"] = []string{""}, []string{""}, []string{""}, []string{""}, []string{""}
		v.Add("foo", "baz")
		if q := accept(t, v); q.MaxAge != nil || q.ResponseMode != ModeQuery {
			t.Errorf("%+v", q)
		}
	})
	t.Run("AZ-24 hints never fail", func(t *testing.T) {
		for _, v := range []url.Values{
			good("display", "page"), good("display", "popup"), good("display", "hologram"), good("ui_locales", strings.Repeat("x ", 900)),
			good("ui_locales", "de-CH zz-invalid-tag-xxxxxxxxxxxx"), good("claims_locales", "<>"), good("login_hint", strings.Repeat("y", 900)), good("login_hint", "a\x00b"),
		} {
			accept(t, v)
		}
	})
	t.Run("AZ-35 order does not matter", func(t *testing.T) {
		for _, scope := range []string{"openid profile email", "email openid profile", " email  profile openid email"} {
			q := accept(t, good("scope", scope))
			slices.Sort(q.Scopes)
			if !slices.Equal(q.Scopes, []string{"email", "openid", "profile"}) {
				t.Error(q.Scopes)
			}
		}
	})
	t.Run("RT-10 offline_access needs a consent of its own", func(t *testing.T) {
		for _, c := range []struct {
			client, prompt string
			want           bool
		}{{"web", "", false}, {"web", "login", false}, {"web", "consent", true}, {"own", "", true}} {
			q := accept(t, good("client_id", c.client, "prompt", c.prompt, "scope", "openid offline_access"))
			if q.HasScope(ScopeOfflineAccess) != c.want {
				t.Errorf("%+v: %v", c, q.Scopes)
			}
		}
	})
	t.Run("AZ-34 the client's first resource is the default", func(t *testing.T) {
		if q := accept(t, good()); !slices.Equal(q.Resources, []string{"https://api.example"}) {
			t.Error(q.Resources)
		}
	})
	t.Run("AZ-20 max_age=0 and defaults", func(t *testing.T) {
		if q := accept(t, good("max_age", "0")); q.MaxAge == nil || *q.MaxAge != 0 || !q.AuthTimeAsked {
			t.Errorf("%+v", q)
		}
		if q := accept(t, good()); q.MaxAge != nil || q.AuthTimeAsked {
			t.Errorf("%+v", q)
		}
		q := accept(t, good("client_id", "aged"))
		if q.MaxAge == nil || *q.MaxAge != 600 || !q.AuthTimeAsked || !slices.Equal(q.ACRValues, []string{"phr"}) {
			t.Errorf("%+v", q)
		}
		if q := accept(t, good("client_id", "aged", "max_age", "5", "acr_values", "x")); *q.MaxAge != 5 || !slices.Equal(q.ACRValues, []string{"x"}) {
			t.Errorf("%+v", q)
		}
	})
}

// AZ-13: a form says the same as a query.
func TestPost(t *testing.T) {
	v := good("nonce", "日本")
	q, e := ParseAuthorization(httptest.NewRecorder(), post(v.Encode()), testClients(), testRules)
	if e != nil || !reflect.DeepEqual(q, accept(t, v)) {
		t.Fatalf("AZ-13: %+v %v", q, e)
	}
	r := post("nonce=b&" + good().Encode())
	r.URL.RawQuery = "nonce=a"
	if _, e := ParseAuthorization(nil, r, testClients(), testRules); e == nil || e.Code != InvalidRequest || !e.Redirectable {
		t.Errorf("IN-01 query and body: %+v", e)
	}
	r = post(good().Encode())
	r.Header.Set("Content-Type", "application/json")
	if _, e := ParseAuthorization(nil, r, testClients(), testRules); e == nil || e.Redirectable {
		t.Errorf("JSON body: %+v", e)
	}
	for _, raw := range []string{"%zz=1", "state=%ff", "a=1;b=2", strings.Repeat("a=1&", 100)} {
		if _, e := ParseAuthorization(nil, get(good().Encode()+"&"+raw), testClients(), testRules); e == nil || e.Redirectable || e.HTTPStatus() != 400 {
			t.Errorf("%q: %+v", raw, e)
		}
	}
}

// A state that cannot come back unchanged does not come back at all.
func TestUnusableState(t *testing.T) {
	for name, v := range map[string]url.Values{
		"twice":             twice(good(), "state", "s-2"),
		"too long":          good("state", strings.Repeat("s", 4097)),
		"newline in a form": good("state", "a\nb", "response_mode", "form_post"),
	} {
		_, e := parse(t, v)
		if e == nil || e.Code != InvalidRequest || !e.Redirectable || e.State != "" {
			t.Errorf("AZ-10 %s: %+v", name, e)
		}
	}
}

// AZ-28: nobody has signed in yet, so a client from the wire does not get the browser.
func TestHoldForUser(t *testing.T) {
	for _, c := range []struct {
		client, prompt string
		want           bool
	}{{"wire", "", true}, {"wire", "login", true}, {"wire", "none", false}, {"web", "", false}} {
		_, e := parse(t, good("client_id", c.client, "prompt", c.prompt, "scope", "withdraw"))
		if e == nil || e.HoldForUser != c.want || !e.Redirectable {
			t.Errorf("AZ-28 %+v: %+v", c, e)
		}
	}
}

// AZ-29, IN-07: no parameter is ever reflected, whatever it holds; a refusal that is not
// redirectable names no address; an accepted request survives storage byte for byte.
func FuzzAuthorizationParameters(f *testing.F) {
	f.Add(good().Encode(), false)
	f.Add(good("claims", `{"id_token":{"acr":{"essential":true,"value":"phr"}}}`, "prompt", "none").Encode(), true)
	f.Add(good("client_id", "app", "redirect_uri", "http://127.0.0.1:1/cb").Encode(), false)
	f.Add("client_id=web&client_id=web&%", true)
	f.Add("client_id=web&redirect_uri=https%3A%2F%2Frp.example%2Fcb&scope=<script>zqzqzqzq", false)
	clients := testClients()
	f.Fuzz(func(t *testing.T, raw string, form bool) {
		r := get(raw)
		if form {
			r = post(raw)
		}
		q, e := ParseAuthorization(nil, r, clients, testRules)
		if (q == nil) == (e == nil) {
			t.Fatal("neither or both")
		}
		if e != nil {
			if e.Description != DescriptionText(e.Description) || strings.Contains(e.Description, "zqzqzqzq") {
				t.Fatalf("%q", e.Description)
			}
			if !e.Redirectable && (e.RedirectURI != "" || e.State != "") || e.Redirectable && !MatchRedirectURI(clients[e.ClientID], e.RedirectURI) {
				t.Fatalf("%+v", e)
			}
			return
		}
		if !MatchRedirectURI(clients[q.ClientID], q.RedirectURI) || len(q.Scopes) == 0 {
			t.Fatalf("%+v", q)
		}
		stored, err := json.Marshal(q)
		if err != nil {
			t.Fatal(err)
		}
		back := AuthorizationRequest{}
		if err := json.Unmarshal(stored, &back); err != nil || back.State != q.State || back.Nonce != q.Nonce || back.RedirectURI != q.RedirectURI {
			t.Fatalf("%v: %+v", err, back)
		}
	})
}
