package provider_test

import (
	"bytes"
	"net/http"
	"strings"
	"testing"
	"time"

	"sekisho/config"
	"sekisho/idp"
	"sekisho/idp/idptest"
	"sekisho/idp/oidc"
	"sekisho/storage/storagetest"
)

// connects lets the customer of b say yes, and fetches nothing yet.
func (d *waiting) connects(b *idptest.Browser) *waiting {
	d.t.Helper()
	d.enter(b)
	if page := b.Submit("/consent", "decision", "allow"); page.URL.Path != "/device/connected" {
		d.t.Fatalf("not connected: %d %s", page.Status, page.URL)
	}
	return d
}

// DP-07: after the customer's yes, too, the tokens are for the key that asked, for the API
// that was asked for, and for no transaction.
func TestDeviceRedemptionIsBound(t *testing.T) {
	r := newRig(t)
	for name, c := range map[string]struct {
		proves func(*idptest.RelyingParty)
		form   []string
		code   string
	}{
		"another key":           {func(rp *idptest.RelyingParty) { rp.DPoP = r.newKey() }, nil, "invalid_grant"},
		"no key":                {func(rp *idptest.RelyingParty) { rp.DPoP = nil }, nil, "invalid_dpop_proof"},
		"an API not asked for":  {nil, []string{"resource", "https://other.example"}, "invalid_target"},
		"authorization_details": {nil, []string{"authorization_details", `[{"type":"withdrawal"}]`}, "invalid_authorization_details"},
	} {
		t.Run(name, func(t *testing.T) {
			r.Clock.Advance(time.Minute)
			lobby := r.terminal("lobby "+name, nil)
			lobby.DPoP = r.newKey()
			d := r.asks(t, lobby).connects(r.b)
			other := *lobby
			if c.proves != nil {
				c.proves(&other)
			}
			d.rp = &other
			a := d.poll(c.form...)
			grantRefused(t, a, c.code)
			if a.String("access_token") != "" || a.String("refresh_token") != "" {
				t.Errorf("it got %s", a.Body)
			}
		})
	}
	t.Run("no refresh token without the grant for it", func(t *testing.T) {
		r.Clock.Advance(time.Minute)
		once := r.terminal("once", func(m *idp.ClientMetadata) { m.GrantTypes = []string{oidc.GrantDeviceCode} })
		if a := r.asks(t, once).approved(r.b); a.String("refresh_token") != "" {
			t.Error(a.Body)
		}
	})
	t.Run("RT-05 a public device's refresh token", func(t *testing.T) {
		r.Clock.Advance(time.Minute)
		public := r.terminal("public", func(m *idp.ClientMetadata) { m.TokenEndpointAuthMethod = idp.AuthNone })
		public.DPoP = r.newKey()
		a := r.asks(t, public).approved(r.b)
		thief := *public
		thief.DPoP = r.newKey()
		grantRefused(t, thief.Refresh(a.String("refresh_token")), "invalid_grant")
		if got := public.Refresh(a.String("refresh_token")); got.Status != http.StatusOK {
			t.Error(got.Body)
		}
	})
}

// The code a customer types, and the device's own, are nowhere in the database.
func TestDeviceUserCodeIsNotKept(t *testing.T) {
	url := storagetest.SQLiteURL(t)
	store, clock := storagetest.Open(t, url), idptest.NewClock()
	if err := store.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	r := &rig{t: t, Provider: idptest.New(t, idptest.Options{Store: store, Clock: clock, KEK: idptest.SigningKeys(t, store, clock)})}
	d := r.asks(t, r.terminal("lobby", nil))
	asked := false
	for _, cell := range idptest.Cells(t, url) {
		asked = asked || cell.Table == "device_codes"
		for _, secret := range []string{d.userCode, strings.ReplaceAll(d.userCode, "-", ""), d.code} {
			if bytes.Contains(cell.Value, []byte(secret)) {
				t.Errorf("%s.%s holds a code of a device", cell.Table, cell.Column)
			}
		}
	}
	if !asked {
		t.Fatal("the device's row was not looked at")
	}
}

// RC-12: what a device gets, and what is exchanged for it, tells of the hold after a recovery.
func TestHoldReachesDevicesAndExchanges(t *testing.T) {
	l := loses(t, func(c *config.Config) { unlimited(c); exchangeRules(c) })
	r := &rig{t: t, Provider: l.Provider, rp: l.rp}
	trading := r.NewRelyingParty("trading", exchanging(idptest.API))
	r.NewRelyingParty("settlement", exchanging(settleAPI))
	lobby := r.terminal("lobby", func(m *idp.ClientMetadata) { m.Resources = []string{idptest.API} })
	key := l.GivePasskey(l.a, nil)
	b := l.NewBrowser()
	l.mailed(b)
	b.Submit("/recovery-code", "recovery_code", l.paper[0])
	b.Submit("/password", "new", fresh)
	until := l.Clock.Now().Add(24 * time.Hour).Unix()
	l.Clock.Advance(time.Minute)
	customer := l.NewBrowser()
	customer.Authorize("app", idptest.Redirect)
	customer.UsePasskey(key)
	a := r.asks(t, lobby, "resource", idptest.API).approved(customer)
	got := exchange(trading, a.String("access_token"), settleAPI)
	for name, jwt := range map[string]string{"the device's token": a.String("access_token"), "the exchanged token": got.String("access_token")} {
		if jwt == "" {
			t.Fatalf("RC-12: %s: %s", name, got.Body)
		}
		if held, _ := idptest.Claims(t, jwt)["sekisho_hold_until"].(float64); int64(held) != until {
			t.Errorf("RC-12: %s says %v, want %d", name, held, until)
		}
	}
}
