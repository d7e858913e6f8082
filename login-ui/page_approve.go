package loginui

// TransactionLine is one member of a transaction in the customer's words.
type TransactionLine struct {
	Label, Value string
	Large        bool
}

// TransactionCard is a transaction as every page shows it: what it is, who asks, and every
// member, in the firm's order.
type TransactionCard struct {
	Title  string
	Client string // the asking app
	Lines  []TransactionLine
}

// Approve asks for the customer's word for one transaction. It is the step-up page with the
// transaction on it. Posts and JSON: as SignIn with Reauth; {Base}/not-mine.
type Approve struct {
	SignIn
	Transaction TransactionCard
}

// NotMine follows when the customer said that the transaction is not theirs: nothing was
// done, and where to stop the account.
type NotMine struct {
	Frame
	Transaction TransactionCard
}

func (Approve) template() string { return "approve" }
func (NotMine) template() string { return "not_mine" }
