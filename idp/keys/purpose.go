package keys

// Purpose names one use of the KEK. Keys of different purposes share nothing (DJ-06).
type Purpose string

const (
	PurposeSigning  Purpose = "signing"  // private signing keys at rest
	PurposeTOTP     Purpose = "totp"     // TOTP secrets at rest
	PurposeCode     Purpose = "code"     // MACs of e-mailed codes and invitation codes
	PurposeOutbox   Purpose = "outbox"   // undelivered messages at rest
	PurposeCookie   Purpose = "cookie"   // form tokens and browser binding
	PurposeAudit    Purpose = "audit"    // the seal over the audit trail
	PurposeThrottle Purpose = "throttle" // identifiers inside throttle keys
	PurposeLetter   Purpose = "letter"   // temporary passwords until they are printed
	PurposeImport   Purpose = "import"   // ids of imported accounts, by which a second run knows its rows
	PurposeNonce    Purpose = "nonce"    // DPoP nonces
	PurposePairwise Purpose = "pairwise" // the key of pairwise subjects at rest
)

// Purposes is the closed list. A purpose outside it has no key.
func Purposes() []Purpose {
	return []Purpose{
		PurposeSigning, PurposeTOTP, PurposeCode, PurposeOutbox,
		PurposeCookie, PurposeAudit, PurposeThrottle, PurposeImport, PurposeLetter, PurposeNonce, PurposePairwise,
	}
}
