package recoverycode

import (
	"context"
	"crypto/rand"
	"encoding/base32"
	"strings"
	"time"

	"golang.org/x/text/unicode/norm"

	"sekisho/idp"
	"sekisho/idp/keys"
)

// Store keeps the codes. *storage.Store satisfies it.
type Store interface {
	ReplaceRecoveryCodes(ctx context.Context, accountID string, macs [][]byte, at time.Time, e idp.Effects) error
	RecoveryCodes(ctx context.Context, accountID string) (idp.RecoveryCodes, error)
}

// Vault makes MACs. *keys.Vault satisfies it.
type Vault interface {
	MAC(p keys.Purpose, parts ...[]byte) []byte
}

// Service is safe for concurrent use.
type Service struct {
	Store Store
	Vault Vault
	Now   func() time.Time
}

const (
	// Count is how many codes a set has.
	Count = 10
	// size in bytes of one code: 120 bits are 24 letters without a remainder.
	size = 15
)

// encoding has no letters that are taken for digits.
var encoding = base32.NewEncoding("0123456789ABCDEFGHJKMNPQRSTVWXYZ").WithPadding(base32.NoPadding)

// Replace makes a new set and voids the old one. The codes are returned this once, in
// groups of four.
func (s *Service) Replace(ctx context.Context, accountID string, effects idp.Effects) ([]string, error) {
	codes, macs := make([]string, Count), make([][]byte, Count)
	for i := range codes {
		raw := make([]byte, size)
		rand.Read(raw)
		plain := encoding.EncodeToString(raw)
		codes[i], macs[i] = grouped(plain), s.mac(accountID, plain)
	}
	return codes, s.Store.ReplaceRecoveryCodes(ctx, accountID, macs, s.Now(), effects)
}

// State says how many codes there are. It counts nothing as used.
func (s *Service) State(ctx context.Context, accountID string) (idp.RecoveryCodes, error) {
	return s.Store.RecoveryCodes(ctx, accountID)
}

// MAC is what a typed code is looked up by. It says nothing about whether it is right:
// that is decided by the statement that uses it up.
func (s *Service) MAC(accountID, typed string) []byte { return s.mac(accountID, normalise(typed)) }

func (s *Service) mac(accountID, code string) []byte {
	return s.Vault.MAC(keys.PurposeCode, []byte("recovery code"), []byte(accountID), []byte(code))
}

func grouped(plain string) string {
	var b strings.Builder
	for i := 0; i < len(plain); i += 4 {
		if i > 0 {
			b.WriteByte('-')
		}
		b.WriteString(plain[i:min(i+4, len(plain))])
	}
	return b.String()
}

// normalise takes a code as people type it from paper: any case, full width, with or
// without hyphens, and the letters that look like digits.
func normalise(code string) string {
	if len(code) > 256 {
		return ""
	}
	return strings.Map(func(r rune) rune {
		switch r {
		case ' ', '-', '‐', 'ー', '−':
			return -1
		case 'O':
			return '0'
		case 'I', 'L':
			return '1'
		}
		return r
	}, strings.ToUpper(norm.NFKC.String(code)))
}
