package idptest

import (
	"context"
	"regexp"
	"testing"
	"time"

	"sekisho/idp"
	"sekisho/idp/notify"
	"sekisho/idp/provider"
	"sekisho/storage"
)

// nextCode moves the clock to the app's next code: each is accepted once.
func (p *Provider) nextCode(a *Account) {
	if a.Secret != "" {
		p.Clock.Advance(31 * time.Second)
	}
}

// SignedIn is a new browser in which the customer has just signed in by password, on the
// page /account.
func (p *Provider) SignedIn(a *Account) *Browser {
	p.T.Helper()
	b := p.NewBrowser()
	b.SignIn(p, a)
	return b
}

// SignIn signs the customer in by password in this browser and ends on /account.
func (b *Browser) SignIn(p *Provider, a *Account) *Page {
	b.T.Helper()
	p.nextCode(a)
	b.Get("/account")
	page := b.PasswordSignIn(p, a)
	if page.URL.Path != "/account" || !page.Has("/account/logout") {
		b.T.Fatalf("not signed in: %s", text(page))
	}
	return page
}

// PassCheck answers the additional check before an enrolment: the app's next code, or a
// mailed one to the first address (D3).
func (b *Browser) PassCheck(p *Provider, a *Account) *Page {
	b.T.Helper()
	if a.Secret != "" {
		p.nextCode(a)
		return b.Submit("/code", "code", a.TOTP())
	}
	n := p.Mail.Count(a.Email, notify.EnrolCode)
	b.Submit("/code/send")
	return b.Submit("/code", "code", Code(b.T, p.Mail.Wait(b.T, a.Email, notify.EnrolCode, n+1)))
}

// AtEnrolment is a new browser in which the customer may now add a passkey.
func (p *Provider) AtEnrolment(a *Account) *Browser {
	p.T.Helper()
	p.nextCode(a)
	b := p.NewBrowser()
	b.Get("/account/passkeys/add")
	b.PasswordSignIn(p, a)
	b.PassCheck(p, a)
	return b
}

// Sessions are the account's live sessions.
func (a *Account) Sessions() []idp.Session {
	a.p.T.Helper()
	s, err := a.p.Store.Sessions(context.Background(), a.ID)
	if err != nil {
		a.p.T.Fatal(err)
	}
	return s
}

// Passkeys are the account's passkeys.
func (a *Account) Passkeys() []idp.Passkey {
	a.p.T.Helper()
	k, err := a.p.Store.Passkeys(context.Background(), a.ID)
	if err != nil {
		a.p.T.Fatal(err)
	}
	return k
}

// Audit is the audit trail so far, oldest first.
func (p *Provider) Audit() []idp.AuditRecord {
	p.T.Helper()
	if err := p.Recorder.Flush(context.Background()); err != nil {
		p.T.Fatal(err)
	}
	records, err := p.Store.AuditRecords(context.Background(), storage.AuditFilter{Limit: 1000})
	if err != nil {
		p.T.Fatal(err)
	}
	return records
}

// Recorded finds the newest record of an event, or fails the test.
func (p *Provider) Recorded(t testing.TB, event string) idp.AuditRecord {
	t.Helper()
	var found *idp.AuditRecord
	for _, r := range p.Audit() {
		if r.Event == event {
			found = &r
		}
	}
	if found == nil {
		t.Errorf("no %s in the audit trail", event)
		return idp.AuditRecord{}
	}
	return *found
}

var invitationCode = regexp.MustCompile(`[0-9A-Z]{4}(-[0-9A-Z]{4}){3}`)

// Invited creates an account that nobody opened yet and returns the code it was mailed.
func (p *Provider) Invited(login string) (*Account, string) {
	p.T.Helper()
	now := p.Clock.Now()
	a := &Account{Account: provider.NewAccount(login, now), Email: login + "@mail.example", p: p}
	n := idp.NewAccount{Account: a.Account, Emails: []idp.Email{{
		ID: idp.NewID(), AccountID: a.ID, Address: a.Email, Canonical: a.Email, Purpose: idp.EmailRegistered, CreatedAt: now,
	}}}
	if err := p.Store.CreateAccount(context.Background(), n, idp.Effects{}); err != nil {
		p.T.Fatal(err)
	}
	if err := p.Invite(context.Background(), &a.Account); err != nil {
		p.T.Fatal(err)
	}
	mail := p.Mail.Wait(p.T, a.Email, notify.Invitation, 1)
	code := invitationCode.FindString(mail.Text)
	if code == "" {
		p.T.Fatalf("no invitation code in:\n%s", mail.Text)
	}
	return a, code
}

// PasskeyOnly is an active account that never had a password, and its passkey.
func (p *Provider) PasskeyOnly(login string) (*Account, *Device) {
	p.T.Helper()
	now := p.Clock.Now()
	a := &Account{Account: provider.NewAccount(login, now), Email: login + "@mail.example", p: p}
	a.Account.Status = idp.AccountActive
	n := idp.NewAccount{Account: a.Account, Emails: []idp.Email{{
		ID: idp.NewID(), AccountID: a.ID, Address: a.Email, Canonical: a.Email, Purpose: idp.EmailRegistered, VerifiedAt: now, CreatedAt: now,
	}}}
	if err := p.Store.CreateAccount(context.Background(), n, idp.Effects{}); err != nil {
		p.T.Fatal(err)
	}
	return a, p.GivePasskey(a, nil)
}
