package provider_test

import (
	"context"
	"net/http"
	"net/url"
	"reflect"
	"sync"
	"testing"
	"time"

	"sekisho/idp"
	"sekisho/idp/idptest"
	"sekisho/storage"
)

// refreshed presents a refresh token and demands success.
func (r *rig) refreshed(t *testing.T, rp *idptest.RelyingParty, token string, pairs ...string) idptest.Answer {
	t.Helper()
	a := rp.Refresh(token, pairs...)
	if a.Status != http.StatusOK || a.String("refresh_token") == "" {
		t.Fatalf("refresh: %d %s", a.Status, a.Body)
	}
	return a
}

// RT-01: a refresh token is worth nothing without the client it was issued to.
func TestRefreshTokenIsBoundToItsClient(t *testing.T) {
	r := newRig(t)
	other := r.NewRelyingParty("other", nil)
	tokens := r.rp.Grant(r.b)
	refresh := tokens.String("refresh_token")
	form := url.Values{"grant_type": {"refresh_token"}, "refresh_token": {refresh}, "client_id": {"app"}}
	grantRefused(t, other.Refresh(refresh), "invalid_grant")
	grantRefused(t, r.PostForm("/token", form), "invalid_client")
	form.Set("client_secret", r.rp.Secret) // the right secret by another method
	grantRefused(t, r.PostForm("/token", form), "invalid_client")
	grantRefused(t, r.PostForm("/token", form, "Authorization", "Basic "+basicAuth("app", "wrong")), "invalid_request")
	for name, token := range map[string]string{"access token": tokens.String("access_token"), "ID token": tokens.String("id_token"), "unknown": idp.NewSecret(), "its hash": string(idp.HashSecret(refresh))} {
		if a := r.rp.Refresh(token); a.Status != http.StatusBadRequest {
			t.Errorf("an %s as refresh token answers %d", name, a.Status)
		}
	}
	r.refreshed(t, r.rp, refresh) // and none of that harmed it
}

// RT-02: a public client's token is replaced at each use; one that comes back later ends
// the whole family and is on record.
func TestRefreshRotation(t *testing.T) {
	r := newRig(t)
	rs := r.resourceServer()
	public := r.NewRelyingParty("public", func(m *idp.ClientMetadata) {
		m.TokenEndpointAuthMethod, m.GrantTypes = idp.AuthNone, []string{"authorization_code", "refresh_token"}
	})
	first := public.Grant(r.b)
	second := r.refreshed(t, public, first.String("refresh_token"))
	third := r.refreshed(t, public, second.String("refresh_token"))
	if a, b := first.String("refresh_token"), second.String("refresh_token"); a == b || b == third.String("refresh_token") {
		t.Fatal("RT-02: the token stays the same")
	}
	r.Clock.Advance(11 * time.Second)
	grantRefused(t, public.Refresh(first.String("refresh_token")), "invalid_grant")
	for _, tokens := range []idptest.Answer{first, second, third} {
		grantRefused(t, public.Refresh(tokens.String("refresh_token")), "invalid_grant")
		if rs.Active(tokens.String("access_token")) || r.Userinfo(tokens.String("access_token")).Status != http.StatusUnauthorized {
			t.Error("RT-02: an access token of the family is alive")
		}
	}
	if err := r.Recorder.Flush(context.Background()); err != nil {
		t.Fatal(err)
	}
	records, err := r.Store.AuditRecords(context.Background(), storage.AuditFilter{Event: "refresh.reused", Limit: 10})
	if err != nil || len(records) == 0 || records[0].AccountID != r.taro.ID || records[0].ClientID != "public" {
		t.Errorf("RT-02: the replay is on record as %+v, %v", records, err)
	}
}

// RT-04: within ten seconds a retry gets the same successor; there is never a second head.
func TestRefreshGrace(t *testing.T) {
	r := newRig(t)
	first := r.rp.Grant(r.b).String("refresh_token")
	second := r.refreshed(t, r.rp, first).String("refresh_token")
	r.Clock.Advance(9 * time.Second)
	if again := r.refreshed(t, r.rp, first).String("refresh_token"); again != second {
		t.Errorf("RT-04: the retry got another successor")
	}
	r.Clock.Advance(time.Second)
	grantRefused(t, r.rp.Refresh(first), "invalid_grant")
	grantRefused(t, r.rp.Refresh(second), "invalid_grant")

	head := r.rp.Grant(r.b).String("refresh_token")
	answers := make([]idptest.Answer, 20)
	var done sync.WaitGroup
	start := make(chan struct{})
	for i := range answers {
		done.Go(func() { <-start; answers[i] = r.rp.Refresh(head) })
	}
	close(start)
	done.Wait()
	heads := map[string]bool{}
	for _, a := range answers {
		if a.Status == http.StatusOK {
			heads[a.String("refresh_token")] = true
		}
	}
	if len(heads) != 1 {
		t.Errorf("RT-04: twenty at once made %d heads", len(heads))
	}
}

// RT-03: a confidential client of the other profiles keeps its token.
func TestRefreshWithoutRotation(t *testing.T) {
	r := newRig(t)
	legacy := r.NewRelyingParty("legacy", func(m *idp.ClientMetadata) { m.ClientProfile = idp.ProfileOIDC })
	token := legacy.Grant(r.b).String("refresh_token")
	for range 3 {
		r.Clock.Advance(time.Minute)
		if again := r.refreshed(t, legacy, token).String("refresh_token"); again != token {
			t.Fatalf("RT-03: rotated")
		}
	}
}

// RT-06: a refresh gives at most what was granted, and less does not last.
func TestRefreshNarrows(t *testing.T) {
	r := newRig(t)
	const second = "https://two.example"
	r.EditClient("app", func(c *idp.Client) { c.Metadata.Resources = []string{idptest.API, second} })
	token := r.rp.Grant(r.b, "scope", "openid email", "resource", idptest.API).String("refresh_token")
	for _, pairs := range [][]string{{"scope", "openid email profile"}, {"scope", "openid phone"}, {"scope", "admin"}} {
		grantRefused(t, r.rp.Refresh(token, pairs...), "invalid_scope")
	}
	grantRefused(t, r.rp.Refresh(token, "resource", second), "invalid_target")
	grantRefused(t, r.rp.Refresh(token, "resource", "https://evil.example"), "invalid_target")
	narrow := r.refreshed(t, r.rp, token, "scope", "email")
	if narrow.String("scope") != "email" || narrow.JSON["id_token"] != nil {
		t.Errorf("RT-06 TK-18: %s", narrow.Body)
	}
	whole := r.refreshed(t, r.rp, narrow.String("refresh_token"))
	if whole.String("scope") != "openid email" || whole.JSON["id_token"] == nil {
		t.Errorf("RT-06: the granted set did not come back: %s", whole.Body)
	}
}

// RT-07 SU-07 ID-04: refreshing renews a token and not what it says about the sign-in,
// even after the session was raised or lowered meanwhile.
func TestRefreshKeepsTheAssurance(t *testing.T) {
	r := newRig(t)
	key := r.withPasskey(r.taro)
	rs := r.resourceServer()
	original := r.rp.Grant(r.b)
	was := idptest.Claims(t, original.String("id_token"))
	r.Clock.Advance(10 * time.Minute)
	r.b.Authorize("app", idptest.Redirect, "acr_values", "phr")
	raised := idptest.Claims(t, r.rp.Exchange(r.b.PasskeySignIn(key).Response(t, idptest.Redirect).Get("code")).String("id_token"))
	if raised["acr"] != "phr" || raised["auth_time"] == was["auth_time"] {
		t.Fatalf("the session was not raised: %v", raised)
	}
	r.Clock.Advance(time.Minute)
	again := r.refreshed(t, r.rp, original.String("refresh_token"))
	is := idptest.Claims(t, again.String("id_token"))
	for _, name := range []string{"iss", "sub", "aud", "auth_time", "acr", "amr", "sid", "sekisho_level"} {
		if !reflect.DeepEqual(is[name], was[name]) {
			t.Errorf("RT-07: %s was %v and is %v", name, was[name], is[name])
		}
	}
	if is["iat"] == was["iat"] || is["nonce"] != nil && is["nonce"] != was["nonce"] {
		t.Errorf("RT-07: iat %v, nonce %v", is["iat"], is["nonce"])
	}
	told := rs.Post("/introspect", "token", again.String("access_token"))
	for name, claim := range map[string]string{"acr": "acr", "auth_time": "auth_time", "sekisho_level": "sekisho_level"} {
		if told.JSON[name] != was[claim] {
			t.Errorf("SU-07: introspection says %s %v, want %v", name, told.JSON[name], was[claim])
		}
	}
}

// RT-08: a refresh token dies of disuse, with its session, and at the grant's absolute end.
func TestRefreshExpiry(t *testing.T) {
	r := newRig(t)
	const day = 24 * time.Hour
	offline := func() string {
		return r.rp.Grant(r.signedIn(r.taro), "scope", "openid offline_access").String("refresh_token")
	}
	bound, idle, used := r.rp.Grant(r.b).String("refresh_token"), offline(), offline()
	began := r.Clock.Now()
	r.Clock.Advance(12 * time.Hour)
	bound = r.refreshed(t, r.rp, bound).String("refresh_token")
	r.Clock.Advance(12 * time.Hour)
	grantRefused(t, r.rp.Refresh(bound), "invalid_grant") // RT-08: the session's absolute end
	r.Clock.Advance(20 * day)
	used = r.refreshed(t, r.rp, used).String("refresh_token")
	r.Clock.Advance(9 * day)
	grantRefused(t, r.rp.Refresh(idle), "invalid_grant") // RT-08: thirty days unused
	for r.Clock.Now().Sub(began) < 89*day {
		used = r.refreshed(t, r.rp, used).String("refresh_token")
		r.Clock.Advance(10 * day)
	}
	grantRefused(t, r.rp.Refresh(used), "invalid_grant") // RT-08: ninety days are the end, used or not
}

// RT-09 SE-07 LO-08: what ends with what.
func TestRefreshTokensDie(t *testing.T) {
	r := newRig(t)
	rs := r.resourceServer()
	ctx := context.Background()
	type held struct{ bound, offline idptest.Answer }
	for name, c := range map[string]struct {
		end                              func(t *testing.T, a *idptest.Account)
		offlineSurvives, sessionSurvives bool
	}{
		"RT-09 the password is changed in another browser": {end: func(t *testing.T, a *idptest.Account) {
			b := r.signedIn(a)
			b.Get("/account/password")
			if b.Submit("/password", "current", a.Password, "new", "kaze ga fuku tokoro 77"); b.Page.Status != http.StatusOK || b.Page.URL.Path != "/account" {
				t.Fatalf("password change: %d %s", b.Page.Status, b.Page.Body)
			}
		}},
		"RT-09 the desk locks the account": {end: func(t *testing.T, a *idptest.Account) {
			if err := r.Store.SetAccountStatus(ctx, a.ID, idp.AccountLocked, idp.Effects{}); err != nil {
				t.Fatal(err)
			}
		}},
		"RT-09 the app is removed in the security centre": {end: func(t *testing.T, a *idptest.Account) {
			b := r.signedIn(a)
			b.Get("/account")
			b.Submit("/account/apps/app/revoke")
		}, sessionSurvives: true},
		"RT-09 LO-08 other sessions are ended": {end: func(t *testing.T, a *idptest.Account) {
			b := r.signedIn(a)
			b.Get("/account")
			b.Submit("/account/sessions/end-others")
		}, offlineSurvives: true},
	} {
		t.Run(name, func(t *testing.T) {
			a := r.AddAccount(idptest.Customer{Login: "3" + idp.NewID(), TOTP: true})
			b := r.signedIn(a)
			h := held{r.rp.Grant(b), r.rp.Grant(b, "scope", "openid offline_access")}
			c.end(t, a)
			r.dead(t, rs, h.bound.String("access_token"), h.bound.String("refresh_token"))
			if c.offlineSurvives {
				r.refreshed(t, r.rp, h.offline.String("refresh_token"))
			} else {
				r.dead(t, rs, h.offline.String("access_token"), h.offline.String("refresh_token"))
			}
			page := b.Authorize("app", idptest.Redirect, "prompt", "none")
			if c.sessionSurvives {
				page.Response(t, idptest.Redirect)
			} else {
				r.refused(t, page, "login_required")
			}
		})
	}
	t.Run("RT-09 LO-08 logout", func(t *testing.T) {
		b := r.signedIn(r.taro)
		bound, offline := r.rp.Grant(b), r.rp.Grant(b, "scope", "openid offline_access")
		b.Get("/logout?" + url.Values{"id_token_hint": {bound.String("id_token")}}.Encode())
		r.dead(t, rs, bound.String("access_token"), bound.String("refresh_token"))
		r.refreshed(t, r.rp, offline.String("refresh_token"))
	})
	t.Run("RT-09 the passkey signed in with is removed", func(t *testing.T) {
		a := r.AddAccount(idptest.Customer{Login: "40000001", TOTP: true})
		key := r.withPasskey(a)
		b := r.NewBrowser()
		b.Authorize("app", idptest.Redirect, "scope", "openid offline_access")
		rest := r.rp.Exchange(b.PasskeySignIn(key).Response(t, idptest.Redirect).Get("code"))
		elsewhere := r.rp.Grant(r.signedIn(a))
		mine := r.NewBrowser()
		mine.Get("/account")
		mine.PasskeySignIn(key)
		keys, err := r.Store.Passkeys(ctx, a.ID)
		if err != nil || len(keys) != 1 {
			t.Fatal(keys, err)
		}
		mine.Get("/account/passkeys/" + keys[0].ID + "/remove")
		if mine.Submit("/remove"); mine.Page.URL.Path != "/account" {
			t.Fatalf("removal: %d %s", mine.Page.Status, mine.Page.Body)
		}
		r.dead(t, rs, rest.String("access_token"), rest.String("refresh_token"))
		r.refreshed(t, r.rp, elsewhere.String("refresh_token")) // what rests on something else stays
	})
}

// RT-10: offline access is the customer's own word, or the firm's contract for its own clients.
func TestOfflineAccess(t *testing.T) {
	r := newRig(t)
	third := r.NewRelyingParty("third", func(m *idp.ClientMetadata) { m.FirstParty = false })
	agree := func(pairs ...string) idptest.Answer {
		r.b.Authorize("third", idptest.Redirect, append(pairs, "scope", "openid offline_access")...)
		return third.Exchange(r.b.Submit("/consent", "decision", "allow").Response(t, idptest.Redirect).Get("code"))
	}
	if got := agree().String("scope"); got != "openid" {
		t.Errorf("RT-10: without prompt=consent the scope is %q", got)
	}
	tokens := agree("prompt", "consent")
	if got := tokens.String("scope"); got != "openid offline_access" {
		t.Errorf("RT-10: with prompt=consent the scope is %q", got)
	}
	r.b.Get("/logout")
	r.b.Submit("/logout/confirm")
	r.refreshed(t, third, tokens.String("refresh_token"))
}

// RT-11: revocation needs the client, reaches what belongs to it, and harms nobody else's.
func TestRevocation(t *testing.T) {
	r := newRig(t)
	rs, other := r.resourceServer(), r.NewRelyingParty("other", nil)
	revoke := func(rp *idptest.RelyingParty, token string, pairs ...string) {
		t.Helper()
		if a := rp.Post("/revoke", append(pairs, "token", token)...); a.Status != http.StatusOK || a.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("RT-11: revocation answers %d %s", a.Status, a.Body)
		}
	}
	tokens := r.rp.Grant(r.b)
	access, refresh := tokens.String("access_token"), tokens.String("refresh_token")
	revoke(other, refresh)
	revoke(other, access)
	revoke(r.rp, "nobody-knows-this")
	revoke(r.rp, tokens.String("id_token"))
	for name, a := range map[string]idptest.Answer{
		"no client": r.PostForm("/revoke", url.Values{"token": {refresh}}), "the client without its secret": r.PostForm("/revoke", url.Values{"token": {refresh}, "client_id": {"app"}}),
	} {
		if a.Status != http.StatusUnauthorized {
			t.Errorf("RT-11: %s is answered %d", name, a.Status)
		}
	}
	if a := r.rp.Post("/revoke"); a.Status != http.StatusBadRequest || a.String("error") != "invalid_request" {
		t.Errorf("RT-11: no token: %d %s", a.Status, a.Body)
	}
	if !rs.Active(access) {
		t.Fatal("RT-11: the token did not stay alive")
	}
	revoke(r.rp, access, "token_type_hint", "refresh_token") // a wrong hint changes nothing
	r.dead(t, rs, access, "")
	next := r.refreshed(t, r.rp, refresh)
	revoke(r.rp, next.String("refresh_token"))
	r.dead(t, rs, next.String("access_token"), next.String("refresh_token"))
	revoke(r.rp, next.String("refresh_token"))
}
