package provider_test

import (
	"testing"

	"sekisho/idp/idptest"
)

// B14: each look at an approval in clear, and each fetching of its receipt, is in the trail;
// a look at the masked page is not.
func TestOwnApprovalsAreRecorded(t *testing.T) {
	r := newRARig(t, nil)
	r.asks(r.b, withdrawalDetails)
	id, _ := idptest.Claims(t, r.approve(r.b.UsePasskey(r.key)).String("sekisho_receipt"))["jti"].(string)
	own := "/account/approvals/" + id
	revealed := func() (n int) {
		for _, rec := range r.Audit() {
			if rec.Event == "transaction.revealed" && rec.Detail["receipt"] == id {
				n++
			}
		}
		return n
	}
	look := func(path string, want int) {
		t.Helper()
		if page := r.b.Get(path); page.URL.Path != path {
			page = r.b.UsePasskey(r.key)
			if page.URL.Path != path && page.URL.Path != own+"/full" {
				t.Fatalf("B14 %s led to %s", path, page.URL)
			}
		}
		if n := revealed(); n != want {
			t.Errorf("B14: after %s %d records, want %d", path, n, want)
		}
	}
	look(own, 0)
	look(own+"/full", 1)
	look(own+"/receipt", 2)
}
