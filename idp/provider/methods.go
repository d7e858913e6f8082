package provider

import (
	"context"
	"fmt"

	"sekisho/idp"
	"sekisho/idp/audit"
	"sekisho/idp/authn/emailcode"
	"sekisho/idp/authn/invitation"
	"sekisho/idp/authn/passkey"
	"sekisho/idp/authn/password"
	"sekisho/idp/authn/throttle"
	"sekisho/idp/authn/totp"
	"sekisho/idp/notify"
	"sekisho/idp/signin"
)

func (p *Provider) openMethods(context.Context) error {
	c, store := p.cfg, p.opt.Store
	hasher, err := password.NewHasher(hasherOptions(c.Password))
	if err != nil {
		return fmt.Errorf("password: %w", err)
	}
	p.hasher = hasher
	passwords, err := password.NewService(password.Service{
		Store: store, Hasher: hasher, Now: p.now,
		Policies: map[idp.PasswordKind]password.Policy{
			idp.LoginPassword: passwordPolicy(c.Password, c.Firm), idp.TransactionPassword: transactionPolicy(c.Password, c.Firm),
		},
	})
	if err != nil {
		return fmt.Errorf("password: %w", err)
	}
	hardware, err := trustedHardware(c.Passkey)
	if err != nil {
		return err
	}
	p.hardware = len(hardware) > 0
	passkeys, err := passkey.New(passkey.Options{
		Store: store, Now: p.now, RPID: c.Passkey.RPID, RPName: c.Firm.Name.In("ja"), Origins: c.Passkey.Origins,
		Related: c.Passkey.RelatedOrigins, Apps: c.Passkey.AndroidOrigins,
		MaxPerAccount: c.Passkey.Max, Hardware: hardware,
	})
	if err != nil {
		return err
	}
	limiter := &throttle.Service{Store: store, Vault: p.Vault, Now: p.now, Limits: throttleLimits(c.Throttle), Raised: func(ctx context.Context) {
		p.record(ctx, idp.AuditRecord{At: p.now(), Event: audit.ThrottleSpray, Result: audit.Denied, Actor: audit.System})
	}}
	p.methods = signin.Methods{
		Password: passwords, Passkey: passkeys, Throttle: limiter,
		Transaction: p.transactionService(passwords, limiter),

		TOTP: &totp.Service{Store: store, Vault: p.Vault, Now: p.now, Issuer: c.TOTP.Issuer},
		Codes: &emailcode.Service{
			Store: store, Vault: p.Vault, Limiter: limiter, Now: p.now, Compose: p.composeCode,
			Policy: emailcode.Policy{Digits: c.EmailCode.Digits, TTL: c.EmailCode.TTL, Attempts: c.EmailCode.Attempts, ResendAfter: c.EmailCode.ResendAfter},
		},
	}
	p.invitations = &invitation.Service{Store: store, Vault: p.Vault, Now: p.now, Lifetime: c.Invitation.Lifetime, Attempts: c.Invitation.Attempts}
	return nil
}

var codeMails = map[idp.CodePurpose]notify.Kind{
	idp.CodeSignIn: notify.SignInCode, idp.CodeEnrolPasskey: notify.EnrolCode,
	idp.CodeEnrolTOTP: notify.EnrolCode, idp.CodeVerifyAddress: notify.VerifyAddress,
	idp.CodeRecover: notify.RecoverCode,
}

func (p *Provider) composeCode(_ context.Context, m emailcode.Message) (idp.OutboxMessage, error) {
	return p.Composer.Compose(codeMails[m.Purpose], m.To, m.Account.Locale, notify.Data{Code: m.Code, ExpiresAt: m.ExpiresAt, At: p.now()})
}

// TOTP is the authenticator-app service.
func (p *Provider) TOTP() *totp.Service { return p.methods.TOTP }

// HashPassword hashes a password for a new account at the configured cost.
func (p *Provider) HashPassword(ctx context.Context, plain string) (string, error) {
	return p.hasher.Hash(ctx, plain)
}

// HashRuns is how many password hashes this node computed or compared, for tests of equal work.
func (p *Provider) HashRuns() int64 { return p.hasher.Runs() }

// Invite issues an invitation and queues the mail that carries its code; earlier ones are void.
func (p *Provider) Invite(ctx context.Context, account *idp.Account) error {
	emails, err := p.opt.Store.Emails(ctx, account.ID)
	if err != nil {
		return err
	}
	if account.Status != idp.AccountInvited {
		return fmt.Errorf("the account was opened already: %w", idp.ErrConflict)
	}
	for _, to := range emails {
		if to.Purpose != idp.EmailRegistered {
			continue
		}
		inv, code := p.invitations.New(account.ID)
		mail, err := p.Composer.Compose(notify.Invitation, to, account.Locale, notify.Data{Code: code, ExpiresAt: inv.ExpiresAt, At: p.now()})
		if err != nil {
			return err
		}
		rec := idp.AuditRecord{At: p.now(), Event: audit.InvitationIssued, Result: audit.OK, Actor: audit.Operator, AccountID: account.ID}
		err = p.invitations.Issue(ctx, inv, idp.Effects{Audit: []idp.AuditRecord{p.fill(ctx, rec)}, Outbox: []idp.OutboxMessage{mail}})
		p.committed()
		return err
	}
	return fmt.Errorf("the account has no registered mail address: %w", idp.ErrNotFound)
}
