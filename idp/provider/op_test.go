package provider_test

import (
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"sekisho/config"
	"sekisho/idp"
	"sekisho/idp/idptest"
	"sekisho/idp/notify"
	"sekisho/storage"
	"sekisho/storage/storagetest"
)

// nodes are two providers with nothing in common but issuer, keys and database.
type nodes struct {
	*idptest.Provider // the first
	second            *idptest.Provider
	secret            string
}

func newNodes(t *testing.T, first, second *storage.Store) *nodes {
	t.Helper()
	clock, mail := idptest.NewClock(), &idptest.Mailbox{}
	edit := func(c *config.Config) { idptest.BehindProxy(c); unlimited(c) }
	n, kek := &nodes{}, idptest.SigningKeys(t, first, clock)
	n.Provider = idptest.New(t, idptest.Options{Store: first, Clock: clock, Mail: mail, KEK: kek, Edit: edit})
	n.second = idptest.New(t, idptest.Options{Store: second, Clock: clock, Mail: mail, KEK: kek, Edit: edit})
	n.secret = n.NewRelyingParty("app", nil).Secret
	if err := n.second.Clients.Poll(t.Context()); err != nil {
		t.Fatal(err)
	}
	return n
}

// balancer sends each request to the other node than the one before.
type balancer struct {
	nodes [2]http.RoundTripper
	turn  atomic.Int64
}

func (x *balancer) RoundTrip(r *http.Request) (*http.Response, error) {
	return x.nodes[x.turn.Add(1)%2].RoundTrip(r)
}

// browser is a browser before both nodes; start says which one answers first.
func (n *nodes) browser(start int) *idptest.Browser {
	b := n.ViaProxy("203.0.113.7", "")
	x := &balancer{nodes: [2]http.RoundTripper{b.Client.Transport, n.second.ViaProxy("203.0.113.7", "").Client.Transport}}
	x.turn.Store(int64(start))
	b.Client.Transport = x
	return b
}

// token redeems a code at one of the nodes.
func (n *nodes) token(b *idptest.Browser, code string) idptest.Answer {
	n.T.Helper()
	body := url.Values{"grant_type": {"authorization_code"}, "code": {code}, "redirect_uri": {idptest.Redirect}, "code_verifier": {idptest.Verifier}}
	r, err := http.NewRequestWithContext(n.T.Context(), http.MethodPost, b.Origin+"/token", strings.NewReader(body.Encode()))
	if err != nil {
		n.T.Fatal(err)
	}
	r.Header.Set("Content-Type", formMedia)
	r.SetBasicAuth("app", url.QueryEscape(n.secret))
	resp, err := b.Client.Transport.RoundTrip(r)
	if err != nil {
		n.T.Fatal(err)
	}
	resp.Body.Close()
	return idptest.Answer{Status: resp.StatusCode, Header: resp.Header}
}

// OP-03: any number of nodes on one database are one provider.
func TestTwoNodes(t *testing.T) {
	address := storagetest.PostgresURL(t)
	n := newNodes(t, storagetest.Open(t, address), storagetest.Open(t, address))
	taro := n.AddAccount(idptest.Customer{Login: "10000001", TOTP: true})
	key := n.GivePasskey(taro, nil)
	codeOf := func(b *idptest.Browser) string {
		page := b.Authorize("app", idptest.Redirect)
		if page.Left == "" {
			n.Clock.Advance(31 * time.Second)
			page = b.PasswordSignIn(n.Provider, taro)
		}
		return page.Response(t, idptest.Redirect).Get("code")
	}
	t.Run("OP-03 each request to the other node", func(t *testing.T) {
		for start := range 2 {
			b := n.browser(start)
			if a := n.token(b, codeOf(b)); a.Status != http.StatusOK {
				t.Errorf("OP-03: %d", a.Status)
			}
			b.Authorize("app", idptest.Redirect, "acr_values", "phr")
			if page := b.UsePasskey(key); page.Left == "" {
				t.Errorf("OP-03: a challenge of one node is not answered at the other")
			}
			b.Get("/account")
			b.Submit("/account/logout")
			for range 2 {
				if b.Get("/account").Has("/account/logout") {
					t.Error("OP-03: logged out on one node only")
				}
			}
		}
	})
	t.Run("OP-03 OT-02 one TOTP code, fifty browsers, two nodes", func(t *testing.T) {
		jiro := n.AddAccount(idptest.Customer{Login: "10000002", TOTP: true})
		browsers := make([]*idptest.Browser, 50)
		for i := range browsers {
			browsers[i] = n.browser(i)
			browsers[i].Authorize("app", idptest.Redirect)
			browsers[i].Submit("/password", "login", jiro.LoginName, "password", jiro.Password)
		}
		code := jiro.TOTP()
		won := race(50, func(i int) bool { return browsers[i].Submit("/code", "code", code).Left != "" })
		if won != 1 || len(jiro.Sessions()) != 1 {
			t.Errorf("OT-02: %d got in, %d sessions", won, len(jiro.Sessions()))
		}
	})
	t.Run("OP-03 PA-01 one assertion, fifty finishes, two nodes", func(t *testing.T) {
		b := n.browser(0)
		b.Authorize("app", idptest.Redirect)
		begun := b.BeginPasskey()
		f := idptest.Finish{ChallengeID: begun.ChallengeID, Credential: key.Get(t, begun.PublicKey)}
		before := len(taro.Sessions())
		race(50, func(int) bool { return b.Script(b.Base()+"/passkey", f).Next != "" })
		if made := len(taro.Sessions()) - before; made != 1 {
			t.Errorf("PA-01: %d sessions", made)
		}
	})
	t.Run("OP-03 TK-03 one code, twenty redemptions, two nodes", func(t *testing.T) {
		b := n.browser(0)
		code := codeOf(b)
		if won := race(20, func(i int) bool { return n.token(n.browser(i), code).Status == http.StatusOK }); won != 1 {
			t.Errorf("TK-03: %d redemptions", won)
		}
	})
	t.Run("OP-03 PW-09 one count of wrong passwords", func(t *testing.T) {
		saburo := n.AddAccount(idptest.Customer{Login: "10000003", TOTP: true})
		for i := range 5 {
			tryPassword(n.browser(i), saburo.LoginName, "wrong")
		}
		for i := range 2 {
			if !strings.Contains(tryPassword(n.browser(i), saburo.LoginName, saburo.Password).Body, `data-code="password_locked"`) {
				t.Errorf("PW-09: node %d has not counted", i)
			}
		}
	})
	t.Run("OP-03 one mail each", func(t *testing.T) {
		hanako := n.AddAccount(idptest.Customer{Login: "10000004"})
		b := n.browser(0)
		b.Authorize("app", idptest.Redirect)
		b.Submit("/password", "login", hanako.LoginName, "password", hanako.Password)
		b.Submit("/code", "code", mailed(t, n.Provider, hanako.Email, 1))
		n.Mail.Wait(t, hanako.Email, notify.NewDevice, 1)
		if got := n.Mail.Count(hanako.Email, notify.SignInCode); got != 1 {
			t.Errorf("OP-03: the code was mailed %d times", got)
		}
	})
	t.Run("OP-03 SE-07 an account locked on one node", func(t *testing.T) {
		b := n.browser(0)
		codeOf(b)
		if err := n.second.Store.SetAccountStatus(t.Context(), taro.ID, idp.AccountLocked, idp.Effects{}); err != nil {
			t.Fatal(err)
		}
		for range 2 {
			if b.Get("/account").Has("/account/logout") {
				t.Error("SE-07: goes on at one of the nodes")
			}
		}
	})
}

// OP-03: a restart in the middle of everything loses nothing.
func TestRestartInTheMiddle(t *testing.T) {
	address := storagetest.SQLiteURL(t)
	store := storagetest.Open(t, address)
	if err := store.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	n := newNodes(t, store, storagetest.Open(t, address)) // the second is what runs after the restart
	taro := n.AddAccount(idptest.Customer{Login: "10000001", TOTP: true})
	at := func(b *idptest.Browser, p *idptest.Provider) {
		b.Client.Transport = p.ViaProxy("203.0.113.7", "").Client.Transport
	}
	b := n.ViaProxy("203.0.113.7", "")
	b.Authorize("app", idptest.Redirect)
	b.Submit("/password", "login", taro.LoginName, "password", taro.Password)
	at(b, n.second)
	page := b.Submit("/code", "code", taro.TOTP())
	code := page.Response(t, idptest.Redirect).Get("code")
	at(b, n.Provider)
	if a := n.token(b, code); a.Status != http.StatusOK {
		t.Errorf("OP-03: %d", a.Status)
	}
	at(b, n.second)
	if a := n.token(b, code); a.Status == http.StatusOK {
		t.Error("OP-03: a used code is forgotten")
	}
	if !b.Get("/account").Has("/account/logout") {
		t.Error("OP-03: the session is forgotten")
	}
}
