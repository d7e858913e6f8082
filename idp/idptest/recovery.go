package idptest

import (
	"context"
	"regexp"

	"sekisho/idp"
	"sekisho/idp/notify"
)

var paperCode = regexp.MustCompile(`[0-9A-HJKMNP-TV-Z]{4}(?:-[0-9A-HJKMNP-TV-Z]{4}){5}`)

// PaperCodes are the recovery codes a page shows.
func PaperCodes(p *Page) []string { return paperCode.FindAllString(p.Body, -1) }

// MakeRecoveryCodes makes a set in a browser that may change authenticators.
func (b *Browser) MakeRecoveryCodes() []string {
	b.T.Helper()
	b.Get("/account/recovery-codes")
	codes := PaperCodes(b.Submit("/account/recovery-codes"))
	if len(codes) != 10 {
		b.T.Fatalf("%d recovery codes: %s", len(codes), text(b.Page))
	}
	return codes
}

// BeginRecovery asks to regain an account by the name typed.
func (b *Browser) BeginRecovery(login string) *Page {
	b.T.Helper()
	b.Get("/recover")
	return b.Submit("/recover", "login", login)
}

// MailedProof begins a recovery and gives its first proof.
func (b *Browser) MailedProof(p *Provider, a *Account) *Page {
	b.T.Helper()
	n := p.Mail.Count(a.Email, notify.RecoverCode)
	b.BeginRecovery(a.LoginName)
	page := b.Submit("/code", "code", Code(b.T, p.Mail.Wait(b.T, a.Email, notify.RecoverCode, n+1)))
	if !page.Has("/recovery-code") {
		b.T.Fatalf("no second proof asked for: %s", text(page))
	}
	return page
}

// Regain goes through a whole recovery with a recovery code and sets the password; lost is
// what the customer ticks.
func (b *Browser) Regain(p *Provider, a *Account, paper, password string, lost ...string) *Page {
	b.T.Helper()
	b.MailedProof(p, a)
	b.Submit("/recovery-code", "recovery_code", paper)
	pairs := []string{"new", password}
	for _, name := range lost {
		pairs = append(pairs, name, "1")
	}
	page := b.Submit("/password", pairs...)
	if page.Status == 200 && !page.Has("/password") {
		a.Password = password
	}
	return page
}

// Freeze locks an account as the desk does.
func (a *Account) Freeze() {
	a.p.T.Helper()
	if err := a.p.Store.SetAccountStatus(context.Background(), a.ID, idp.AccountLocked, idp.Effects{}); err != nil {
		a.p.T.Fatal(err)
	}
}
