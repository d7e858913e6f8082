package authorize

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"slices"

	"sekisho/idp"
)

// ConsentInput is what decides whether the consent page is shown (CN-03, AZ-32).
type ConsentInput struct {
	Needed     bool // false for the firm's own clients and for own pages
	Remembered *idp.Consent
	Print      string // Fingerprint of the client and claims as they are now
}

// Fingerprint ties a remembered consent to the client's name and redirect URIs and to
// the claims asked: when any of them changes, the customer is asked again.
func Fingerprint(client *idp.Client, claims []byte) string {
	m := client.Metadata
	b, _ := json.Marshal([]any{m.ClientName, m.ClientNameJA, m.RedirectURIs, string(claims)})
	sum := sha256.Sum256(b)
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

func consent(in Input) (Step, bool) {
	if !in.Consent.Needed || in.Progress.Consented != nil {
		return Step{}, false
	}
	r := in.Consent.Remembered
	covered := r != nil && r.Fingerprint == in.Consent.Print && subset(in.Demand.Scopes, r.Scopes)
	if covered && !in.Demand.Consent && in.Demand.Approve == "" {
		return Step{}, false
	}
	if in.Demand.None {
		return fail("consent_required"), true
	}
	return Step{Kind: StepConsent}, true
}

func subset(asked, given []string) bool {
	return !slices.ContainsFunc(asked, func(s string) bool { return !slices.Contains(given, s) })
}

// GrantedScopes is what the tokens will carry. offline_access needs the customer's own
// word on the consent page, now or remembered, unless the firm itself vouches for the
// client (OIDC Core 11; RT-10); otherwise it is left out, not refused.
func GrantedScopes(d Demand, p Progress, c ConsentInput) []string {
	granted := make([]string, 0, len(d.Scopes))
	for _, s := range d.Scopes {
		if s == "offline_access" && c.Needed && !slices.Contains(p.Consented, s) &&
			(c.Remembered == nil || !slices.Contains(c.Remembered.Scopes, s)) {
			continue
		}
		granted = append(granted, s)
	}
	return granted
}
