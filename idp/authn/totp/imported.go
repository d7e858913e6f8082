package totp

import (
	"fmt"
	"strings"
	"time"

	"sekisho/idp"
	"sekisho/idp/keys"
)

// Secrets brought along are as long as another generator made them.
const (
	minSecretSize = 16 // bytes; RFC 4226 section 4 R6 demands 128 bits
	maxSecretSize = 64 // the block of SHA-1; HMAC would shorten a longer one
)

// ParseSecret reads the base32 form in which authenticators are handed over: any case,
// with or without padding, in groups. It returns idp.ErrRejected for what is no base32 or
// shorter than RFC 4226 allows.
func ParseSecret(text string) ([]byte, error) {
	text = strings.ToUpper(strings.NewReplacer(" ", "", "-", "", "=", "").Replace(text))
	secret, err := base32NoPadding.DecodeString(text)
	lost := base32NoPadding.EncodedLen(len(secret)) != len(text) // the decoder drops a broken last group
	if err != nil || lost || len(secret) < minSecretSize || len(secret) > maxSecretSize {
		return nil, fmt.Errorf("totp: secret: %w", idp.ErrRejected)
	}
	return secret, nil
}

// Imported makes the confirmed authenticator of an account that comes from another system,
// sealed as Enrol seals one. It must compute SHA-1, six digits and 30 seconds; the secret is
// one of ParseSecret. since is when it was enrolled there: cooling-off counts from then.
func Imported(vault Vault, accountID string, secret []byte, since time.Time) (idp.TOTP, error) {
	if len(secret) < minSecretSize || len(secret) > maxSecretSize {
		return idp.TOTP{}, fmt.Errorf("totp: secret: %w", idp.ErrRejected)
	}
	t := idp.TOTP{ID: idp.NewID(), AccountID: accountID, ConfirmedAt: since, CreatedAt: since}
	var err error
	t.Secret, err = vault.Seal(keys.PurposeTOTP, SealContext(t.ID, accountID), pack("imported", secret))
	return t, err
}
