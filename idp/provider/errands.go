package provider

import "sekisho/idp/errand"

// errands is the outbox for what is done behind an answer.
func (p *Provider) errands() errand.Queue {
	return errand.Queue{Store: p.opt.Store, Vault: p.Vault, Now: p.now, Committed: p.committed}
}
