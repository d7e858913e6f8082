package assurance

import "sekisho/idp"

// Authentication method references of RFC 8176 section 2.
const (
	amrPassword     = "pwd"
	amrCode         = "otp"
	amrChannel      = "mca" // a second channel: the mailbox. Deliberately without mfa (OT-10).
	amrMultiFactor  = "mfa"
	amrPossession   = "pop"
	amrUserVerified = "user"
	amrHardwareKey  = "hwk"
	amrSoftwareKey  = "swk"
)

// passkeyLevel is what one passkey event earns by itself. Without user verification it
// is one factor. BS without BE is not a state an authenticator can be in (WebAuthn L3
// section 6.1.3), so such a record is not believed at all.
func passkeyLevel(e idp.AuthenticationEvent) Level {
	switch {
	case !e.UserVerified, e.BackupState && !e.BackupEligible:
		return None
	case e.HardwareAttested && !e.BackupEligible:
		return PhishingResistantHardware
	default:
		return PhishingResistant
	}
}

// passkeyAMR lists the methods one user-verifying passkey event showed (ID-03).
func passkeyAMR(e idp.AuthenticationEvent) []string {
	switch {
	case passkeyLevel(e) == PhishingResistantHardware:
		return []string{amrHardwareKey, amrPossession, amrUserVerified, amrMultiFactor}
	case e.BackupEligible:
		return []string{amrPossession, amrUserVerified, amrMultiFactor, amrSoftwareKey}
	default:
		return []string{amrPossession, amrUserVerified, amrMultiFactor, amrHardwareKey}
	}
}

// pairLevel is what a password together with the second factor earns.
func pairLevel(second idp.Method) (Level, []string) {
	if second == idp.MethodTOTP {
		return MFA, []string{amrPassword, amrCode, amrMultiFactor}
	}
	return Email, []string{amrPassword, amrChannel}
}
