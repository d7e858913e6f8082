package provider_test

import (
	"net/http"
	"testing"

	"sekisho/config"
	"sekisho/idp"
	"sekisho/idp/idptest"
)

// TK-17 RT-09: what takes an account back takes back what was handed on as well: a device that
// was connected for good, one that was approved and has not fetched its tokens, and what a
// resource server exchanged. A device that still waits is connected by nobody's old session.
func TestNothingHandedOnOutlivesTakingAnAccountBack(t *testing.T) {
	for name, stop := range stops {
		t.Run(name, func(t *testing.T) {
			r := &rig{t: t, Provider: idptest.New(t, idptest.Options{Edit: func(c *config.Config) { unlimited(c); exchangeRules(c) }})}
			x := r.exchanging()
			thief := x.b
			television := x.terminal("television", func(m *idp.ClientMetadata) { m.FirstParty = false })
			connected := x.asks(t, television, "scope", "openid offline_access").approved(thief)
			approved := x.asks(t, television, "scope", "openid offline_access")
			approved.enter(thief)
			thief.Submit("/consent", "decision", "allow")
			waits := x.asks(t, television)
			waits.enter(thief)
			consent := thief.Page.Form(t, "/consent")
			subject := x.access()
			exchanged := x.exchanges(t, x.trading, subject, settleAPI)
			own := x.signedIn(x.taro)
			stop(t, x.Provider, x.taro, own)
			if a := television.Refresh(connected.String("refresh_token")); a.Status != http.StatusBadRequest {
				t.Errorf("%s: a connected device refreshes: %d %s", name, a.Status, a.Body)
			}
			grantRefused(t, approved.poll(), "invalid_grant")
			if page := posts(thief, consent, "decision", "allow"); page.URL.Path == "/device/connected" {
				t.Errorf("%s: an old page connects a device", name)
			}
			if a := waits.poll(); a.String("error") != "authorization_pending" {
				t.Errorf("%s: the device that waits: %d %s", name, a.Status, a.Body)
			}
			if x.settlement.Active(exchanged) || x.trading.Active(subject) {
				t.Errorf("%s: an exchanged token is active", name)
			}
			if a := exchange(x.trading, subject, settleAPI); a.Status != http.StatusBadRequest {
				t.Errorf("%s: the old token is exchanged: %d %s", name, a.Status, a.Body)
			}
		})
	}
}
