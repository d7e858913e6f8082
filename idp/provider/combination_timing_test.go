package provider_test

import (
	"context"
	"log/slog"
	"regexp"
	"slices"
	"strings"
	"testing"

	"sekisho/idp/idptest"
	"sekisho/idp/notify"
	"sekisho/idp/provider"
	"sekisho/storage/storagetest"
)

// work is how many statements and hash runs each request of a journey took.
func (m *market) work(do func(b *idptest.Browser)) []string {
	m.T.Helper()
	b := m.browser()
	m.net.look()
	before := m.HashRuns()
	do(b)
	if m.HashRuns() != before {
		m.T.Error("PW-08: a password hash was run")
	}
	var out []string
	for _, s := range m.net.look() {
		request := regexp.MustCompile(`[0-9a-z]{26}`).ReplaceAllString(s.request, "{id}")
		out = append(out, request+" "+strings.Repeat("|", len(s.statements)))
	}
	return out
}

// PW-08 RC-01 RC-09: recovery, stop code, undo and invitation take the same statements and
// no hash run, whoever is named.
func TestAnswersCostTheSameForEveryName(t *testing.T) {
	m := openMarket(t, storagetest.SQLite)
	m.AddAccount(idptest.Customer{Login: "10000003"}).Freeze()
	invited, _ := m.Invited("10000004")
	names := []string{m.taro.LoginName, "10000003", invited.LoginName}
	for what, do := range map[string]func(b *idptest.Browser, login string){
		"RC-01 recovery": func(b *idptest.Browser, login string) {
			b.BeginRecovery(login)
			if login == m.taro.LoginName {
				m.Mail.Wait(t, m.taro.Email, notify.RecoverCode, 1)
			}
			b.Submit("/code", "code", "000000")
			b.Submit("/send")
			b.Submit("/code", "code", "000001")
		},
		"B1 stop code": func(b *idptest.Browser, login string) {
			b.Get("/notme")
			b.Submit("/notme", "login", login, "code", "0000-0000-0000-0000")
		},
		"RC-07 undo": func(b *idptest.Browser, login string) {
			b.Get("/undo")
			b.Submit("/undo", "login", login, "code", "0000-0000-0000-0000")
		},
		"RC-09 invitation": func(b *idptest.Browser, login string) {
			b.Get("/invite")
			b.Submit("/invite", "login", login, "code", "0000-0000-0000-0000")
		},
	} {
		want := m.work(func(b *idptest.Browser) { do(b, "10000099") })
		for _, login := range names {
			if got := m.work(func(b *idptest.Browser) { do(b, login) }); !slices.Equal(got, want) {
				t.Errorf("%s: %s takes\n%v\nnobody takes\n%v", what, login, got, want)
			}
		}
	}
}

// RC-01: a request for a code survives the node that took it, for every name alike.
func TestRecoveryMailSurvivesARestart(t *testing.T) {
	clock := idptest.NewClock()
	store, kek := storagetest.SQLite(t, storagetest.Clock(clock.Now)), idptest.KEK(t)
	first := idptest.New(t, idptest.Options{Store: store, Clock: clock, KEK: kek})
	a := first.AddAccount(idptest.Customer{Login: "10000001"})
	// A node on the same database that never gets to its background work.
	stopped, err := provider.New(context.Background(), provider.Options{Config: first.Config, Store: store, Log: slog.New(slog.DiscardHandler), Now: clock.Now, Sender: &idptest.Mailbox{}})
	if err != nil {
		t.Fatal(err)
	}
	b := first.NewBrowser()
	b.Client.Transport = &counting{handler: stopped.Handler()}
	b.BeginRecovery(a.LoginName)
	mail := first.Mail.Wait(t, a.Email, notify.RecoverCode, 1)
	if page := b.Submit("/code", "code", idptest.Code(t, mail)); !page.Has("/recovery-code") {
		t.Errorf("RC-01: the code of the other node is refused: %s", page.Body)
	}
	if rec := first.Recorded(t, "emailcode.sent"); rec.AccountID != a.ID || rec.IP != "192.0.2.1" || rec.RequestID == "" {
		t.Errorf("LG-02: %+v", rec)
	}
}
