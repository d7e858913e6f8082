package brokerage_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	brokerage "sekisho/cmd/brokerage/app"
)

// browser is a customer's browser without JavaScript.
type browser struct {
	t *testing.T
	*http.Client
	f *firm
}

func (f *firm) browser(t *testing.T) *browser {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &browser{t: t, f: f, Client: &http.Client{Jar: jar}}
}

type page struct {
	status int
	url    *url.URL
	body   string
	header http.Header
}

func (b *browser) do(req *http.Request) page {
	b.t.Helper()
	req.Header.Set("Accept-Language", "en")
	resp, err := b.Do(req)
	if err != nil {
		b.t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	return page{resp.StatusCode, resp.Request.URL, string(body), resp.Header}
}

func (b *browser) get(path string) page {
	b.t.Helper()
	req, err := http.NewRequestWithContext(b.t.Context(), http.MethodGet, b.f.URL+path, nil)
	if err != nil {
		b.t.Fatal(err)
	}
	return b.do(req)
}

func (b *browser) post(path string, form url.Values) page {
	b.t.Helper()
	req, err := http.NewRequestWithContext(b.t.Context(), http.MethodPost, b.f.URL+path, strings.NewReader(form.Encode()))
	if err != nil {
		b.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Sec-Fetch-Site", "same-origin")
	return b.do(req)
}

func (b *browser) signIn() {
	b.t.Helper()
	if p := b.get("/signin"); p.url.Path != "/holdings" || p.status != 200 || !strings.Contains(p.body, "山田 花子") {
		b.t.Fatalf("sign-in ended at %s %d", p.url, p.status)
	}
}

func (p page) wants(t *testing.T, path string, texts ...string) {
	t.Helper()
	if p.url.Path != path {
		t.Errorf("ended at %s, want %s", p.url, path)
	}
	for _, text := range texts {
		if !strings.Contains(p.body, text) {
			t.Errorf("page lacks %q:\n%s", text, p.body)
		}
	}
}

func TestSignInRequest(t *testing.T) {
	f := newFirm(t, nil)
	f.browser(t).signIn()
	q := f.op.asked()[0]
	for name, want := range map[string]string{
		"response_type": "code", "client_id": "aoba-trade", "redirect_uri": f.URL + "/callback", "code_challenge_method": "S256",
		"resource": resource, "ui_locales": "en", "scope": "openid profile",
	} {
		if q.Get(name) != want {
			t.Errorf("%s = %q, want %q", name, q.Get(name), want)
		}
	}
	for _, name := range []string{"state", "nonce", "code_challenge"} {
		if len(q.Get(name)) < 26 {
			t.Errorf("%s = %q is guessable", name, q.Get(name))
		}
	}
	if f.op.basic[0] != "aoba-trade" || f.op.tokens[0].Get("client_secret") != "" {
		t.Error("client_secret_basic was not used")
	}
}

func TestPrivateKeyJWT(t *testing.T) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	f := newFirm(t, func(c *brokerage.Config) { c.ClientSecret, c.PrivateKey, c.KeyID = "", key, "aoba-1" })
	f.browser(t).signIn()
	form := f.op.tokens[0]
	parsed, err := jwt.ParseSigned(form.Get("client_assertion"), []jose.SignatureAlgorithm{jose.ES256})
	if err != nil {
		t.Fatal(err)
	}
	var claims struct {
		jwt.Claims
		Audience any `json:"aud"`
	}
	if err := parsed.Claims(key.Public(), &claims); err != nil {
		t.Fatal(err)
	}
	if claims.Issuer != "aoba-trade" || claims.Subject != "aoba-trade" || claims.Audience != f.op.URL || claims.ID == "" || f.op.basic[0] != "" {
		t.Errorf("assertion %+v", claims)
	}
	if form.Get("client_id") != "aoba-trade" || form.Get("client_assertion_type") != "urn:ietf:params:oauth:client-assertion-type:jwt-bearer" {
		t.Errorf("token request %v", form)
	}
}

// SU-08, the client's half: the challenge restarts the authorization with what it asks
// for, the form waits on the server and is completed afterwards.
func TestSU08ChallengeIsFollowedAndTheFormCompleted(t *testing.T) {
	f := newFirm(t, nil)
	b := f.browser(t)
	b.signIn()
	p := b.post("/withdraw", url.Values{"amount": {"１００，０００円"}})
	if !strings.HasPrefix(p.url.Path, "/receipt/") {
		t.Fatalf("ended at %s:\n%s", p.url, p.body)
	}
	p.wants(t, p.url.Path, "¥100,000", "¥3,150,000", "Passkey", "••••567", "sekisho receipt verify")
	q := f.op.asked()
	if pushed := f.op.transaction(); len(q) != 2 || pushed.Get("max_age") != "300" || pushed.Get("authorization_details") != fmt.Sprintf(takeDetails, 100_000) {
		t.Fatalf("authorization requests %v, pushed %v", q, pushed)
	}
	if len(q[1]) != 2 || q[1].Get("client_id") != "aoba-trade" || q[1].Get("request_uri") == "" {
		t.Errorf("the browser carries more than the name of the request: %v", q[1])
	}
	// The proof was for one withdrawal: the next asks again.
	second := b.post("/withdraw", url.Values{"amount": {"50,000"}})
	second.wants(t, second.url.Path, "¥3,100,000")
	if n := len(f.op.asked()); n != 3 {
		t.Errorf("%d authorization requests after the second withdrawal, want 3", n)
	}
	if again := b.get(p.url.Path); again.status != 200 || len(f.op.asked()) != 3 {
		t.Error("looking at the receipt again did something")
	}
}

func TestTradeTokenIsReusedWhileFresh(t *testing.T) {
	f := newFirm(t, nil)
	b := f.browser(t)
	b.signIn()
	order := url.Values{"symbol": {"X204"}, "side": {"buy"}, "quantity": {"100"}}
	for range 2 {
		p := b.post("/trade", order)
		p.wants(t, p.url.Path, "Hokuto Foods 100 shares", "¥126,500", tradeACR)
	}
	if n := len(f.op.asked()); n != 2 {
		t.Errorf("%d authorization requests for sign-in and two orders, want 2", n)
	}
	f.clock.advance(16 * time.Minute) // the proof is too old, and the token has expired
	p := b.post("/trade", order)
	p.wants(t, p.url.Path, "Hokuto Foods 100 shares")
	if last := f.op.asked()[len(f.op.asked())-1]; last.Get("acr_values") != tradeACR || last.Get("max_age") != "900" {
		t.Errorf("asked %v", last)
	}
}

// SU-03, seen from the relying party: a step-up that ends in an error is explained in
// place, nothing is lost, nothing is done, nothing goes round in circles.
func TestSU03FailedStepUpIsExplainedInPlace(t *testing.T) {
	for code, says := range map[string]string{
		"access_denied":                     "The check was cancelled",
		"unmet_authentication_requirements": "could not be done",
		"server_error":                      "We could not finish this",
		"<script>alert(1)</script>":         "We could not finish this",
	} {
		t.Run(code, func(t *testing.T) {
			f := newFirm(t, nil)
			b := f.browser(t)
			b.signIn()
			f.op.set(func() { f.op.refuse = code })
			p := b.post("/withdraw", url.Values{"amount": {"123,000"}})
			p.wants(t, "/withdraw", says, `value="123,000"`, "¥3,250,000", `role="alert"`)
			if strings.Contains(p.body, "<script>") || strings.Contains(p.body, "from the wire") {
				t.Error("text from the wire on the page")
			}
			if n := len(f.op.asked()); n != 2 {
				t.Errorf("%d authorization requests, want 2", n)
			}
			// The customer may try again, and still is signed in.
			f.op.set(func() { f.op.refuse = "" })
			again := b.post("/withdraw", url.Values{"amount": {"123,000"}})
			again.wants(t, again.url.Path, "¥3,127,000")
		})
	}
}

// A provider that answers with less than was asked must not send the customer in circles.
func TestNoLoopWhenTheTokenStaysTooWeak(t *testing.T) {
	for name, change := range map[string]func(*provider){
		"weaker ID token": func(p *provider) { p.acr = func(string) string { return "phr" } },
		"weaker access token": func(p *provider) {
			p.claims = func(c map[string]any) { c["acr"] = "phr" }
		},
		"old auth_time": func(p *provider) {
			p.authTime = func(url.Values) int64 { return p.now().Add(-time.Hour).Unix() }
		},
		"a token that is never valid": func(p *provider) {
			p.claims = func(c map[string]any) {
				if c["acr"] != "phr" {
					c["aud"] = "https://other.example"
				}
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFirm(t, nil)
			b := f.browser(t)
			b.signIn()
			f.op.set(func() { change(f.op) })
			b.post("/withdraw", url.Values{"amount": {"5000"}}).wants(t, "/withdraw", `role="alert"`, `value="5000"`, "¥3,250,000")
			if n := len(f.op.asked()); n > 4 {
				t.Errorf("%d authorization requests", n)
			}
		})
	}
}

// SU-06, seen from the relying party: another customer's proof completes nothing.
func TestSU06AnotherCustomersProofIsRefused(t *testing.T) {
	f := newFirm(t, nil)
	b := f.browser(t)
	b.signIn()
	f.op.set(func() { f.op.subject = "sub-mallory" })
	b.post("/withdraw", url.Values{"amount": {"5000"}}).wants(t, "/withdraw", "another customer", `value="5000"`, "山田 花子")
}

func TestCallbackIsBoundToTheBrowser(t *testing.T) {
	f := newFirm(t, nil)
	victim, attacker := f.browser(t), f.browser(t)
	attacker.CheckRedirect = func(req *http.Request, _ []*http.Request) error {
		if req.URL.Path == "/callback" {
			return http.ErrUseLastResponse
		}
		return nil
	}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, f.URL+"/signin", nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := attacker.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	response, err := url.Parse(resp.Header.Get("Location"))
	if err != nil {
		t.Fatal(err)
	}
	if p := victim.get(response.RequestURI()); p.status != 400 {
		t.Errorf("another browser's response: %d at %s", p.status, p.url)
	}
	q := response.Query()
	q.Set("iss", "https://evil.example")
	if p := attacker.get("/callback?" + q.Encode()); p.status != 400 {
		t.Errorf("response of another issuer: %d", p.status)
	}
	if p := attacker.get(response.RequestURI()); p.status != 400 {
		t.Errorf("a state that was used up: %d", p.status)
	}
	for _, tokenRequest := range f.op.tokens {
		t.Errorf("a code was redeemed: %v", tokenRequest)
	}
}

func TestSessionCookieIsReplacedAtSignIn(t *testing.T) {
	f := newFirm(t, nil)
	b := f.browser(t)
	b.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	b.get("/signin")
	here, _ := url.Parse(f.URL)
	before := b.Jar.Cookies(here)[0].Value
	b.CheckRedirect = nil
	b.signIn()
	if after := b.Jar.Cookies(here)[0].Value; after == before {
		t.Error("the visitor's cookie became the customer's")
	}
	old := f.browser(t)
	old.Jar.SetCookies(here, []*http.Cookie{{Name: "aoba_session", Value: before, Path: "/"}})
	old.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	if p := old.get("/holdings"); p.status == 200 {
		t.Error("the cookie from before the sign-in is signed in")
	}
}

func TestSignOut(t *testing.T) {
	f := newFirm(t, nil)
	b := f.browser(t)
	b.signIn()
	b.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	p := b.post("/signout", nil)
	to, err := url.Parse(p.header.Get("Location"))
	if err != nil {
		t.Fatal(err)
	}
	if to.Path != "/logout" || to.Query().Get("id_token_hint") == "" || to.Query().Get("post_logout_redirect_uri") != f.URL+"/signed-out" {
		t.Errorf("sent to %s", to)
	}
	if again := b.get("/holdings"); again.status == 200 {
		t.Error("still signed in")
	}
}
