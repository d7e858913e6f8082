package notify

import "sekisho/idp"

// OptionalKinds are the mails a customer may do without (A4). All others are critical.
func OptionalKinds() []Kind { return []Kind{SignIn} }

// Optional reports whether the customer may switch the mail off.
func (k Kind) Optional() bool { return k == SignIn }

// Recipients are the addresses among all that a mail of the kind goes to: a critical one
// to every verified address, so that one stolen mailbox hides nothing; an optional one to
// the security address where there is one, else to the registered ones.
func Recipients(k Kind, all []idp.Email) []idp.Email {
	var every, security []idp.Email
	for _, e := range all {
		if !e.Verified() {
			continue
		}
		every = append(every, e)
		if e.Purpose == idp.EmailSecurity {
			security = append(security, e)
		}
	}
	if k.Optional() && len(security) > 0 {
		return security
	}
	return every
}

// ComposeAll writes one notice to each address among all that it is for (RC-04, D4); an
// address that the account has for both purposes is told once.
func (c *Composer) ComposeAll(k Kind, all []idp.Email, lang string, data Data) ([]idp.OutboxMessage, error) {
	var out []idp.OutboxMessage
	told := map[string]bool{}
	for _, to := range Recipients(k, all) {
		if told[to.Canonical] {
			continue
		}
		told[to.Canonical] = true
		mail, err := c.Compose(k, to, lang, data)
		if err != nil {
			return nil, err
		}
		out = append(out, mail)
	}
	return out, nil
}
