package provider

import "sekisho/idp/contact"

// contact changes customers' addresses and numbers.
func (p *Provider) contact() *contact.Service {
	return &contact.Service{
		Store: p.opt.Store, Vault: p.Vault, Codes: p.methods.Codes, Mail: p.Composer, Now: p.now,
		UndoFor: p.cfg.Contact.UndoFor, Exclusive: !p.cfg.Contact.SharedAddresses,
	}
}
