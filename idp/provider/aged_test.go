package provider_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"sekisho/config"
	"sekisho/idp"
	"sekisho/idp/idptest"
)

const (
	agedForm  = "/password-age"
	newSecret = "forty herons cross Biwa at dusk"
)

// A13: a password unchanged for a year puts a notice before its customer after signing in
// with it; "later" is remembered, nothing is forced, and silent requests never meet it.
func TestOldPasswordIsSpokenOf(t *testing.T) {
	p := idptest.New(t, idptest.Options{Edit: unlimited})
	rp := p.NewRelyingParty("app", nil)
	a := p.AddAccount(idptest.Customer{Login: "10000001", TOTP: true})
	b := p.SignedIn(a)
	if strings.Contains(b.Page.Body, "長いあいだ変更されていません") {
		t.Error("A13: said of a new password")
	}
	p.Clock.Advance(366 * 24 * time.Hour)

	enter := func() *idptest.Browser {
		t.Helper()
		p.Clock.Advance(31 * time.Second)
		b := p.NewBrowser()
		b.Authorize("app", idptest.Redirect)
		b.PasswordSignIn(p, a)
		return b
	}
	b = enter()
	if !b.Page.Has(agedForm) || !strings.Contains(b.Page.Body, "ログインパスワードを見直しませんか") {
		t.Fatalf("A13: no notice: %s", b.Page.Body)
	}
	silent := b
	silent.Authorize("app", idptest.Redirect, "prompt", "none")
	if silent.Page.Response(t, idptest.Redirect).Get("code") == "" {
		t.Errorf("A13: prompt=none met the notice: %s", silent.Page.Left)
	}
	b = enter()
	b.Submit(agedForm, "choice", "later")
	if rp.Exchange(b.Page.Response(t, idptest.Redirect).Get("code")).String("access_token") == "" {
		t.Error("A13: putting it off does not lead on")
	}
	if b = enter(); b.Page.Left == "" {
		t.Errorf("A13: shown again at the next sign-in: %s", b.Page.Body)
	}
	if page := b.Get("/account"); !strings.Contains(page.Body, "長いあいだ変更されていません") {
		t.Error("A13: the security centre does not say it")
	}
	p.Clock.Advance(91 * 24 * time.Hour)
	b = enter()
	if !b.Page.Has(agedForm) {
		t.Fatal("A13: never shown again")
	}

	b.Submit(agedForm, "choice", "change")
	if !b.Page.Has("/password-age/new") {
		t.Fatalf("A13: no way to change it: %s", b.Page.Body)
	}
	b.Submit("/cancel")
	if !b.Page.Has(agedForm) {
		t.Fatal("A13: no way back")
	}
	b.Submit(agedForm, "choice", "change")
	b.Submit("/password-age/new", "current", "wrong", "new", newSecret)
	if !strings.Contains(b.Page.Body, "current_password_wrong") || b.Page.Left != "" {
		t.Errorf("A13: a wrong current password: %s", b.Page.Body)
	}
	b.Submit("/password-age/new", "current", a.Password, "new", "password1234")
	if !strings.Contains(b.Page.Body, "多くの人が使っているか") {
		t.Errorf("B6: the reason is not said: %s", b.Page.Body)
	}
	b.Submit("/password-age/new", "current", a.Password, "new", newSecret)
	if b.Page.Response(t, idptest.Redirect).Get("code") == "" {
		t.Errorf("A13: the change does not lead on to the app: %s", b.Page.Body)
	}
	a.Password = newSecret
	if b = enter(); b.Page.Left == "" {
		t.Error("A13: spoken of again after the change")
	}
}

// A13: changing takes the strongest proof the customer has; a passkey sign-in is shown no
// notice about a password it did not use; 0s switches it off.
func TestOldPasswordAndPasskeys(t *testing.T) {
	p := idptest.New(t, idptest.Options{Edit: unlimited})
	p.NewRelyingParty("app", nil)
	a := p.AddAccount(idptest.Customer{Login: "10000001", TOTP: true})
	d := p.GivePasskey(a, nil)
	p.Clock.Advance(366 * 24 * time.Hour)
	b := p.NewBrowser()
	b.Authorize("app", idptest.Redirect)
	b.UsePasskey(d)
	if b.Page.Left == "" {
		t.Errorf("A13: a passkey sign-in meets it: %s", b.Page.Body)
	}
	b = p.NewBrowser()
	b.Authorize("app", idptest.Redirect)
	b.PasswordSignIn(p, a)
	b.Submit(agedForm, "choice", "change")
	if b.Page.Has("/password-age/new") {
		t.Fatal("A13 PG-16: changed without the passkey the customer has")
	}
	p.Clock.Advance(time.Second)
	b.UsePasskey(d)
	if !b.Page.Has("/password-age/new") {
		t.Errorf("A13: not at the change after the passkey: %s", b.Page.Body)
	}

	off := idptest.New(t, idptest.Options{Edit: func(c *config.Config) { c.Password.NoticeAfter = 0 }})
	off.NewRelyingParty("app", nil)
	jiro := off.AddAccount(idptest.Customer{Login: "10000002", TOTP: true})
	off.Clock.Advance(10 * 366 * 24 * time.Hour)
	b = off.NewBrowser()
	b.Authorize("app", idptest.Redirect)
	b.PasswordSignIn(off, jiro)
	if b.Page.Left == "" {
		t.Errorf("A13: shown although it is off: %s", b.Page.Body)
	}
}

// A13: the transaction password has the notice too, after it was right.
func TestOldTransactionPasswordIsSpokenOf(t *testing.T) {
	r := txRig(t, nil)
	a, d := r.customer("10000001", txSecret)
	held, err := r.Store.Password(context.Background(), a.ID, idp.TransactionPassword)
	if err != nil {
		t.Fatal(err)
	}
	r.Clock.Advance(366 * 24 * time.Hour)
	b := r.withdrawing(a, d)
	give(b, txSecret)
	if !b.Page.Has(agedForm) || !strings.Contains(b.Page.Body, "取引パスワードを見直しませんか") {
		t.Fatalf("A13: no notice: %s", b.Page.Body)
	}
	b.Submit(agedForm, "choice", "change")
	if !b.Page.Has(setForm) {
		t.Fatalf("A13: no way to change it: %s", b.Page.Body)
	}
	b.Submit("/cancel")
	if b.Page.Response(t, idptest.Redirect).Get("code") == "" {
		t.Errorf("A13: leaving the change gives the withdrawal up: %s", b.Page.Body)
	}
	r.Clock.Advance(time.Second)
	b = r.withdrawing(a, d)
	give(b, txSecret)
	b.Submit(agedForm, "choice", "later")
	if b.Page.Response(t, idptest.Redirect).Get("code") == "" {
		t.Errorf("A13: %s", b.Page.Body)
	}
	r.Clock.Advance(time.Second)
	b = r.withdrawing(a, d)
	if give(b, txSecret); b.Page.Left == "" {
		t.Error("A13: asked at each withdrawal")
	}
	if after, err := r.Store.Password(context.Background(), a.ID, idp.TransactionPassword); err != nil || !after.ChangedAt.Equal(held.ChangedAt) {
		t.Errorf("A13: %+v %v", after, err)
	}
}
