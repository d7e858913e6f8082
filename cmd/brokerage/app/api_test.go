package brokerage_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"

	brokerage "sekisho/cmd/brokerage/app"
)

func (f *firm) api(t *testing.T, method, path, authorization, body string) *http.Response {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, f.URL+"/api"+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if authorization != "" {
		req.Header.Set("Authorization", authorization)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	return resp
}

const (
	tradeACR    = "urn:sekisho:op:trade"
	withdrawACR = "urn:sekisho:op:withdrawal"
	buy         = `{"symbol":"X204","side":"buy","quantity":100}`
	take        = `{"amount":50000}`
)

// SU-08: what the resource server answers to a valid token that is too weak, too old or spent.
func TestSU08ChallengesAfterValidation(t *testing.T) {
	f := newFirm(t, nil)
	now, took := f.clock.now().Unix(), fmt.Sprintf(takeDetails, 50000)
	for name, c := range map[string]struct {
		path, body, acr string
		authTime        int64
		want            int
		challenge       string
		details         string
	}{
		"reading with any level":           {"/portfolio", "", "phr", now, 200, "", ""},
		"reading with a morning's proof":   {"/portfolio", "", "phr", now - 9*3600, 401, `acr_values="urn:sekisho:acr:email urn:sekisho:acr:mfa phr phrh", max_age="28800"`, ""},
		"trading with the trade operation": {"/orders", buy, tradeACR, now - 600, 201, "", ""},
		"trading with the sign-in":         {"/orders", buy, "phr", now, 401, `acr_values="urn:sekisho:op:trade", max_age="900"`, ""},
		"trading with an old proof":        {"/orders", buy, tradeACR, now - 1000, 401, `acr_values="urn:sekisho:op:trade", max_age="900"`, ""},
		"withdrawing with its operation":   {"/withdrawals", take, withdrawACR, now, 201, "", took},
		"withdrawing without an approval":  {"/withdrawals", take, withdrawACR, now, 401, `acr_values="urn:sekisho:op:withdrawal", max_age="300"`, ""},
		"withdrawing with trade":           {"/withdrawals", take, tradeACR, now, 401, `acr_values="urn:sekisho:op:withdrawal", max_age="300"`, took},
		"withdrawing with a stale proof":   {"/withdrawals", take, withdrawACR, now - 400, 401, `acr_values="urn:sekisho:op:withdrawal", max_age="300"`, took},
		"a proof from the future":          {"/withdrawals", take, withdrawACR, now + 3600, 401, `acr_values="urn:sekisho:op:withdrawal", max_age="300"`, took},
		"a token without auth_time":        {"/orders", buy, tradeACR, 0, 401, `acr_values="urn:sekisho:op:trade", max_age="900"`, ""},
	} {
		t.Run(name, func(t *testing.T) {
			method := http.MethodPost
			if c.body == "" {
				method = http.MethodGet
			}
			token := f.op.accessToken(c.acr, c.authTime)
			if c.details != "" {
				token = f.op.detailedToken(c.details, c.acr, c.authTime)
			}
			resp := f.api(t, method, c.path, "Bearer "+token, c.body)
			got := resp.Header.Get("WWW-Authenticate")
			if resp.StatusCode != c.want {
				t.Fatalf("status %d %s, want %d", resp.StatusCode, got, c.want)
			}
			if c.challenge != "" && (!strings.HasPrefix(got, `Bearer error="insufficient_user_authentication"`) || !strings.HasSuffix(got, c.challenge)) {
				t.Errorf("challenge %s, want … %s", got, c.challenge)
			}
		})
	}
}

// SU-08: a stranger learns nothing of the rules; the token is validated first.
func TestSU08StrangersLearnNothing(t *testing.T) {
	f := newFirm(t, nil)
	now := f.clock.now().Unix()
	stranger, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	with := func(change func(map[string]any)) string {
		f.op.claims = change
		defer func() { f.op.claims = func(map[string]any) {} }()
		return f.op.accessToken("phr", now)
	}
	good := map[string]any{"iss": f.op.URL, "sub": "s", "aud": resource, "jti": "j", "exp": now + 600, "acr": withdrawACR, "auth_time": now}
	for name, token := range map[string]string{
		"ID token":          f.op.sign("JWT", good),
		"no type":           f.op.sign("", good),
		"other key":         signWith(stranger, "k1", "at+jwt", good),
		"unknown kid":       signWith(stranger, "k2", "at+jwt", good),
		"other audience":    with(func(c map[string]any) { c["aud"] = "https://other.example" }),
		"client as aud":     with(func(c map[string]any) { c["aud"] = "aoba-trade" }),
		"other issuer":      with(func(c map[string]any) { c["iss"] = "https://evil.example" }),
		"expired":           with(func(c map[string]any) { c["exp"] = now - 1 }),
		"no subject":        with(func(c map[string]any) { delete(c, "sub") }),
		"no jti":            with(func(c map[string]any) { delete(c, "jti") }),
		"alg none":          "eyJhbGciOiJub25lIiwidHlwIjoiYXQrand0In0.e30.",
		"not a token":       "x",
		"opaque with quote": `"; acr_values="phr`,
	} {
		t.Run(name, func(t *testing.T) {
			resp := f.api(t, http.MethodPost, "/withdrawals", "Bearer "+token, take)
			if got := resp.Header.Get("WWW-Authenticate"); resp.StatusCode != 401 || got != `Bearer error="invalid_token"` {
				t.Errorf("%d %s", resp.StatusCode, got)
			}
		})
	}
	if got := f.api(t, http.MethodPost, "/withdrawals", "", take); got.StatusCode != 401 || got.Header.Get("WWW-Authenticate") != "Bearer" {
		t.Errorf("no token: %d %s", got.StatusCode, got.Header.Get("WWW-Authenticate"))
	}
	token := f.op.accessToken(withdrawACR, now)
	if got := f.api(t, http.MethodPost, "/withdrawals?access_token="+token, "", take); got.StatusCode != 401 || got.Header.Get("WWW-Authenticate") != "Bearer" {
		t.Error("a token in the query was read")
	}
}

// One withdrawal token serves one withdrawal, however many requests carry it at once.
func TestWithdrawalTokenIsUsedOnce(t *testing.T) {
	f := newFirm(t, nil)
	if resp := f.api(t, http.MethodPost, "/withdrawals", "Bearer "+f.op.approvedToken(9_000_000, f.clock.now().Unix()), `{"amount":9000000}`); resp.StatusCode != 422 || f.op.used != 0 {
		t.Fatalf("more than there is: %d, %d approvals used", resp.StatusCode, f.op.used)
	}
	token := f.op.approvedToken(50_000, f.clock.now().Unix())
	var done, challenged int
	var mu sync.Mutex
	var all sync.WaitGroup
	for range 16 {
		all.Go(func() {
			resp := f.api(t, http.MethodPost, "/withdrawals", "Bearer "+token, take)
			mu.Lock()
			defer mu.Unlock()
			switch {
			case resp.StatusCode == 201:
				done++
			case strings.Contains(resp.Header.Get("WWW-Authenticate"), "insufficient_user_authentication"):
				challenged++
			}
		})
	}
	all.Wait()
	if done != 1 || challenged != 15 {
		t.Errorf("%d withdrawals and %d challenges, want 1 and 15", done, challenged)
	}
}

func TestAPIRefusesWhatItDoesNotKnow(t *testing.T) {
	f := newFirm(t, nil)
	token := "Bearer " + f.op.accessToken(tradeACR, f.clock.now().Unix())
	for body, want := range map[string]int{
		`{"symbol":"X204","side":"buy","quantity":100,"price":1}`:  400,
		`{"symbol":"X999","side":"buy","quantity":100}`:            422,
		`{"symbol":"X204","side":"short","quantity":100}`:          422,
		`{"symbol":"X204","side":"buy","quantity":150}`:            422,
		`{"symbol":"X204","side":"buy","quantity":-100}`:           422,
		`{"symbol":"X317","side":"sell","quantity":200}`:           422,
		`{"symbol":"X317","side":"buy","quantity":10000}`:          422,
		`{"symbol":"X204","side":"buy","quantity":100` + `}` + ` `: 201,
		`[]`: 400,
	} {
		if resp := f.api(t, http.MethodPost, "/orders", token, body); resp.StatusCode != want {
			t.Errorf("%s: %d, want %d", body, resp.StatusCode, want)
		}
	}
}

// LG-05: keys that cannot be fetched are no reason to let anybody in.
func TestLG05APIFailsClosedWithoutTheProvider(t *testing.T) {
	f := newFirm(t, nil)
	token := f.op.accessToken(tradeACR, f.clock.now().Unix())
	f.op.Close()
	resp := f.api(t, http.MethodPost, "/orders", "Bearer "+token, buy)
	if resp.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("status %d", resp.StatusCode)
	}
}

func TestConfigIsChecked(t *testing.T) {
	good := brokerage.Config{Issuer: "https://id.example", ClientID: "c", ClientSecret: "s", BaseURL: "https://trade.example", Resource: resource}
	if _, err := brokerage.New(good); err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(*brokerage.Config){
		"no issuer":   func(c *brokerage.Config) { c.Issuer = "" },
		"no secret":   func(c *brokerage.Config) { c.ClientSecret = "" },
		"no base":     func(c *brokerage.Config) { c.BaseURL = "/here" },
		"no resource": func(c *brokerage.Config) { c.Resource = "" },
		"no id":       func(c *brokerage.Config) { c.ClientID = "" },
	} {
		bad := good
		change(&bad)
		if _, err := brokerage.New(bad); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}
