package provider_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"sekisho/idp"
	"sekisho/idp/idptest"
)

// A11, B14: what a customer approved stays to be looked at, with what became of it. Account
// numbers are masked until a fresh proof; the receipt is in clear and asks for one too.
func TestOwnApprovals(t *testing.T) {
	r := newRARig(t, nil)
	if page := r.b.Get("/account/approvals"); !strings.Contains(page.Body, "まだありません") {
		t.Errorf("%s", page.Body)
	}
	r.asks(r.b, withdrawalDetails)
	tokens := r.approve(r.b.UsePasskey(r.key))
	id, _ := idptest.Claims(t, tokens.String("sekisho_receipt"))["jti"].(string)
	own := "/account/approvals/" + id
	says := func(page *idptest.Page, clear bool, texts ...string) {
		t.Helper()
		for _, text := range append(texts, "300,000円", "あけぼの銀行", "Test desk", "パスキー") {
			if !strings.Contains(page.Body, text) {
				t.Errorf("%s lacks %q:\n%s", page.URL, text, page.Body)
			}
		}
		if strings.Contains(page.Body, "1234567") != clear || strings.Contains(page.Body, "••••67") == clear {
			t.Errorf("A11 %s: in clear %v:\n%s", page.URL, !clear, page.Body)
		}
	}
	t.Run("A11 the list and the page of one are masked", func(t *testing.T) {
		if home := r.b.Get("/account"); !strings.Contains(home.Body, `href="/account/approvals"`) {
			t.Error("the security centre does not lead there")
		}
		says(r.b.Get("/account/approvals"), false, own, "まだ使われていません", `href="/notme"`)
		says(r.b.Get(own), false, own+"/full", id, "まだ使われていません", "署名", `href="/notme"`)
	})
	t.Run("what became of it", func(t *testing.T) {
		if a := r.api.Post("/transactions/redeem", "token", tokens.String("access_token")); a.JSON["active"] != true {
			t.Fatal(a.Body)
		}
		says(r.b.Get(own), false, "に使われました")
		r.asks(r.b, withdrawalDetails)
		unused := r.approve(r.b.UsePasskey(r.key)).String("sekisho_receipt")
		other, _ := idptest.Claims(t, unused)["jti"].(string)
		r.Clock.Advance(20 * time.Minute)
		r.b.Get("/account")
		if page := r.b.Get("/account/approvals/" + other); !strings.Contains(page.Body, "使われないまま期限が切れました") {
			t.Errorf("%s", page.Body)
		}
	})
	t.Run("B14 in clear, and the receipt, after a fresh proof only", func(t *testing.T) {
		for _, path := range []string{own + "/full", own + "/receipt"} {
			page := r.b.Get(path)
			if !strings.HasPrefix(page.URL.Path, "/interaction/") || strings.Contains(page.Body, "1234567") {
				t.Fatalf("B14 %s: %s\n%s", path, page.URL, page.Body)
			}
		}
		page := r.b.UsePasskey(r.key)
		if page.URL.Path != own+"/full" {
			t.Fatalf("B14: led to %s", page.URL)
		}
		says(page, true, own+"/receipt", "sekisho receipt verify")
		file := r.b.Get(own + "/receipt")
		if file.Status != http.StatusOK || strings.TrimSpace(file.Body) != tokens.String("sekisho_receipt") || !strings.Contains(file.Header.Get("Content-Disposition"), "attachment") ||
			file.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("B14: %d %v", file.Status, file.Header)
		}
		if rec := r.Recorded(t, "transaction.revealed"); rec.Detail["receipt"] != id || rec.AccountID != r.taro.ID {
			t.Errorf("%+v", rec)
		}
	})
	t.Run("nobody else's", func(t *testing.T) {
		hana := r.AddAccount(idptest.Customer{Login: "10000002", TOTP: true})
		b := r.signedIn(hana)
		for _, path := range []string{own, own + "/full", own + "/receipt", "/account/approvals/unknown"} {
			if page := b.Get(path); page.Status != http.StatusNotFound || strings.Contains(page.Body, "300,000") {
				t.Errorf("%s: %d", path, page.Status)
			}
		}
		if page := b.Get("/account/approvals"); strings.Contains(page.Body, "300,000") {
			t.Error("in another customer's list")
		}
	})
}

// An approval that was withdrawn says so, and one whose client is gone still has its receipt.
func TestOwnApprovalsAfterwards(t *testing.T) {
	r := newRARig(t, nil)
	r.asks(r.b, withdrawalDetails)
	tokens := r.approve(r.b.UsePasskey(r.key))
	if a := r.desk.Post("/revoke", "token", tokens.String("access_token")); a.Status != http.StatusOK {
		t.Fatal(a.Body)
	}
	grants, err := r.Store.Transactions(t.Context(), r.taro.ID, 10)
	if err != nil || len(grants) != 1 {
		t.Fatalf("%v %v", grants, err)
	}
	if err := r.Store.RevokeGrant(t.Context(), grants[0].GrantID, "desk", r.Clock.Now(), idp.Effects{}); err != nil {
		t.Fatal(err)
	}
	if page := r.b.Get("/account/approvals"); !strings.Contains(page.Body, "取り消されました") {
		t.Errorf("%s", page.Body)
	}
	if err := r.Store.DeleteClient(t.Context(), "desk", idp.Effects{}); err != nil {
		t.Fatal(err)
	}
	if err := r.Clients.Poll(t.Context()); err != nil {
		t.Fatal(err)
	}
	page := r.b.Get("/account/approvals/" + grants[0].ID)
	if page.Status != http.StatusOK || !strings.Contains(page.Body, "300,000円") {
		t.Errorf("%d %s", page.Status, page.Body)
	}
}
