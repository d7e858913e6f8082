package recoverycode

import (
	"context"
	"time"

	"sekisho/idp"
	"sekisho/idp/authn/internal/typed"
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
	// size of one code: 120 bits.
	size typed.Bytes = 15
)

// Replace makes a new set and voids the old one. The codes are returned this once, in
// groups of four.
func (s *Service) Replace(ctx context.Context, accountID string, effects idp.Effects) ([]string, error) {
	codes, macs := make([]string, Count), make([][]byte, Count)
	for i := range codes {
		plain, shown := size.New()
		codes[i], macs[i] = shown, s.mac(accountID, plain)
	}
	return codes, s.Store.ReplaceRecoveryCodes(ctx, accountID, macs, s.Now(), effects)
}

// State says how many codes there are. It counts nothing as used.
func (s *Service) State(ctx context.Context, accountID string) (idp.RecoveryCodes, error) {
	return s.Store.RecoveryCodes(ctx, accountID)
}

// MAC is what a typed code is looked up by. It says nothing about whether it is right:
// that is decided by the statement that uses it up.
func (s *Service) MAC(accountID, code string) []byte {
	return s.mac(accountID, size.Read(code))
}

func (s *Service) mac(accountID, code string) []byte {
	return s.Vault.MAC(keys.PurposeCode, []byte("recovery code"), []byte(accountID), []byte(code))
}
