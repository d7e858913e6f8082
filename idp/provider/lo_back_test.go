package provider_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"sekisho/config"
	"sekisho/idp"
	"sekisho/idp/audit"
	"sekisho/idp/idptest"
	"sekisho/storage"
	"sekisho/storage/storagetest"
)

// receiver is a relying party's server as the provider meets it: it notes the logout
// tokens it was sent and answers as it is told to.
type receiver struct {
	URL    string // http://localhost:PORT
	mu     sync.Mutex
	tokens []string
	answer http.HandlerFunc // nil: 200
}

func newReceiver(t *testing.T) *receiver {
	t.Helper()
	x := &receiver{}
	server := httptest.NewServer(x)
	t.Cleanup(server.Close)
	x.URL = strings.Replace(server.URL, "127.0.0.1", "localhost", 1)
	return x
}

func (x *receiver) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	x.mu.Lock()
	x.tokens = append(x.tokens, r.PostFormValue("logout_token"))
	answer := x.answer
	x.mu.Unlock()
	if r.Method != http.MethodPost || r.URL.RawQuery != "" || r.Header.Get("Content-Type") != "application/x-www-form-urlencoded" {
		w.WriteHeader(http.StatusTeapot)
		return
	}
	if answer != nil {
		answer(w, r)
	}
}

func (x *receiver) answers(h http.HandlerFunc) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.answer = h
}

func status(code int) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(code) }
}

func (x *receiver) got() []string {
	x.mu.Lock()
	defer x.mu.Unlock()
	return slices.Clone(x.tokens)
}

// until waits for a condition that the background work brings about.
func until(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); !holds(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("waited in vain for ", what)
		}
	}
}

// tokens waits for the n-th logout token.
func (x *receiver) wait(t *testing.T, n int) string {
	t.Helper()
	until(t, "a logout token", func() bool { return len(x.got()) >= n })
	return x.got()[n-1]
}

// settled waits until nobody is left to be told and returns how many tokens came.
func (r *rig) settled(t *testing.T, x *receiver) int {
	t.Helper()
	until(t, "all deliveries", func() bool {
		r.Logouts.Notify()
		n, _, err := r.Store.LogoutsPending(context.Background())
		return err == nil && n == 0
	})
	return len(x.got())
}

// takes registers a client that takes logout tokens at the receiver.
func (r *rig) takes(id string, x *receiver, edit func(*idp.ClientMetadata)) *idptest.RelyingParty {
	return r.NewRelyingParty(id, func(m *idp.ClientMetadata) {
		m.BackChannelLogoutURI, m.BackChannelLogoutSID = x.URL+"/"+id, true
		if edit != nil {
			edit(m)
		}
	})
}

func TestBackChannelLogout(t *testing.T) {
	r := newRig(t)
	x, y, silent := newReceiver(t), newReceiver(t), newReceiver(t)
	web := r.takes("web", x, nil)
	app := r.takes("mobile", y, func(m *idp.ClientMetadata) { m.IDTokenAlg, m.SubjectType = "ES256", "pairwise" })
	r.takes("elsewhere", silent, nil)
	t.Run("LO-05 oidcc-backchannel-logout-discovery-endpoint-verification", func(t *testing.T) {
		d := r.Call("GET", "/.well-known/openid-configuration", "")
		if d.JSON["backchannel_logout_supported"] != true || d.JSON["backchannel_logout_session_supported"] != true || d.String("end_session_endpoint") == "" {
			t.Errorf("published: %s", d.Body)
		}
	})
	t.Run("LO-05 LO-07 oidcc-backchannel-rp-initiated-logout", func(t *testing.T) {
		cookie := r.b.Cookie("sekisho-session")
		idToken := web.Grant(r.b).String("id_token")
		web.Grant(r.b) // a second grant in the same session is not a second relying party
		theirs := idptest.Claims(t, app.Grant(r.b).String("id_token"))
		mine := idptest.Claims(t, idToken)
		if mine["sub"] == theirs["sub"] || mine["sid"] == theirs["sid"] {
			t.Errorf("ID-08: one of two sectors is known to the other: %v, %v", mine, theirs)
		}
		page := r.b.Get(endSession("id_token_hint", idToken, "post_logout_redirect_uri", bye, "state", "s"))
		if page.Left != bye+"?state=s" {
			t.Fatalf("leads to %q", page.Left)
		}
		for client, c := range map[string]struct {
			at  *receiver
			id  map[string]any
			alg string
		}{"web": {x, mine, "RS256"}, "mobile": {y, theirs, "ES256"}} {
			token := c.at.wait(t, 1)
			header, claims := r.Verified(token)
			if header.Algorithm != c.alg || header.ExtraHeaders["typ"] != "logout+jwt" {
				t.Errorf("LO-05 %s: header %+v", client, header)
			}
			if aud, _ := claims["aud"].([]any); claims["iss"] != r.URL || len(aud) != 1 || aud[0] != client || claims["sub"] != c.id["sub"] || claims["jti"] == "" {
				t.Errorf("LO-05 %s: %v", client, claims)
			}
			if life := claims["exp"].(float64) - claims["iat"].(float64); life <= 0 || life > 120 || int64(claims["iat"].(float64)) != r.Clock.Now().Unix() {
				t.Errorf("LO-05 %s: lives %v s", client, life)
			}
			events, _ := claims["events"].(map[string]any)
			if said, ok := events["http://schemas.openid.net/event/backchannel-logout"].(map[string]any); !ok || len(said) != 0 || len(events) != 1 {
				t.Errorf("LO-05 %s: events %v", client, claims["events"])
			}
			if _, there := claims["nonce"]; there || len(claims) != 8 {
				t.Errorf("LO-05 %s: claims %v", client, claims)
			}
			if claims["sid"] == "" || claims["sid"] != c.id["sid"] || strings.Contains(token, cookie) || claims["sid"] == cookie {
				t.Errorf("LO-07 %s: sid %v, in the ID token %v", client, claims["sid"], c.id["sid"])
			}
		}
		r.refused(t, r.b.Authorize("app", idptest.Redirect, "prompt", "none"), "login_required")
		if n := r.settled(t, x) + r.settled(t, y); n != 2 || len(silent.got()) != 0 {
			t.Errorf("LO-05: %d tokens for two relying parties, %d for one that was not concerned", n, len(silent.got()))
		}
		rec := r.Recorded(t, audit.LogoutTold)
		if rec.Actor != audit.System || rec.AccountID != r.taro.ID || rec.SessionID == "" || rec.Detail["reason"] != "logout" || rec.Detail["attempts"] != "1" {
			t.Errorf("LO-06: recorded %+v", rec)
		}
	})
	t.Run("LO-07 another session has another sid", func(t *testing.T) {
		one, two := r.signedIn(r.taro), r.signedIn(r.taro)
		a, b := idptest.Claims(t, web.Grant(one).String("id_token")), idptest.Claims(t, web.Grant(two).String("id_token"))
		if a["sid"] == b["sid"] || a["sid"] == nil {
			t.Errorf("sid %v and %v", a["sid"], b["sid"])
		}
	})
	t.Run("LO-05 a logout token is good for nothing here", func(t *testing.T) {
		token := x.got()[0]
		b := r.signedIn(r.taro)
		if page := b.Get(endSession("id_token_hint", token, "post_logout_redirect_uri", bye)); page.Left != "" || !r.alive(t, b) {
			t.Errorf("as a hint: %d to %q", page.Status, page.Left)
		}
		if a := r.Userinfo(token); a.Status != http.StatusUnauthorized {
			t.Errorf("as an access token: %d", a.Status)
		}
	})
}

// LO-05 CN-02: whatever ends a session tells its relying parties, once each.
func TestEveryEndIsTold(t *testing.T) {
	r := newRig(t)
	x := newReceiver(t)
	web := r.takes("web", x, nil)
	for reason, end := range map[string]func(t *testing.T, b *idptest.Browser){
		"logout": func(_ *testing.T, b *idptest.Browser) {
			b.Get("/account")
			b.Submit("/account/logout")
		},
		"other_device": func(*testing.T, *idptest.Browser) {
			fresh := r.signedIn(r.taro)
			fresh.Get("/account")
			fresh.Submit("/sessions/end-others")
		},
		"everywhere": func(t *testing.T, b *idptest.Browser) {
			other := r.signedIn(r.taro)
			other.Get("/account")
			if page := other.Submit("/sessions/end-all"); page.Status != http.StatusOK || !strings.Contains(page.Body, "ログアウトしました") {
				t.Errorf("answer %d %s", page.Status, page.Body)
			}
			if r.alive(t, b) || r.alive(t, other) || other.Cookie("sekisho-session") != "" {
				t.Error("somebody is still signed in")
			}
		},
		"account_locked": func(t *testing.T, _ *idptest.Browser) {
			for _, s := range []idp.AccountStatus{idp.AccountLocked, idp.AccountActive} {
				if err := r.Store.SetAccountStatus(context.Background(), r.taro.ID, s, idp.Effects{}); err != nil {
					t.Fatal(err)
				}
			}
		},
		"password_changed": func(*testing.T, *idptest.Browser) {
			fresh := r.signedIn(r.taro)
			fresh.Get("/account/password")
			fresh.Submit("/account/password", "current", r.taro.Password, "new", "kiso-no-mori-2027")
			r.taro.Password = "kiso-no-mori-2027"
		},
		"consent_revoked": func(_ *testing.T, b *idptest.Browser) {
			b.Get("/account")
			b.Submit("/account/apps/web/revoke")
		},
	} {
		t.Run("LO-05 CN-02 "+reason, func(t *testing.T) {
			before := r.settled(t, x)
			b := r.signedIn(r.taro)
			sid := idptest.Claims(t, web.Grant(b).String("id_token"))["sid"]
			end(t, b)
			_, claims := r.Verified(x.wait(t, before+1))
			if claims["sid"] != sid {
				t.Errorf("told of %v, not of %v", claims["sid"], sid)
			}
			if n := r.settled(t, x) - before; n != 1 {
				t.Errorf("told %d times", n)
			}
			if got := r.last(t, audit.LogoutTold).Detail["reason"]; got != reason {
				t.Errorf("recorded as %q", got)
			}
		})
	}
}

// last is the latest record of an event.
func (r *rig) last(t *testing.T, event string) idp.AuditRecord {
	t.Helper()
	r.Recorded(t, event)
	var found idp.AuditRecord
	for _, rec := range r.Audit() {
		if rec.Event == event && rec.ID > found.ID {
			found = rec
		}
	}
	return found
}

// LO-06: who does not answer is asked again, who says no is not, and nobody else waits.
func TestBackChannelDelivery(t *testing.T) {
	r := newRig(t)
	x := newReceiver(t)
	web := r.takes("web", x, nil)
	signOut := func(t *testing.T, parties ...*idptest.RelyingParty) {
		t.Helper()
		b := r.signedIn(r.taro)
		for _, rp := range parties {
			rp.Grant(b)
		}
		b.Get("/account")
		if page := b.Submit("/account/logout"); page.Status != http.StatusOK {
			t.Fatalf("logout answers %d", page.Status)
		}
	}
	t.Run("LO-06 down, then up again", func(t *testing.T) {
		before := len(x.got())
		x.answers(status(http.StatusServiceUnavailable))
		signOut(t, web)
		x.wait(t, before+1)
		until(t, "the put-off", func() bool { r.Logouts.Notify(); return strings.Contains(r.Logs.String(), `"class":"status_503"`) })
		x.answers(func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })
		r.Clock.Advance(3 * time.Second)
		r.Logouts.Notify()
		x.wait(t, before+2)
		x.answers(nil)
		until(t, "the third attempt", func() bool { r.Clock.Advance(5 * time.Second); r.Logouts.Notify(); return len(x.got()) >= before+3 })
		if n := r.settled(t, x) - before; n != 3 {
			t.Errorf("%d attempts", n)
		}
		if got := r.last(t, audit.LogoutTold).Detail["attempts"]; got != "3" {
			t.Errorf("recorded %s attempts", got)
		}
		seen := map[any]bool{}
		for _, token := range x.got()[before:] {
			_, claims := r.Verified(token)
			seen[claims["jti"]] = true
		}
		if len(seen) != 3 {
			t.Errorf("%d different jti in 3 attempts", len(seen))
		}
	})
	for name, c := range map[string]struct {
		answer http.HandlerFunc
		class  string
	}{
		"a no":      {status(http.StatusBadRequest), "status_400"},
		"not found": {status(http.StatusNotFound), "status_404"},
		"too many":  {status(http.StatusTooManyRequests), "status_429"},
		"a redirect": {func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "/elsewhere", http.StatusTemporaryRedirect)
		}, "status_307"},
		"a page of it": {func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/x", http.StatusSeeOther) }, "status_303"},
	} {
		t.Run("LO-06 "+name+" is final", func(t *testing.T) {
			before := len(x.got())
			x.answers(c.answer)
			signOut(t, web)
			if n := r.settled(t, x) - before; n != 1 {
				t.Errorf("%d attempts", n)
			}
			if rec := r.last(t, audit.LogoutUntold); rec.Reason != c.class || rec.ClientID != "web" {
				t.Errorf("recorded %+v", rec)
			}
		})
	}
	x.answers(nil)
	t.Run("LO-06 addresses that are not public", func(t *testing.T) {
		before := len(x.got())
		r.EditClient("web", func(c *idp.Client) {
			c.Metadata.BackChannelLogoutURI = strings.Replace(x.URL, "http://localhost", "https://127.0.0.1", 1)
		})
		signOut(t, web)
		if n := r.settled(t, x) - before; n != 0 || r.last(t, audit.LogoutUntold).Reason != "blocked" {
			t.Errorf("%d attempts, recorded %+v", n, r.last(t, audit.LogoutUntold))
		}
		r.EditClient("web", func(c *idp.Client) { c.Metadata.BackChannelLogoutURI = x.URL })
	})
	t.Run("LO-06 one that hangs delays nobody", func(t *testing.T) {
		hanging := newReceiver(t)
		release := make(chan struct{})
		hanging.answers(func(http.ResponseWriter, *http.Request) { <-release })
		defer close(release)
		dead := r.takes("dead", hanging, nil)
		for range 6 { // more than its share
			dead.Grant(r.signedIn(r.taro))
		}
		web.Grant(r.signedIn(r.taro))
		b := r.signedIn(r.taro)
		b.Get("/account")
		before := len(x.got())
		if page := b.Submit("/sessions/end-all"); page.Status != http.StatusOK {
			t.Fatalf("the customer waits: %d", page.Status)
		}
		x.wait(t, before+1)
		until(t, "its share", func() bool { return len(hanging.got()) == 4 })
		if n := len(hanging.got()); n != 4 {
			t.Errorf("%d at once to one client", n)
		}
		r.Clock.Advance(25 * time.Hour)
		if err := r.Clients.Poll(context.Background()); err != nil {
			t.Fatal(err)
		}
	})
	t.Run("LO-06 given up after a day", func(t *testing.T) {
		until(t, "the end of trying", func() bool {
			r.Logouts.Notify()
			n, _, err := r.Store.LogoutsPending(context.Background())
			return err == nil && n == 0
		})
		if rec := r.last(t, audit.LogoutUntold); rec.ClientID != "dead" || rec.Result != audit.Failed {
			t.Errorf("recorded %+v", rec)
		}
	})
}

// LO-05: a node that dies between commit and delivery loses nothing; the next one tells.
func TestLogoutDeliverySurvivesTheNode(t *testing.T) {
	storagetest.Each(t, func(t *testing.T, store *storage.Store) {
		kek, clock := idptest.KEK(t), idptest.NewClock()
		x := newReceiver(t)
		open := func(t *testing.T) *rig {
			return &rig{Provider: idptest.New(t, idptest.Options{Store: store, KEK: kek, Clock: clock, Edit: func(c *config.Config) { c.Tokens.Algorithms = []string{"ES256"} }}), t: t}
		}
		var account *idptest.Account
		t.Run("the first node", func(t *testing.T) {
			r := open(t)
			account = r.AddAccount(idptest.Customer{Login: "10000001", TOTP: true})
			r.takes("web", x, func(m *idp.ClientMetadata) { m.IDTokenAlg = "ES256" }).Grant(r.signedIn(account))
		})
		if n, err := store.EndSessions(t.Context(), account.ID, "", "logout", clock.Now(), idp.Effects{}); err != nil || n != 1 {
			t.Fatal(n, err)
		}
		if len(x.got()) != 0 {
			t.Fatal("told by a node that is gone")
		}
		t.Run("the second node", func(t *testing.T) {
			r := open(t)
			r.Verified(x.wait(t, 1))
			if n := r.settled(t, x); n != 1 {
				t.Errorf("told %d times", n)
			}
		})
	})
}
