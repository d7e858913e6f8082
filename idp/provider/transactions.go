package provider

import (
	"context"
	"maps"
	"slices"
	"time"

	"sekisho/config"
	"sekisho/idp"
	"sekisho/idp/authorize"
	"sekisho/idp/details"
	"sekisho/idp/keys"
	"sekisho/idp/receipt"
)

func (p *Provider) openTransactions(context.Context) (err error) {
	p.details, err = details.NewRegistry(transactionTypes(p.cfg.Transactions))
	return err
}

// transactionTypes are the configured types in the engine's terms.
func transactionTypes(configured map[string]config.Transaction) []details.Type {
	var out []details.Type
	for _, name := range slices.Sorted(maps.Keys(configured)) {
		c := configured[name]
		t := details.Type{Name: name, Operation: c.Operation, Title: details.Words(c.Name), Once: c.Once, Unprotected: c.Unprotected, Schema: c.Schema}
		for _, f := range c.Fields {
			field := details.Field{Name: f.Name, Label: details.Words(f.Label), Format: f.Format, Large: f.Large, Words: map[string]details.Words{}}
			for value, words := range f.Words {
				field.Words[value] = details.Words(words)
			}
			t.Fields = append(t.Fields, field)
		}
		out = append(out, t)
	}
	return out
}

func detailTypes(configured map[string]config.Transaction) []string {
	return slices.Sorted(maps.Keys(configured))
}

func (p *Provider) redemptionEndpoint() string {
	if len(p.details.Names()) == 0 {
		return ""
	}
	return p.cfg.Issuer + redeemPath
}

// receipts makes and signs receipts.
type receipts struct{ p *Provider }

func (p *Provider) approvals() authorize.Receipts { return receipts{p} }

// Receipt implements authorize.Receipts.
func (r receipts) Receipt(v *authorize.Visit, grant *idp.Grant, at time.Time) (*idp.Transaction, error) {
	asked, err := r.p.details.Read(v.Request.Details)
	if err != nil {
		return nil, err
	}
	approval := v.Progress.Approval
	claims := receipt.Claims{
		Issuer: r.p.cfg.Issuer, Subject: v.Subject(), Client: v.Client.ID, ID: idp.NewID(), IssuedAt: approval.At.Unix(),
		ACR: grant.ACR, Level: grant.Level, AMR: grant.AMR, AuthTime: grant.AuthTime.Unix(), Details: asked.Canonical, Interaction: v.Interaction.ID,
		TransactionPassword: v.Progress.Transaction != nil && v.Progress.Transaction.Proof != nil,
		Evidence:            r.evidence(approval),
	}
	signed, err := r.p.Ring.Sign(r.p.Ring.Algorithms()[0], keys.KindReceipt, claims)
	if err != nil {
		return nil, err
	}
	grant.Details, grant.Receipt, grant.SingleUse = asked.Canonical, signed, asked.Type.Once
	if grant.SingleUse {
		grant.Offline = false // there is nothing to refresh
		grant.Scopes = slices.DeleteFunc(slices.Clone(grant.Scopes), func(s string) bool { return s == "offline_access" })
	}
	kept := &idp.Transaction{
		ID: claims.ID, GrantID: grant.ID, AccountID: grant.AccountID, ClientID: grant.ClientID, Type: asked.Type.Name,
		Details: asked.Canonical, Receipt: signed, ApprovedAt: approval.At,
	}
	if grant.SingleUse { // the code comes first, its one token last
		kept.GoodUntil = at.Add(r.p.cfg.Tokens.Code + r.p.cfg.Tokens.Access)
	}
	return kept, nil
}

func (r receipts) evidence(a *authorize.Approval) receipt.Evidence {
	s := a.Assertion
	if s == nil {
		return receipt.Record(a.Method, a.CredentialID)
	}
	return receipt.Passkey(receipt.Assertion{
		RPID: r.p.cfg.Passkey.RPID, ShownAt: s.ShownAt, Nonce: s.Nonce, PublicKey: s.PublicKey,
		AuthenticatorData: s.AuthenticatorData, ClientDataJSON: s.ClientData, Signature: s.Signature,
	})
}
