package loginui

import "time"

// OperationName is an operation as customers know it.
type OperationName struct {
	ID   string // bare name; the pages know the usual ones
	Name string // the firm's own word for it; "" where it gave none
}

// CheckRule is what is asked for at an operation, at least.
type CheckRule struct {
	Level         string // acr; "" for whatever signing in needs
	MaxAge        time.Duration
	Once          bool
	Transaction   bool // the transaction password besides
	TransactionOr bool // or a stronger proof in its place
}

// CheckChoice is what the customer chose.
type CheckChoice struct {
	Factor      string // idp.FactorChoice.Factor
	Anew        bool
	Transaction bool
	Stale       bool // part of it is no longer offered by the firm
}

// Any reports whether there is a choice at all.
func (c CheckChoice) Any() bool { return c.Factor != "" || c.Anew || c.Transaction }

// CheckItem is one operation in the list.
type CheckItem struct {
	OperationName
	Rule    CheckRule
	Chosen  CheckChoice
	Open    bool // there is something to choose
	Stopped bool
}

// Checks lists what is asked for at each operation (B7).
type Checks struct {
	Frame
	Items []CheckItem
}

// Check is the choice for one operation. Posts: {Base}/ID (factor, anew, transaction_password, version).
type Check struct {
	Frame
	CheckItem
	Version int
	// What the firm offers beyond its rule, and None, less than it.
	TOTP, Passkey, Anew, Transaction, None bool
	// What the account lacks for a choice.
	LacksTOTP, LacksPasskey, LacksTransaction bool
}

// Notice codes of these pages.
const (
	NoticeChoiceSaved            = "choice_saved"
	NoticeChoiceRefused          = "choice_refused" // not offered, or not any more
	NoticeChoiceConflict         = "choice_conflict"
	NoticeChoiceNeedsPasskey     = "choice_needs_passkey"
	NoticeChoiceNeedsTOTP        = "choice_needs_totp"
	NoticeChoiceNeedsTransaction = "choice_needs_transaction"
	NoticeChoiceHeld             = "choice_held" // Until: after a recovery nothing is loosened
)

func choiceNotices() []string {
	return []string{
		NoticeChoiceSaved, NoticeChoiceRefused, NoticeChoiceConflict, NoticeChoiceNeedsPasskey, NoticeChoiceNeedsTOTP,
		NoticeChoiceNeedsTransaction, NoticeChoiceHeld,
	}
}

func (Checks) template() string { return "checks" }
func (Check) template() string  { return "check" }
