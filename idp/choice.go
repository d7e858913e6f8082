package idp

import "time"

// Factors a customer may choose for an operation (B7).
const (
	FactorFirm    = ""        // the firm's rule, nothing more
	FactorNone    = "none"    // nothing beyond signing in, where the firm allows that
	FactorTOTP    = "totp"    // an authenticator app, or a passkey
	FactorPasskey = "passkey" // nothing but a passkey
)

// FactorChoice is what a customer wants to be asked for at one operation. It counts within
// the firm's bounds only.
type FactorChoice struct {
	Factor              string `json:"factor,omitempty"`
	Anew                bool   `json:"anew,omitempty"` // each time, however recent the last proof is
	TransactionPassword bool   `json:"transaction_password,omitempty"`
}

// FactorChoices are an account's, by operation: its bare name, or SignInChoice.
type FactorChoices map[string]FactorChoice

// SignInChoice is the key of the choice for signing in.
const SignInChoice = "sign_in"

// OperationStop is an operation that an operator has switched off on every node (B17).
type OperationStop struct {
	Operation string            // bare name, or SignInChoice for signing in
	Reason    map[string]string // language → text for customers; empty: the plain sentence
	Since     time.Time
}
