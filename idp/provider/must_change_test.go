package provider_test

import (
	"context"
	"slices"
	"sync"
	"testing"

	"sekisho/idp"
	"sekisho/idp/idptest"
)

// A9: two windows that change a brought password at once: one sets it and is signed in, the
// other is told so plainly and its words open nothing.
func TestTwoWindowsChangeAMarkedPassword(t *testing.T) {
	p := letterRig(t, "10000001")
	row, err := p.Store.Password(t.Context(), p.a.ID, idp.LoginPassword)
	if err != nil {
		t.Fatal(err)
	}
	row.MustChange = true
	if err := p.Store.SetPassword(t.Context(), *row, "", idp.Effects{}); err != nil {
		t.Fatal(err)
	}
	words := []string{"a first window's own words", "a second window's own words"}
	windows := []*idptest.Browser{p.NewBrowser(), p.NewBrowser()}
	for _, b := range windows {
		p.waits(t, p.enter(b, p.a, p.a.Password), "/password/new")
	}
	pages := make([]*idptest.Page, len(windows))
	var group sync.WaitGroup
	for i, b := range windows {
		group.Go(func() { pages[i] = b.Submit("/password/new", "new", words[i]) })
	}
	group.Wait()
	won := slices.IndexFunc(pages, func(page *idptest.Page) bool { return page.Left != "" })
	if won < 0 {
		t.Fatalf("A9: neither window: %s %s", notice(pages[0]), notice(pages[1]))
	}
	if lost := pages[1-won]; lost.Left != "" || notice(lost) != "password_replaced" {
		t.Errorf("A9: the other window is told %q", notice(lost))
	}
	held, err := p.Store.Password(t.Context(), p.a.ID, idp.LoginPassword)
	if err != nil || held.MustChange {
		t.Fatalf("%+v %v", held, err)
	}
	if len(p.a.Sessions()) != 1 {
		t.Errorf("A9: %d sessions", len(p.a.Sessions()))
	}
	p.a.Password = words[won]
	if code := p.enter(p.NewBrowser(), p.a, words[won]).Response(t, idptest.Redirect).Get("code"); code == "" {
		t.Error("A9: the words that were taken do not sign in")
	}
}

// A9: a login password that was brought along as a temporary one is changed at its first
// use too, and one that cannot be mailed a code goes no further than its first factor.
func TestMarkedPasswordMustBeChanged(t *testing.T) {
	p := letterRig(t, "10000001")
	ctx := context.Background()
	row, err := p.Store.Password(ctx, p.a.ID, idp.LoginPassword)
	if err != nil {
		t.Fatal(err)
	}
	row.MustChange = true
	if err := p.Store.SetPassword(ctx, *row, "", idp.Effects{}); err != nil {
		t.Fatal(err)
	}
	b := p.NewBrowser()
	p.waits(t, p.enter(b, p.a, p.a.Password), "/password/new")
	p.nothingHere(t, b)
	p.waits(t, b.Submit("/password/new", "new", p.a.Password), "/password/new") // unchanged
	if code := b.Submit("/password/new", "new", ownWords).Response(t, idptest.Redirect).Get("code"); code == "" {
		t.Fatal("A9: no code after the change")
	}
	p.a.Password = ownWords
	if code := p.enter(p.NewBrowser(), p.a, ownWords).Response(t, idptest.Redirect).Get("code"); code == "" {
		t.Error("A9: asked again after the change")
	}
}

func (p *posted) nothingHere(t *testing.T, b *idptest.Browser) {
	t.Helper()
	here := b.Page.URL.Path
	if len(p.a.Sessions()) != 0 || b.Get("/account").Has("/account/logout") {
		t.Error("A9: signed in before the change")
	}
	b.Get(here)
}
