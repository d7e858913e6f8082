package loginui

import "time"

// TransactionPassword asks for the transaction password (取引パスワード) of an operation.
// Posts: {Base}/transaction-password (transaction_password), {Base}/cancel.
type TransactionPassword struct {
	Frame
	Operation string
	Instead   bool // a stronger proof does instead (A12); posts {Base}/transaction-password/instead
	// Transaction is what is being approved; with it the page also posts {Base}/not-mine.
	Transaction *TransactionCard
}

// TransactionPasswordSet sets the transaction password, or changes it against the current
// one. Posts: Action (new; current unless First). Without Own: {Base}/cancel.
type TransactionPasswordSet struct {
	Frame
	Action     string
	Own        bool // the page of the security centre, not a step on the way to an operation
	Operation  string
	First      bool
	FourDigits bool // the current one has four digits
	MustChange bool // the current one is good for nothing but being changed
	MinLength  int
	UsableFrom time.Time // of a first one: from when it is enough for withdrawals and the like; zero: at once
	Reasons    []string  // why the last try was refused: the reason codes of idp/authn/password

	Transaction *TransactionCard // what is being approved; nil: nothing
}

// TransactionPasswordAdvice tells, after one of four digits was taken, that it should be
// changed. Posts: {Base}/transaction-password/advice (choice=continue|change).
type TransactionPasswordAdvice struct {
	Frame
	Operation string

	Transaction *TransactionCard // what is being approved; nil: nothing
}

// TransactionItem is the transaction password in the security centre.
type TransactionItem struct {
	ChangedAt   time.Time // zero: none is set
	FourDigits  bool
	LockedUntil time.Time // zero: not paused
	HardLocked  bool      // only the desk opens it
	UsableFrom  time.Time // zero: it is not cooling off
	Aged        bool      // unchanged for long (A13)
}

// Notice codes of the transaction password.
const (
	NoticeTransactionWrong      = "transaction_password_wrong"
	NoticeTransactionLocked     = "transaction_password_locked" // Until
	NoticeTransactionHardLocked = "transaction_password_hard_locked"
	NoticeTransactionSet        = "transaction_password_set"
	NoticeTransactionChanged    = "transaction_password_changed"
	NoticeTogetherWrong         = "together_wrong" // code or transaction password, never which
)

func transactionNotices() []string {
	return []string{NoticeTransactionWrong, NoticeTransactionLocked, NoticeTransactionHardLocked, NoticeTransactionSet, NoticeTransactionChanged, NoticeTogetherWrong}
}

func (TransactionPassword) template() string       { return "transaction_password" }
func (TransactionPasswordSet) template() string    { return "transaction_password_set" }
func (TransactionPasswordAdvice) template() string { return "transaction_password_advice" }
