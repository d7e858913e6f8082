package loginui

// Keys of Options.Rules.
const (
	RulesLogin       = "login"
	RulesTransaction = "transaction"
)

// PasswordRule is what the firm asks of a new password beside its length, as a page
// explains it while it is typed (B6, PW-02). The provider judges; the page never does.
type PasswordRule struct {
	Lower, Upper, Digit, Symbol bool
	Symbols                     string // which count as symbols; "": every one
}
