package signin

import (
	"sekisho/idp/authn/emailcode"
	"sekisho/idp/authn/passkey"
	"sekisho/idp/authn/password"
	"sekisho/idp/authn/throttle"
	"sekisho/idp/authn/totp"
	"sekisho/idp/authn/transaction"
)

// Methods are the authenticators a customer can be asked for.
type Methods struct {
	Password *password.Service
	TOTP     *totp.Service
	Codes    *emailcode.Service
	Passkey  *passkey.Service
	Throttle *throttle.Service

	Transaction *transaction.Service
}
