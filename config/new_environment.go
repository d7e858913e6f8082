package config

// Checks of a password sign-in from a new environment.
const (
	CheckNone         = "none"
	CheckFactor       = "factor"
	CheckPersonalData = "personal_data"
)

// NewEnvironment is a sign-in from a device and browser in which the account did not sign
// in before. It is always told to the customer by mail, whatever is written here.
type NewEnvironment struct {
	Check string `koanf:"check" validate:"oneof=none factor personal_data" doc:"What a password sign-in from a new environment asks for beyond its usual second factor. factor: the strongest second factor of the account; who has an authenticator app cannot use a mailed code instead. personal_data: the registered birth date and postal code, before the mailed code; who has an authenticator app uses that instead, and where the firm has neither registered the mailed code alone decides. It earns no assurance level. none: nothing more. Passkeys are never asked for more."`
}
