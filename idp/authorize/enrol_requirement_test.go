package authorize

import (
	"testing"
	"time"

	"sekisho/idp/assurance"
)

// RC-11 PG-16: what was reported lost still says how much changing authenticators needs.
func TestEnrolRequirement(t *testing.T) {
	for name, c := range map[string]struct {
		held assurance.Holdings
		want assurance.Level
	}{
		"nothing but mail":       {assurance.Holdings{Email: true, Password: true}, assurance.Email},
		"an app":                 {assurance.Holdings{TOTP: true}, assurance.MFA},
		"an app that is lost":    {assurance.Holdings{SuspendedTOTP: true, Email: true}, assurance.MFA},
		"a passkey":              {assurance.Holdings{Passkeys: 1, TOTP: true}, assurance.PhishingResistant},
		"a passkey that is lost": {assurance.Holdings{SuspendedPasskeys: 1, TOTP: true}, assurance.PhishingResistant},
	} {
		if got := EnrolRequirement(c.held, time.Minute); got.Level != c.want || got.MaxAge != time.Minute {
			t.Errorf("%s: %v %v, want %v", name, got.Level, got.MaxAge, c.want)
		}
	}
}
