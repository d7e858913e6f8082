package provider

import (
	"sekisho/idp"
	"sekisho/idp/assurance"
)

// bounds are the choices of a rule in the engine's terms (B7).
func bounds(choices []string) (b assurance.Bounds) {
	for _, c := range choices {
		b.TOTP = b.TOTP || c == "totp"
		b.Passkey = b.Passkey || c == "passkey"
		b.Anew = b.Anew || c == "anew"
		b.TransactionPassword = b.TransactionPassword || c == "transaction_password"
		b.None = b.None || c == "none"
	}
	return b
}

// operationName is the firm's own word for an operation or for signing in.
func (p *Provider) operationName(operation, lang string) string {
	if operation == idp.SignInChoice {
		return p.cfg.Assurance.SignIn.Name[lang]
	}
	return p.cfg.Assurance.Operations[operation].Name[lang]
}
