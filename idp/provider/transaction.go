package provider

import (
	"context"

	"sekisho/config"
	"sekisho/idp/authn/password"
	"sekisho/idp/authn/throttle"
	"sekisho/idp/authn/transaction"
)

// transactionPolicy judges transaction passwords: their own length and composition, and the
// words that no password may be built on.
func transactionPolicy(c config.Password, firm config.Firm) password.Policy {
	t := c.Transaction
	return passwordPolicy(config.Password{
		MinLength: t.MinLength, Classes: t.Classes, Symbols: t.Symbols, MinScore: t.MinScore, ExtraWords: c.ExtraWords,
	}, firm)
}

func (p *Provider) transactionService(passwords *password.Service, limiter *throttle.Service) *transaction.Service {
	t := p.cfg.Password.Transaction
	return &transaction.Service{
		Store: p.opt.Store, Passwords: passwords, Throttle: limiter, Now: p.now, FourDigits: t.FourDigits, MinLength: t.MinLength,
	}
}

// ownTransaction is the service for the customer's own pages, which show nothing of it
// where the firm has no transaction passwords.
func (p *Provider) ownTransaction() *transaction.Service {
	if !p.cfg.Password.Transaction.Enabled {
		return nil
	}
	return p.methods.Transaction
}

// changeAsks reports whether a change of registered data on the customer's own pages asks
// for the transaction password now, as it does for relying parties.
func (p *Provider) changeAsks() bool {
	return p.policy.AsksTransactionPassword("registered_data_change", p.now())
}

// TransactionStanding is the refusal that the account's next transaction password would
// meet, nil when it would be looked at.
func (p *Provider) TransactionStanding(ctx context.Context, accountID string) (*transaction.Refusal, error) {
	return p.methods.Transaction.Standing(ctx, accountID)
}
