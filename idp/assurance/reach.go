package assurance

import (
	"time"

	"sekisho/idp"
)

// Holdings is what an account could use. It decides what is offered, never what is achieved.
type Holdings struct {
	Known            bool // the account is identified; otherwise the rest is ignored
	Passkeys         int
	TrustedPasskeys  int       // of these, past their cooling-off
	HardwarePasskeys int       // of these, attested and not backup eligible: able to reach phrh
	EarliestTrust    time.Time // when the first cooling-off ends
	Password         bool
	TOTP             bool // confirmed
	Email            bool // a verified address that receives codes
	CanEnrolPasskey  bool // policy, cap and browser permitting
	// Reported lost and not working until a recovery is completed (RC-11). They offer
	// nothing, but what protects changes of authenticators counts them still.
	SuspendedPasskeys int
	SuspendedTOTP     bool
	HeldUntil         time.Time // end of the hold after a recovery; zero: none
}

// offer is what can be put before the customer.
type offer struct {
	passkey bool
	seconds []idp.Method // second factors worth asking for after a password
}

// anyone is offered before the account is known: what policy allows. A password is
// offered even where only a passkey will do, for the customer has to be identified
// before a passkey can be enrolled.
func (p Policy) anyone() offer {
	return p.within(Holdings{Passkeys: 1, TrustedPasskeys: 1, HardwarePasskeys: 1, Password: true, TOTP: true, Email: true}, OperationPolicy{})
}

// within is what the account holds that can reach the rule.
func (p Policy) within(h Holdings, rule OperationPolicy) offer {
	n := h.Passkeys
	if rule.TrustedPasskey {
		n = h.TrustedPasskeys
	}
	if rule.Level > PhishingResistant {
		n = min(n, h.HardwarePasskeys)
	}
	o := offer{passkey: n > 0}
	if !p.PasswordAllowed || !h.Password {
		return o
	}
	if h.TOTP && rule.Level <= MFA {
		o.seconds = append(o.seconds, idp.MethodTOTP)
	}
	if h.Email && p.EmailCodeAllowed && rule.Level <= Email {
		o.seconds = append(o.seconds, idp.MethodEmailCode)
	}
	return o
}

// together is what either of two offers holds. Second factors are nested by strength, so
// the longer list contains the shorter unless they are disjoint single ones.
func (o offer) together(b offer) offer {
	o.passkey = o.passkey || b.passkey
	var seconds []idp.Method
	for _, m := range []idp.Method{idp.MethodTOTP, idp.MethodEmailCode} {
		for _, have := range append(o.seconds[:len(o.seconds):len(o.seconds)], b.seconds...) {
			if have == m {
				seconds = append(seconds, m)
				break
			}
		}
	}
	o.seconds = seconds
	return o
}

// methods lists first factors, strongest first.
func (o offer) methods() []idp.Method {
	var out []idp.Method
	if o.passkey {
		out = append(out, idp.MethodPasskey)
	}
	if len(o.seconds) > 0 {
		out = append(out, idp.MethodPassword)
	}
	return out
}

// onlyTrustLacks reports whether waiting for a cooling-off to end would let the account
// reach the rule.
func (h Holdings) onlyTrustLacks(rule OperationPolicy) bool {
	n := h.Passkeys
	if rule.Level > PhishingResistant {
		n = min(n, h.HardwarePasskeys)
	}
	return rule.TrustedPasskey && n > 0
}
