package provider_test

import (
	"net/http"
	"testing"
	"time"

	"sekisho/config"
	"sekisho/idp/idptest"
	"sekisho/idp/keys"
	"sekisho/idp/provider"
	"sekisho/storage/storagetest"
)

// The key-encryption key is replaced under running nodes: add, promote, rewrap, drop. At
// each step everything works, and after the last nothing needs the old key. TL-05
func TestReplacingTheKEK(t *testing.T) {
	store := storagetest.SQLite(t)
	old := idptest.KEK(t)
	vault := func(kek []byte) *keys.Vault {
		t.Helper()
		v, err := keys.OpenVault(kek)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	clock := idptest.NewClock()
	start := func(kek []byte) *idptest.Provider {
		return idptest.New(t, idptest.Options{Store: store, KEK: kek, Clock: clock, Edit: func(c *config.Config) {
			c.Tokens.Algorithms = []string{"ES256", "RS256"}
		}})
	}
	first := start(old)
	rp := first.NewRelyingParty("app", nil)
	taro := first.AddAccount(idptest.Customer{Login: "10000001", TOTP: true})
	if tokens := rp.SignIn(first.NewBrowser(), taro); first.Userinfo(tokens.String("access_token")).Status != http.StatusOK {
		t.Fatal("no sign-in to begin with")
	}
	first.Audit()
	seal := func(kek []byte) {
		t.Helper()
		if _, err := store.SealAudit(t.Context(), func(b []byte) []byte { return vault(kek).MAC(keys.PurposeAudit, b) }, 0); err != nil {
			t.Fatal(err)
		}
	}
	seal(old)

	added, id, err := keys.AddKEK(old)
	if err != nil {
		t.Fatal(err)
	}
	promoted, err := keys.PromoteKEK(added, id)
	if err != nil {
		t.Fatal(err)
	}
	list, err := keys.KEKKeys(promoted)
	if err != nil {
		t.Fatal(err)
	}
	dropped := promoted
	for _, k := range list {
		if !k.Primary {
			if dropped, err = keys.DropKEK(promoted, k.ID); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := provider.OpensAll(t.Context(), store, vault(dropped)); err == nil {
		t.Error("TL-05 the old key could be dropped before anything was rewrapped")
	}
	done, err := provider.Rewrap(t.Context(), store, vault(promoted))
	if err != nil || done.Looked < 3 || done.Replaced != done.Looked || done.Seals != 1 {
		t.Errorf("TL-05 rewrapped %+v, %v", done, err)
	}
	if again, err := provider.Rewrap(t.Context(), store, vault(promoted)); err != nil || again.Replaced != 0 || again.Seals != 0 {
		t.Errorf("TL-05 again: %+v, %v", again, err)
	}
	if err := provider.OpensAll(t.Context(), store, vault(dropped)); err != nil {
		t.Errorf("TL-05 the old key is still needed: %v", err)
	}
	if err := provider.OpensAll(t.Context(), store, vault(old)); err == nil {
		t.Error("TL-05 the old key still opens what was rewrapped")
	}

	clock.Advance(time.Hour)
	last := start(dropped)
	for _, p := range []*idptest.Provider{first, last} { // the first still runs with the keyset of before
		if status := p.Call(http.MethodGet, "/jwks", "").Status; status != http.StatusOK {
			t.Errorf("TL-05 keys: %d", status)
		}
	}
	b := last.NewBrowser()
	b.Get("/account")
	if page := b.PasswordSignIn(last, taro); page.URL.Path != "/account" || page.Status != http.StatusOK {
		t.Errorf("TL-05 the authenticator app does not sign in under the new key: %d %s", page.Status, page.URL)
	}
}
