package idp

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base32"
	"encoding/base64"
)

// NewSecret returns 256 bits from crypto/rand as 43 base64url characters: codes, refresh
// tokens, session ids, client secrets. Store only HashSecret of it (TK-12).
func NewSecret() string {
	var b [32]byte
	rand.Read(b[:]) // crypto/rand.Read never fails since Go 1.24; it ends the process instead
	return base64.RawURLEncoding.EncodeToString(b[:])
}

// HashSecret is the SHA-256 by which a generated secret is stored and looked up.
// It is for 256-bit secrets only; what people choose is hashed by idp/authn/password.
func HashSecret(secret string) []byte {
	sum := sha256.Sum256([]byte(secret))
	return sum[:]
}

var idEncoding = base32.NewEncoding("0123456789abcdefghjkmnpqrstvwxyz").WithPadding(base32.NoPadding)

// NewID returns a 128-bit random identifier in 26 lower-case characters. It names a
// row and may appear in logs and paths; it is never what grants access.
func NewID() string {
	var b [16]byte
	rand.Read(b[:])
	return idEncoding.EncodeToString(b[:])
}
