package idptest

import (
	"context"

	"sekisho/config"
	"sekisho/idp"
)

// TransactionPasswords switches them on and has these operations ask for one.
func TransactionPasswords(operations ...string) func(*config.Config) {
	return func(c *config.Config) {
		c.Password.Transaction.Enabled = true
		for _, name := range operations {
			o := c.Assurance.Operations[name]
			o.TransactionPassword = true
			c.Assurance.Operations[name] = o
		}
	}
}

// GiveTransactionPassword stores one as if long ago.
func (p *Provider) GiveTransactionPassword(a *Account, plain string) {
	p.T.Helper()
	err := p.Store.AddPassword(context.Background(), idp.Password{
		AccountID: a.ID, Kind: idp.TransactionPassword, Hash: hash(p.T, plain), ChangedAt: p.Clock.Now().Add(-minute),
	}, idp.Effects{})
	if err != nil {
		p.T.Fatal(err)
	}
}
