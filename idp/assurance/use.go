package assurance

import (
	"slices"

	"sekisho/idp"
)

// Use says which kinds of authenticator a type of account may use (row E7). What it does
// not name may not be used.
type Use struct{ Passkey, TOTP, EmailCode, RecoveryCodes bool }

// Everything may be used.
var Everything = Use{Passkey: true, TOTP: true, EmailCode: true, RecoveryCodes: true}

// Allows reports whether a method may be used. Passwords always may: alone they are worth
// nothing.
func (u Use) Allows(m idp.Method) bool {
	switch m {
	case idp.MethodPasskey:
		return u.Passkey
	case idp.MethodTOTP:
		return u.TOTP
	case idp.MethodEmailCode:
		return u.EmailCode
	default:
		return true
	}
}

// Restrict is what an account holds without what it may not use. That neither offers
// anything nor sets the bar for changes: otherwise an account that owns nothing but a
// forbidden authenticator could never add an allowed one.
func (u Use) Restrict(h Holdings) Holdings {
	if !u.Passkey {
		h.Passkeys, h.TrustedPasskeys, h.HardwarePasskeys, h.SuspendedPasskeys, h.CanEnrolPasskey = 0, 0, 0, 0, false
	}
	if !u.TOTP {
		h.TOTP, h.SuspendedTOTP = false, false
	}
	h.Email = h.Email && u.EmailCode
	return h
}

// Admit drops the proofs by methods that may not be used, so that a rule that changed
// counts for sessions that are open already.
func (u Use) Admit(events []idp.AuthenticationEvent) []idp.AuthenticationEvent {
	if u.Passkey && u.TOTP && u.EmailCode {
		return events
	}
	return slices.DeleteFunc(slices.Clone(events), func(e idp.AuthenticationEvent) bool { return !u.Allows(e.Method) })
}
