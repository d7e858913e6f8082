package assurance

import (
	"testing"
	"time"

	"sekisho/idp"
)

// RC-12: a held account is refused what respects the hold, however strong the proof, until
// the hold is over; nothing else is.
func TestHold(t *testing.T) {
	p := Policy{PasswordAllowed: true, Operations: map[string]OperationPolicy{
		"withdrawal": {Level: PhishingResistant, RespectHold: true}, "trade": {Level: Email},
	}}
	withdrawal, trade := OperationPrefix+"withdrawal", OperationPrefix+"trade"
	proof := []idp.AuthenticationEvent{passkey("a", 0)}
	for name, c := range map[string]struct {
		asked []string
		who   string
		held  time.Time
		kind  Kind
		acr   string
	}{
		"held":                              {[]string{withdrawal}, me, at(10), CoolingOff, ""},
		"over":                              {[]string{withdrawal}, me, at(1), Satisfied, withdrawal},
		"never held":                        {[]string{withdrawal}, me, time.Time{}, Satisfied, withdrawal},
		"another operation":                 {[]string{trade}, me, at(10), Satisfied, trade},
		"a level":                           {[]string{"phr"}, me, at(10), Satisfied, "phr"},
		"an alternative without hold":       {[]string{withdrawal, trade}, me, at(10), Satisfied, trade},
		"nobody is signed in, nothing said": {[]string{withdrawal}, "", time.Time{}, Authenticate, ""},
	} {
		t.Run("RC-12 "+name, func(t *testing.T) {
			events, h := proof, Holdings{Known: true, Passkeys: 1, TrustedPasskeys: 1, HeldUntil: c.held}
			if c.who == "" {
				events, h = nil, Holdings{}
			}
			out := p.Next(Asked{ACRValues: c.asked}, c.who, events, h, at(1))
			if out.Kind != c.kind || out.ACR != c.acr {
				t.Errorf("%s %q, want %s %q", out.Kind, out.ACR, c.kind, c.acr)
			}
			if out.Kind == CoolingOff && (out.Reason != "recovery_hold" || !out.AvailableFrom.Equal(c.held)) {
				t.Errorf("reason %s, from %v", out.Reason, out.AvailableFrom)
			}
		})
	}
}
