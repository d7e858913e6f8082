package loginui

import "time"

// States of an approval.
const (
	ApprovalOpen    = "open"    // not used yet; StateAt: until when it can be
	ApprovalUsed    = "used"    // StateAt: when
	ApprovalExpired = "expired" // never used; StateAt: since when it cannot be
	ApprovalRevoked = "revoked" // never used; StateAt: since when it is withdrawn
	ApprovalGiven   = "given"   // good for more than one act; there is no StateAt
)

// ApprovalItem is one transaction that the customer approved.
type ApprovalItem struct {
	ID                  string // of the receipt
	At                  time.Time
	Transaction         TransactionCard
	Way                 string // "passkey", "totp" or "email_code"; "" when unknown
	Signed              bool   // the passkey signed what was shown
	TransactionPassword bool   // it was given as well
	State               string
	StateAt             time.Time
}

// Approvals lists the approved transactions at {Base}/approvals, newest first, with account
// numbers masked. Each leads to {Base}/approvals/{ID}.
type Approvals struct {
	Frame
	Items []ApprovalItem
}

// ApprovalPage is one of them. Without Full the numbers are masked and {Base}/approvals/{ID}/full
// shows them; {Base}/approvals/{ID}/receipt is the signed receipt. Both ask for a fresh proof.
type ApprovalPage struct {
	Frame
	Approval ApprovalItem
	Full     bool
}

func (Approvals) template() string    { return "approvals" }
func (ApprovalPage) template() string { return "approval" }
