package provider

import (
	"crypto/rand"
	"time"

	"sekisho/config"
	"sekisho/idp"
	"sekisho/idp/oidc"
	"sekisho/idp/token"
)

// NewAccount is an invited account with fresh identifiers: a subject that says nothing
// about the customer (ID-08) and a WebAuthn user handle that says nothing about either (PG-14).
func NewAccount(loginName string, now time.Time) idp.Account {
	handle := make([]byte, 32)
	rand.Read(handle)
	return idp.Account{
		ID: idp.NewID(), Subject: idp.NewID(), LoginName: loginName, Kind: idp.Personal, Status: idp.AccountInvited,
		UserHandle: handle, CreatedAt: now, UpdatedAt: now,
	}
}

// MetadataRules is what a client may be registered with under a configuration.
func MetadataRules(c *config.Config) oidc.MetadataRules {
	issuer, err := oidc.ParseIssuer(c.Issuer)
	return oidc.MetadataRules{
		SigningAlgs: c.Tokens.Algorithms, Scopes: Scopes, ConfidentialScopes: []string{oidc.ScopeNotifyWithdrawal}, Development: err == nil && issuer.Scheme == "http",
		MutualTLS: c.Listen.MTLS.Enabled(), ClientCA: c.Listen.MTLS.CAFile != "",
		Attributes: token.Attributes(), DetailTypes: detailTypes(c.Transactions), Devices: c.Device.Enabled, TokenExchange: c.Tokens.ExchangeOffered(),
	}
}
