package provider

import (
	"context"
	"net/http"
	"time"

	"sekisho/idp/httpsafe"
	"sekisho/idp/letter"
	"sekisho/idp/reissue"
)

// Letters is what brings temporary passwords to customers by post.
func (p *Provider) Letters() *letter.Service {
	zone := p.zone()
	if zone == nil {
		zone = time.FixedZone("JST", 9*60*60)
	}
	c := p.cfg.Letters
	return &letter.Service{
		Store: p.opt.Store, Hasher: p.hasher, Vault: p.Vault, Stop: p.stopCodes(), Mail: p.Composer, Fill: p.fill, Now: p.now,
		Calendar: letter.Calendar{Zone: zone, CutOff: c.CutOff, Closed: c.ClosedDays},
		Lifetime: c.Lifetime, AgainAfter: c.AgainAfter, Transaction: p.cfg.Password.Transaction.Enabled,
	}
}

func (p *Provider) reissues() *reissue.Handler {
	return &reissue.Handler{
		Store: p.opt.Store, Letters: p.Letters(), Throttle: p.methods.Throttle, Site: p.Site, CSRF: p.csrf,
		Binding: p.engine.Binding, Bound: p.engine.Browser.Get, ClientIP: httpsafe.ClientIP, Errands: p.errands(),
		Record: p.record, Now: p.now, Log: p.log, Committed: p.committed,
	}
}

func (p *Provider) reissueRoutes() []Route {
	h := p.reissues()
	return []Route{
		{"/reissue", http.MethodGet, Page, http.HandlerFunc(h.Page)},
		{"/reissue", http.MethodPost, Page, http.HandlerFunc(h.Post)},
	}
}

// expireLetters forgets what is sealed in letters whose time is over.
func (p *Provider) expireLetters(ctx context.Context) {
	for n := expiryBatch; n >= expiryBatch && ctx.Err() == nil; {
		var err error
		if n, err = p.opt.Store.ExpireLetters(ctx, p.now(), expiryBatch); err != nil {
			p.log.ErrorContext(ctx, "expired letters not ended, will retry", "error", err)
			return
		}
	}
}
