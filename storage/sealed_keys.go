package storage

import (
	"context"

	"gorm.io/gorm"
)

// SealedKey returns the sealed key of that name. There is one: the first caller's is stored
// by one statement, and every other caller, on any node, gets that one.
func (s *Store) SealedKey(ctx context.Context, id string, sealed []byte) ([]byte, error) {
	var held *struct{ Sealed []byte }
	err := s.inTx(ctx, func(tx *gorm.DB) (err error) {
		if _, err = exec(tx, "INSERT INTO sealed_keys (id, sealed, created_at) VALUES (?, ?, ?) ON CONFLICT (id) DO NOTHING",
			id, sealed, micros(s.now())); err != nil {
			return err
		}
		held, err = one[struct{ Sealed []byte }](tx, "SELECT sealed FROM sealed_keys WHERE id = ?", id)
		return err
	})
	if err != nil {
		return nil, err
	}
	return held.Sealed, nil
}
