package idptest

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"sekisho/idp"
	"sekisho/idp/authn/password"
	"sekisho/idp/provider"
)

// Account is a customer as a test knows one.
type Account struct {
	idp.Account
	Email    string
	Password string
	Secret   string // TOTP, base32; "" without
	p        *Provider
}

// Customer says what an account of AddAccount has.
type Customer struct {
	Login    string
	Password string // "" : "correct horse battery " + Login
	TOTP     bool
	Profile  idp.Profile
	Kind     idp.AccountKind // "": personal
	// Emails beyond the registered one; all verified.
	Emails []string

	Permissions []string
}

// AddAccount creates an active account with a verified address, a password and, where
// asked, TOTP.
func (p *Provider) AddAccount(c Customer) *Account {
	p.T.Helper()
	now := p.Clock.Now()
	a := &Account{Account: provider.NewAccount(c.Login, now), Email: c.Login + "@mail.example", Password: c.Password, p: p}
	if a.Password == "" {
		a.Password = "correct horse battery " + c.Login
	}
	a.Account.Status, a.Account.Profile = idp.AccountActive, c.Profile
	a.Account.Permissions = c.Permissions
	if c.Kind != "" {
		a.Account.Kind = c.Kind
	}
	n := idp.NewAccount{Account: a.Account}
	for i, address := range append([]string{a.Email}, c.Emails...) {
		purpose := idp.EmailRegistered
		if i > 0 {
			purpose = idp.EmailSecurity
		}
		n.Emails = append(n.Emails, idp.Email{ID: idp.NewID(), AccountID: a.ID, Address: address, Canonical: address, Purpose: purpose, VerifiedAt: now, CreatedAt: now})
	}
	n.Passwords = []idp.Password{{AccountID: a.ID, Kind: idp.LoginPassword, Hash: hash(p.T, a.Password), ChangedAt: now}}
	if err := p.Store.CreateAccount(context.Background(), n, idp.Effects{}); err != nil {
		p.T.Fatalf("account %s: %v", c.Login, err)
	}
	if c.TOTP {
		a.enrolTOTP()
	}
	return a
}

func hash(t testing.TB, plain string) string {
	t.Helper()
	h, err := password.NewHasher(password.HasherOptions{MemoryKiB: 64, Passes: 1, Threads: 1})
	if err != nil {
		t.Fatal(err)
	}
	encoded, err := h.Hash(context.Background(), plain)
	if err != nil {
		t.Fatal(err)
	}
	return encoded
}

// enrolTOTP goes through the provider's own service, so that the secret is sealed as ever,
// two days ago, so that the app is past its cooling-off.
func (a *Account) enrolTOTP() {
	service := *a.p.TOTP()
	then := a.p.Clock.Now().Add(-48 * time.Hour)
	service.Now = func() time.Time { return then }
	e, err := service.Enrol(context.Background(), &a.Account, "test")
	if err != nil {
		a.p.T.Fatal(err)
	}
	a.Secret = strings.ReplaceAll(e.Secret, " ", "")
	if _, err := service.Confirm(context.Background(), a.ID, "test", a.totpAt(then), idp.Effects{}); err != nil {
		a.p.T.Fatal(err)
	}
}

// TOTP is the authenticator app's current code.
func (a *Account) TOTP() string { return a.totpAt(a.p.Clock.Now()) }

func (a *Account) totpAt(at time.Time) string {
	a.p.T.Helper()
	code, err := totp.GenerateCode(a.Secret, at)
	if err != nil {
		a.p.T.Fatal(err)
	}
	return code
}
