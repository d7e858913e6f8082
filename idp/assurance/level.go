package assurance

// Level is an assurance level. A greater one satisfies every ask for a smaller one.
type Level int

const (
	None                      Level = iota // nothing proved, or one factor alone
	Email                                  // password and an e-mailed code
	MFA                                    // password and TOTP
	PhishingResistant                      // passkey with user verification
	PhishingResistantHardware              // the same, in hardware the firm's policy trusts
)

// OperationPrefix starts every acr value that asks for a configured operation.
const OperationPrefix = "urn:sekisho:op:"

var acrValues = [...]string{
	Email:                     "urn:sekisho:acr:email",
	MFA:                       "urn:sekisho:acr:mfa",
	PhishingResistant:         "phr",
	PhishingResistantHardware: "phrh",
}

// ACR is the value published for the level; "" for None.
func (l Level) ACR() string {
	if l <= None || int(l) >= len(acrValues) {
		return ""
	}
	return acrValues[l]
}

// ParseACR reads a published level. Operations and unknown values give false.
func ParseACR(acr string) (Level, bool) {
	for l := Email; int(l) < len(acrValues); l++ {
		if acrValues[l] == acr {
			return l, true
		}
	}
	return None, false
}

// ACRValues lists the published levels, weakest first, as acr_values_supported has them
// (OpenID Connect Discovery 1.0 section 3).
func ACRValues() []string { return append([]string(nil), acrValues[Email:]...) }
