package storage

import (
	"context"
	"time"

	"gorm.io/gorm"

	"sekisho/idp"
)

type signingKeyRow struct {
	ID         string `gorm:"primaryKey"`
	Algorithm  string
	Generation int
	Sealed     []byte
	Public     []byte
	State      idp.SigningKeyState
	CreatedAt  time.Time `gorm:"serializer:micros;autoCreateTime:false"`
	SignsFrom  time.Time `gorm:"serializer:micros"`
	RetiresAt  time.Time `gorm:"serializer:micros"`
}

func (signingKeyRow) TableName() string { return "signing_keys" }

// SigningKeys returns every key in every state, by algorithm and generation.
func (s *Store) SigningKeys(ctx context.Context) ([]idp.SigningKey, error) {
	var rows []signingKeyRow
	err := s.look(ctx, func(db *gorm.DB) error { return db.Order("algorithm, generation").Find(&rows).Error })
	if err != nil {
		return nil, err
	}
	keys := make([]idp.SigningKey, 0, len(rows))
	for _, row := range rows {
		keys = append(keys, idp.SigningKey(row))
	}
	return keys, nil
}

// AddSigningKey stores a key and bumps the topic in one transaction. idp.ErrExists when
// another node made this generation first, and on a retry after success: read again.
func (s *Store) AddSigningKey(ctx context.Context, key idp.SigningKey, effects idp.Effects) error {
	row := signingKeyRow(key)
	if row.CreatedAt.IsZero() {
		row.CreatedAt = s.now()
	}
	return s.inTx(ctx, func(tx *gorm.DB) error {
		if err := tx.Create(&row).Error; err != nil {
			return err
		}
		if err := bump(tx, topicKeys); err != nil {
			return err
		}
		return s.commitWith(tx, effects)
	})
}

// SetSigningKeyState moves a key from one state to the next if it is still in the first,
// and bumps the topic, in one transaction. idp.ErrConflict when it is not, which is also
// what a retry gets; idp.ErrNotFound.
func (s *Store) SetSigningKeyState(ctx context.Context, id string, from, to idp.SigningKeyState, retiresAt time.Time, effects idp.Effects) error {
	return s.inTx(ctx, func(tx *gorm.DB) error {
		n, err := exec(tx, "UPDATE signing_keys SET state = ?, retires_at = ? WHERE id = ? AND state = ?",
			string(to), micros(retiresAt), id, string(from))
		if err != nil {
			return err
		}
		if n == 0 {
			if _, err := one[signingKeyRow](tx, "SELECT id FROM signing_keys WHERE id = ?", id); err != nil {
				return err
			}
			return idp.ErrConflict
		}
		if err := bump(tx, topicKeys); err != nil {
			return err
		}
		return s.commitWith(tx, effects)
	})
}
