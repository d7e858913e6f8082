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
