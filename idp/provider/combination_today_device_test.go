package provider_test

import (
	"net/http"
	"slices"
	"testing"

	"sekisho/idp"
	loginui "sekisho/login-ui"
)

// A registration that is gone or no longer for devices connects none: not a code that was shown
// before, and not a page that was open before. Nobody is told that a device is connected which
// will never be.
func TestDeviceOfAChangedRegistration(t *testing.T) {
	for name, edit := range map[string]func(*idp.Client){
		"disabled":         func(c *idp.Client) { c.Disabled = true },
		"no longer for it": func(c *idp.Client) { c.Metadata.GrantTypes = []string{"client_credentials"} },
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t)
			lobby := r.terminal("lobby", nil)
			open, shown := r.asks(t, lobby), r.asks(t, lobby)
			open.enter(r.b)
			consent := r.b.Page.Form(t, "/consent")
			r.EditClient("lobby", edit)
			if page := posts(r.b, consent, "decision", "allow"); page.URL.Path == "/device/connected" || page.Status != http.StatusGone {
				t.Errorf("the open page: %d %s", page.Status, page.URL)
			}
			if page := shown.enter(r.b); notice(page) != loginui.NoticeUserCodeUnknown {
				t.Errorf("the shown code: %d %s", page.Status, page.URL)
			}
			for _, d := range []*waiting{open, shown} {
				if a := d.poll(); a.Status == http.StatusOK || a.String("access_token") != "" {
					t.Errorf("%d %s", a.Status, a.Body)
				}
			}
			grants, err := r.Store.Grants(t.Context(), r.taro.ID)
			if err != nil || slices.ContainsFunc(grants, func(g idp.Grant) bool { return g.ClientID == "lobby" }) {
				t.Errorf("granted %v (%v)", grants, err)
			}
		})
	}
}
