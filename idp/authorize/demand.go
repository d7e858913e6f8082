package authorize

import (
	"slices"
	"time"

	"sekisho/idp/assurance"
	"sekisho/idp/oidc"
)

// Demand is what an interaction asks of the customer, whoever asks: a relying party's
// authorization request or one of the provider's own pages.
type Demand struct {
	ACRValues     []string
	Essential     bool // acr was an essential claim (OIDC Core 5.5.1.1)
	MaxAge        *time.Duration
	None          bool     // prompt=none
	Login         bool     // prompt=login
	Consent       bool     // prompt=consent
	SelectAccount bool     // prompt=select_account
	Subjects      []string // when not empty, tokens may be about these only (AZ-22)
	HintSubject   string   // of a verified id_token_hint (AZ-21)
	Scopes        []string
	EnrolPasskey  bool // the own page "add a passkey"
	Since         time.Time
	Interaction   string // its id, to which a transaction password is given
	// Approve is the operation of the transaction that the customer is to approve; "" without.
	Approve string
}

func (d Demand) asked(p Progress) assurance.Asked {
	ceremony := p.CeremonyID
	if d.Approve != "" { // no other ceremony counts than the one before which it was shown
		ceremony = p.approvalCeremony()
	}
	return assurance.Asked{
		ACRValues: d.ACRValues, Essential: d.Essential, MaxAge: d.MaxAge,
		ForceLogin: d.Login, Since: d.Since, CeremonyID: ceremony, InteractionID: d.Interaction,
	}
}

// allows reports whether an answer about this subject may be given.
func (d Demand) allows(subject string) bool {
	return (d.HintSubject == "" || d.HintSubject == subject) &&
		(len(d.Subjects) == 0 || slices.Contains(d.Subjects, subject))
}

// anyone reports whether the request leaves open who signs in.
func (d Demand) anyone() bool { return d.HintSubject == "" && len(d.Subjects) == 0 }

// demandOf reads a checked authorization request.
func demandOf(q *oidc.AuthorizationRequest, since time.Time) Demand {
	d := Demand{
		None: q.HasPrompt(oidc.PromptNone), Login: q.HasPrompt(oidc.PromptLogin),
		Consent: q.HasPrompt(oidc.PromptConsent), SelectAccount: q.HasPrompt(oidc.PromptSelectAccount),
		Subjects: q.Subjects, HintSubject: q.HintSubject, Scopes: q.Scopes, Since: since,
	}
	d.ACRValues, d.Essential = q.AskedACR()
	d.Approve = q.Operation
	if q.MaxAge != nil {
		age := time.Duration(*q.MaxAge) * time.Second
		d.MaxAge = &age
	}
	return d
}
