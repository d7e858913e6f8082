package provider_test

import (
	"encoding/asn1"
	"encoding/base64"
	"encoding/json"
	"math/big"
	"net/http"
	"reflect"
	"sync"
	"testing"
	"time"

	"sekisho/idp"
	"sekisho/idp/audit"
	"sekisho/idp/idptest"
)

func assertionBends(p *idptest.Provider) map[string]idptest.Bend {
	bends := map[string]idptest.Bend{}
	for name, bend := range clientDataBends(p, "PA-04 PG", "webauthn.get", "webauthn.create") {
		bends[name] = bend
	}
	signature := func(change func([]byte) []byte) idptest.Bend {
		return func(m *idptest.Message) { m.Signature = change }
	}
	more := map[string]idptest.Bend{
		"PA-03 no user handle":                func(m *idptest.Message) { m.Handle = nil },
		"PA-03 made-up user handle":           func(m *idptest.Message) { m.Handle = make([]byte, 32) },
		"PA-05 RP ID of another domain":       func(m *idptest.Message) { m.RPID = "evil.example" },
		"PA-05 nobody present":                flags(0, idptest.UserPresent),
		"PA-05 nobody verified":               flags(0, idptest.UserVerified),
		"PA-06 became backup eligible":        flags(idptest.BackupEligible, 0),
		"PA-06 backed up though it cannot be": flags(idptest.BackupState, 0),
		"PA-07 flipped bit":                   signature(func(s []byte) []byte { s[len(s)-1] ^= 1; return s }),
		"PA-07 trailing byte":                 signature(func(s []byte) []byte { return append(s, 0) }),
		"PA-07 empty":                         signature(func([]byte) []byte { return nil }),
		"PA-07 raw instead of DER": signature(func(s []byte) []byte {
			var rs struct{ R, S *big.Int }
			if _, err := asn1.Unmarshal(s, &rs); err != nil {
				return nil
			}
			raw := make([]byte, 64)
			rs.R.FillBytes(raw[:32])
			rs.S.FillBytes(raw[32:])
			return raw
		}),
		"PA-07 data after the authenticator data": func(m *idptest.Message) { m.Trailing = []byte{1} },
		"PA-07 client data changed after signing": answerBend(func(_, r map[string]any) {
			raw, _ := base64.RawURLEncoding.DecodeString(r["clientDataJSON"].(string))
			r["clientDataJSON"] = base64.RawURLEncoding.EncodeToString(append(raw[:len(raw)-1], []byte(`,"x":1}`)...))
		}),
		"PA-09 unknown credential": func(m *idptest.Message) { m.ID = make([]byte, 32) },
		"no signature":             answerBend(func(_, r map[string]any) { delete(r, "signature") }),
		"no authenticator data":    answerBend(func(_, r map[string]any) { delete(r, "authenticatorData") }),
		"type":                     answerBend(func(a, _ map[string]any) { a["type"] = "password" }),
		"response a list":          answerBend(func(a, _ map[string]any) { a["response"] = []int{} }),
	}
	for name, bend := range more {
		bends[name] = bend
	}
	return bends
}

// Each flaw alone refuses the assertion with the same answer; nobody is signed in and
// nothing of the credential changes.
func TestAssertionRefuses(t *testing.T) {
	p := idptest.New(t, idptest.Options{})
	p.NewRelyingParty("app", nil)
	taro := p.AddAccount(idptest.Customer{Login: "10000001"})
	key := p.GivePasskey(taro, nil)
	before := taro.Passkeys()
	b := p.NewBrowser()
	b.Authorize("app", idptest.Redirect)
	for name, bend := range assertionBends(p) {
		t.Run(name, func(t *testing.T) {
			p.Clock.Advance(2 * time.Second) // so that no limit is what refuses
			done := b.AnswerPasskey(key, bend)
			if done.Status != http.StatusUnprocessableEntity || done.Next != "" || done.Error.Code != "passkey_failed" || len(done.Header.Values("Set-Cookie")) > 0 {
				t.Errorf("PA-09: %d %+v", done.Status, done)
			}
			if b.Cookie(sessionCookie) != "" || len(taro.Sessions()) != 0 {
				t.Fatal("somebody was signed in")
			}
			if !reflect.DeepEqual(taro.Passkeys(), before) {
				t.Errorf("PA-11: %+v", taro.Passkeys())
			}
		})
	}
	if done := b.AnswerPasskey(key); done.Next == "" {
		t.Errorf("a whole answer: %+v", done)
	}
	k := taro.Passkeys()[0]
	if k.LastUsedAt.IsZero() || len(taro.Sessions()) != 1 {
		t.Errorf("PA-11: %+v", k)
	}
}

type requestOptions struct {
	Challenge        string
	RPID             string           `json:"rpId"`
	Timeout          int              `json:"timeout"`
	AllowCredentials []map[string]any `json:"allowCredentials"`
	UserVerification string           `json:"userVerification"`
}

func TestRequestOptions(t *testing.T) {
	p := idptest.New(t, idptest.Options{})
	p.NewRelyingParty("app", nil)
	taro := p.AddAccount(idptest.Customer{Login: "10000001", TOTP: true})
	key := p.GivePasskey(taro, nil)
	ask := func(b *idptest.Browser, body any) requestOptions {
		var o requestOptions
		begun := b.Script(b.Base()+"/passkey/options", body)
		if err := json.Unmarshal(begun.PublicKey, &o); err != nil {
			t.Fatalf("%v: %+v", err, begun)
		}
		return o
	}
	b := p.NewBrowser()
	for _, hint := range []string{"", taro.LoginName, "nobody-at-all"} {
		b.Authorize("app", idptest.Redirect, "login_hint", hint)
		o := ask(b, map[string]string{"mediation": "conditional"})
		if len(o.AllowCredentials) != 0 || o.UserVerification != "required" || o.RPID != "localhost" {
			t.Errorf("PA-09 PA-05 for %q: %+v", hint, o)
		}
		if o.Timeout < 300_000 || o.Timeout > 600_000 {
			t.Errorf("PA-10: timeout %d", o.Timeout)
		}
		challenge, err := base64.RawURLEncoding.DecodeString(o.Challenge)
		if err != nil || len(challenge) < 32 {
			t.Errorf("PA-01: challenge %q", o.Challenge)
		}
	}
	// The page's script has no say in the verification of the user.
	for _, body := range []string{`{"userVerification":"discouraged"}`, `{"mediation":"optional","publicKey":{"userVerification":"discouraged"}}`} {
		if begun := b.Script(b.Base()+"/passkey/options", json.RawMessage(body)); begun.ChallengeID != "" {
			t.Errorf("PA-05: %s began a ceremony", body)
		}
	}
	b.SignIn(p, taro)
	b.Authorize("app", idptest.Redirect, "acr_values", "phr")
	o := ask(b, map[string]string{"mediation": "optional"})
	if len(o.AllowCredentials) != 1 || o.AllowCredentials[0]["id"] != base64.RawURLEncoding.EncodeToString(key.ID) || o.UserVerification != "required" {
		t.Errorf("PA-02: %+v", o)
	}
}

func TestAuthenticationChallenge(t *testing.T) {
	p := idptest.New(t, idptest.Options{})
	p.NewRelyingParty("app", nil)
	taro := p.AddAccount(idptest.Customer{Login: "10000001", TOTP: true})
	key := p.GivePasskey(taro, nil)
	at := func() *idptest.Browser {
		b := p.NewBrowser()
		b.Authorize("app", idptest.Redirect)
		return b
	}
	finish := func(b *idptest.Browser, f idptest.Finish) idptest.JSONAnswer { return b.Script(b.Base()+"/passkey", f) }
	refused := func(t *testing.T, b *idptest.Browser, done idptest.JSONAnswer) {
		t.Helper()
		if done.Next != "" || done.Status != http.StatusUnprocessableEntity || b.Cookie(sessionCookie) != "" {
			t.Errorf("%d %+v", done.Status, done)
		}
	}
	t.Run("PA-01 spent by a wrong answer", func(t *testing.T) {
		b := at()
		begun := b.BeginPasskey()
		refused(t, b, finish(b, idptest.Finish{ChallengeID: begun.ChallengeID, Credential: key.Get(t, begun.PublicKey, client("type", "x"))}))
		refused(t, b, finish(b, idptest.Finish{ChallengeID: begun.ChallengeID, Credential: key.Get(t, begun.PublicKey)}))
	})
	t.Run("PA-01 expired", func(t *testing.T) {
		b := at()
		begun := b.BeginPasskey()
		p.Clock.Advance(5*time.Minute + time.Second)
		done := finish(b, idptest.Finish{ChallengeID: begun.ChallengeID, Credential: key.Get(t, begun.PublicKey)})
		refused(t, b, done)
		if done.Error.Code != "passkey_expired" {
			t.Errorf("PA-10: the customer is told %q", done.Error.Code)
		}
	})
	t.Run("PA-01 in another browser", func(t *testing.T) {
		victim, attacker := at(), at()
		begun := victim.BeginPasskey()
		answer := idptest.Finish{ChallengeID: begun.ChallengeID, Credential: key.Get(t, begun.PublicKey)}
		refused(t, attacker, finish(attacker, answer))
		// A phished answer relayed into the victim's own path, from the attacker's browser.
		attacker.Page.URL.Path = victim.Base()
		if done := finish(attacker, answer); done.Next != "" || done.Status != http.StatusForbidden {
			t.Errorf("PA-01: %d %+v", done.Status, done)
		}
		if done := finish(victim, answer); done.Next == "" {
			t.Errorf("the browser that began it: %+v", done)
		}
	})
	t.Run("PA-01 in another interaction of the same browser", func(t *testing.T) {
		b := at()
		begun := b.BeginPasskey()
		b.Authorize("app", idptest.Redirect, "state", "another")
		refused(t, b, finish(b, idptest.Finish{ChallengeID: begun.ChallengeID, Credential: key.Get(t, begun.PublicKey)}))
	})
	t.Run("PA-01 of a registration", func(t *testing.T) {
		b := p.NewBrowser()
		b.Get("/account/passkeys/add")
		b.UsePasskey(key)
		p.Clock.Advance(4 * time.Minute)
		begun := b.BeginEnrol()
		p.Clock.Advance(2 * time.Minute) // the sign-in is no longer fresh: the same interaction asks for the passkey again
		if !b.Get(b.Base()).Has("/cancel") {
			t.Fatal(b.Page.Body)
		}
		secret := b.Cookie(sessionCookie)
		done := finish(b, idptest.Finish{ChallengeID: begun.ChallengeID, Credential: key.Get(t, begun.PublicKey)})
		if done.Next != "" || done.Status != http.StatusUnprocessableEntity || b.Cookie(sessionCookie) != secret {
			t.Errorf("PA-01: %d %+v", done.Status, done)
		}
	})
	t.Run("PA-01 PA-08 fifty at once: one session", func(t *testing.T) {
		b := at()
		begun := b.BeginPasskey()
		f := idptest.Finish{ChallengeID: begun.ChallengeID, Credential: key.Get(t, begun.PublicKey)}
		before := len(taro.Sessions())
		won := race(50, func(int) bool { return finish(b, f).Next != "" })
		if n := len(taro.Sessions()) - before; n != 1 || won < 1 {
			t.Errorf("PA-01: %d sessions, %d answers led on", n, won)
		}
	})
}

// race runs f n times at once and counts what came true.
func race(n int, f func(i int) bool) int {
	var all sync.WaitGroup
	var mu sync.Mutex
	start, won := make(chan struct{}), 0
	for i := range n {
		all.Go(func() {
			<-start
			if f(i) {
				mu.Lock()
				won++
				mu.Unlock()
			}
		})
	}
	close(start)
	all.Wait()
	return won
}

func TestCounter(t *testing.T) {
	p := idptest.New(t, idptest.Options{})
	p.NewRelyingParty("app", nil)
	taro := p.AddAccount(idptest.Customer{Login: "10000001"})
	key := p.GivePasskey(taro, func(k *idp.Passkey) { k.SignCount = 10 })
	use := func(count uint32) idptest.JSONAnswer {
		b := p.NewBrowser()
		b.Authorize("app", idptest.Redirect)
		key.Count = count
		return b.AnswerPasskey(key)
	}
	for _, count := range []uint32{10, 9, 0} {
		if done := use(count); done.Next != "" || done.Status != http.StatusUnprocessableEntity {
			t.Errorf("PA-08 count %d after 10: %+v", count, done)
		}
	}
	if r := p.Recorded(t, audit.PasskeyCounterRegressed); r.Result != audit.Denied {
		t.Errorf("PA-08: %+v", r)
	}
	if done := use(11); done.Next == "" || taro.Passkeys()[0].SignCount != 11 {
		t.Errorf("PA-08: %+v, stored %d", done, taro.Passkeys()[0].SignCount)
	}
	// Fifty browsers, each with a challenge of its own, show a copied key with one counter.
	browsers, answers := make([]*idptest.Browser, 50), make([]idptest.Finish, 50)
	key.Count = 12
	for i := range browsers {
		p.Clock.Advance(2 * time.Second)
		browsers[i] = p.NewBrowser()
		browsers[i].Authorize("app", idptest.Redirect)
		begun := browsers[i].BeginPasskey()
		answers[i] = idptest.Finish{ChallengeID: begun.ChallengeID, Credential: key.Get(t, begun.PublicKey)}
	}
	before := len(taro.Sessions())
	won := race(50, func(i int) bool { return browsers[i].Script(browsers[i].Base()+"/passkey", answers[i]).Next != "" })
	if won != 1 || len(taro.Sessions())-before != 1 {
		t.Errorf("PA-08: %d of fifty passed, %d sessions", won, len(taro.Sessions())-before)
	}
}
