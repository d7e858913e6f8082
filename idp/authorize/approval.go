package authorize

import (
	"errors"
	"fmt"
	"time"

	"sekisho/idp"
	"sekisho/idp/assurance"
	"sekisho/idp/audit"
)

// Approval is a customer's word for the transaction of this interaction: a ceremony that
// began on a page which showed it. A passkey signed what was shown; of every other method
// this record is all there is.
type Approval struct {
	CeremonyID   string     `json:"ceremony_id"`
	At           time.Time  `json:"at"`
	Method       idp.Method `json:"method"`
	CredentialID string     `json:"credential_id,omitempty"`
	Assertion    *Assertion `json:"assertion,omitempty"` // with a passkey
}

// Assertion is what a passkey signed, with what it takes to check that without us.
type Assertion struct {
	Nonce             []byte    `json:"nonce"`
	ShownAt           time.Time `json:"shown_at"`
	PublicKey         []byte    `json:"public_key"` // COSE_Key
	AuthenticatorData []byte    `json:"authenticator_data"`
	ClientData        []byte    `json:"client_data"`
	Signature         []byte    `json:"signature"`
}

// Receipts makes the receipt of an approved transaction.
type Receipts interface {
	// Receipt completes the grant with what was approved and returns what is kept of it.
	Receipt(v *Visit, grant *idp.Grant, at time.Time) (*idp.Transaction, error)
}

func (p Progress) approvalCeremony() string {
	if p.Approval == nil {
		return ""
	}
	return p.Approval.CeremonyID
}

// askedAnew is policy in which the operation of a transaction needs a proof of its own each
// time: an approval answers one transaction.
func askedAnew(p assurance.Policy, operation string) assurance.Policy {
	rule, known := p.Operations[operation]
	if !known {
		return p // nothing satisfies it
	}
	return withOperation(p, operation, once(rule))
}

func once(rule assurance.OperationPolicy) assurance.OperationPolicy {
	rule.Once = true
	if rule.Before != nil {
		before := once(*rule.Before)
		rule.Before = &before
	}
	return rule
}

// approves reports whether the step is one whose page shows the transaction, so that the
// ceremony on it is the customer's word for it. A sign-in is not: nobody was shown anything
// before it was known who is asking.
func (v *Visit) approves() bool {
	operation := v.Input.Demand.Approve
	if operation == "" || !v.StepsUp() || v.Progress.Enrol != nil {
		return false
	}
	switch v.Step.Kind {
	case StepReauth:
		return v.Step.Outcome.Operation == operation
	case StepCode:
		return v.Step.Code.Purpose == idp.CodeSignIn && v.Progress.AccountID == v.Account.ID && v.Input.outcome().Operation == operation
	}
	return false
}

// approved is the transaction that the grant is for; nil without one. The ceremony that
// satisfied the demand must be the one before which the transaction was shown.
func (e *Engine) approved(v *Visit, grant *idp.Grant, now time.Time) (*idp.Transaction, error) {
	if v.Input.Demand.Approve == "" {
		return nil, nil
	}
	if a := v.Progress.Approval; a == nil || a.CeremonyID == "" || a.CeremonyID != v.Step.Outcome.CeremonyID {
		return nil, errors.New("a transaction without its approval")
	}
	if e.Receipts == nil {
		return nil, fmt.Errorf("no receipts: %w", idp.ErrUnavailable)
	}
	return e.Receipts.Receipt(v, grant, now)
}

func approvedRecord(v *Visit, base idp.AuditRecord) idp.AuditRecord {
	base.Event = audit.TransactionApproved
	base.Detail = map[string]string{"operation": v.Request.Operation, "grant": base.Detail["grant"], "method": string(v.Progress.Approval.Method), "credential": v.Progress.Approval.CredentialID}
	return base
}
