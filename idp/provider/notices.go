package provider

import (
	"net/http"

	"sekisho/idp/freeze"
	"sekisho/idp/inform"
	"sekisho/idp/token"
)

func (p *Provider) stopCodes() *freeze.Service {
	return &freeze.Service{Store: p.opt.Store, Vault: p.Vault, Now: p.now, Lifetime: p.cfg.Notices.StopCode}
}

func (p *Provider) withdrawals(verifier *token.Verifier) http.Handler {
	return &inform.Withdrawals{
		Verifier: verifier, Store: p.opt.Store, Mail: p.Composer, Client: rateLimit(p.cfg.Notices.ClientRate), Account: rateLimit(p.cfg.Notices.AccountRate),
		Fill: p.fill, Record: p.record, Log: p.log, Now: p.now, Committed: p.committed,
	}
}
