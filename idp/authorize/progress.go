package authorize

import (
	"encoding/json"
	"time"

	"sekisho/idp"
)

// Progress is what one interaction has proved and chosen so far. It is stored with the
// interaction and changes only by compare-and-set on its version, so that two tabs or
// two posts cannot each move it (AZ-33).
type Progress struct {
	// CeremonyID names the sign-in or step-up being worked on, or the last finished one.
	CeremonyID string `json:"ceremony_id,omitempty"`
	// AccountID and Pending are a first factor that was verified in CeremonyID and still
	// waits for its second; alone they give no level, no session and no token.
	AccountID string                    `json:"account_id,omitempty"`
	Pending   []idp.AuthenticationEvent `json:"pending,omitempty"`
	// PasswordSetAt names the pending password: when the one that was verified had been set.
	PasswordSetAt time.Time `json:"password_set_at,omitzero"`
	// Code is the code page being shown, for sign-in or for the check before an enrolment.
	Code *CodeStage `json:"code,omitempty"`
	// About is the account that Completed, Chosen, Consented, Enrol and Transaction are about. A browser
	// can change its customer in the middle; what one said is nothing the next one said.
	About string `json:"about,omitempty"`
	// Completed counts ceremonies finished here; SessionID is the session they made or raised.
	Completed int    `json:"completed,omitempty"`
	SessionID string `json:"session_id,omitempty"`
	// Chosen: the customer picked the signed-in account; Switch: asked to use another one.
	Chosen bool `json:"chosen,omitempty"`
	Switch bool `json:"switch,omitempty"`
	// Consented: the scopes agreed to on the consent page; nil before it.
	Consented []string    `json:"consented,omitempty"`
	Enrol     *EnrolStage `json:"enrol,omitempty"`
	Notice    *Notice     `json:"notice,omitempty"`
	Login     string      `json:"login,omitempty"` // typed before an error, to fill the field again

	Offer *OfferStage `json:"offer,omitempty"` // of About
	Must  *MustChange `json:"must,omitempty"`  // of AccountID; see mustChange

	Transaction *TransactionStage `json:"transaction,omitempty"` // of About
	Aged        *AgedStage        `json:"aged,omitempty"`
	Environment *EnvironmentStage `json:"environment,omitempty"` // of AccountID
	// LaterQuestion: About put the security question off.
	LaterQuestion bool `json:"later_question,omitempty"`

	Approval *Approval `json:"approval,omitempty"` // of About
}

// CodeStage says which code is asked for right now.
type CodeStage struct {
	Method  idp.Method      `json:"method"`
	Purpose idp.CodePurpose `json:"purpose"`
	// Of a mailed code; zero until one was sent.
	EmailID   string    `json:"email_id,omitempty"`
	SentAt    time.Time `json:"sent_at,omitzero"`
	ExpiresAt time.Time `json:"expires_at,omitzero"`
	ResendAt  time.Time `json:"resend_at,omitzero"`
}

// EnrolStage is a passkey enrolment on its way (row D3): asked for, checked, added.
type EnrolStage struct {
	CheckedBy idp.Method `json:"checked_by,omitempty"` // the additional check, done right now
	CheckedAt time.Time  `json:"checked_at,omitzero"`
	AddedID   string     `json:"added_id,omitempty"`
}

// Notice is a message to show once on the next page.
type Notice struct {
	Kind  string    `json:"kind"` // "bad", "good", "info"
	Code  string    `json:"code"` // text key of login-ui
	Until time.Time `json:"until,omitzero"`
}

// ProgressOf decodes an interaction's progress. A row that does not decode is treated
// as having proved nothing.
func ProgressOf(ix *idp.Interaction) Progress {
	var p Progress
	if len(ix.Progress) == 0 || json.Unmarshal(ix.Progress, &p) != nil {
		return Progress{}
	}
	return p
}

// Encode is the stored form.
func (p Progress) Encode() []byte {
	b, err := json.Marshal(p)
	if err != nil {
		panic("authorize: progress holds only plain values: " + err.Error())
	}
	return b
}

// Begin starts a ceremony of its own: what an earlier one proved is never mixed in (ID-03).
func (p *Progress) Begin() {
	p.CeremonyID = idp.NewID()
	p.AccountID, p.Pending, p.Code, p.Environment, p.Must = "", nil, nil, nil, nil
	if p.Completed == 0 {
		p.Aged = nil // it was given to a sign-in that is given up
	}
}

// SpeakOf makes the progress one of this account: what another one chose, agreed to or was
// checked for is dropped. A pending first factor stays, it names its own account.
func (p *Progress) SpeakOf(accountID string) {
	if p.About != "" && p.About != accountID {
		p.Completed, p.SessionID, p.Chosen, p.Consented, p.Enrol = 0, "", false, nil, nil
		p.Transaction, p.Offer, p.LaterQuestion, p.Approval = nil, nil, false, nil
		if p.Aged != nil && p.Aged.AccountID != accountID {
			p.Aged = nil
		}
		if p.Code != nil && p.Code.Purpose != idp.CodeSignIn {
			p.Code = nil
		}
	}
	p.About = accountID
}

// Complete closes the running ceremony after its session was made or raised.
func (p *Progress) Complete(sessionID string) {
	p.Completed++
	p.SessionID = sessionID
	p.AccountID, p.Pending, p.Code, p.Environment, p.Must = "", nil, nil, nil, nil
	p.Switch, p.Login, p.Notice = false, "", nil
	p.Chosen = true
}
