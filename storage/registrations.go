package storage

import (
	"context"
	"time"

	"gorm.io/gorm"

	"sekisho/idp"
)

type initialTokenRow struct {
	ID        string `gorm:"primaryKey"`
	Hash      []byte
	Note      string
	Scope     string
	Profile   idp.ClientProfile
	MaxUses   int
	Uses      int
	CreatedAt time.Time `gorm:"serializer:micros;autoCreateTime:false"`
	ExpiresAt time.Time `gorm:"serializer:micros"`
	RevokedAt time.Time `gorm:"serializer:micros"`
}

func (initialTokenRow) TableName() string { return "initial_access_tokens" }

// CreateInitialToken stores a token by which clients may be registered.
func (s *Store) CreateInitialToken(ctx context.Context, token idp.InitialToken, effects idp.Effects) error {
	row := initialTokenRow(token)
	return s.inTx(ctx, func(tx *gorm.DB) error {
		if err := tx.Create(&row).Error; err != nil {
			return err
		}
		return s.commitWith(tx, effects)
	})
}

// InitialToken finds a token by its hash, usable or not; idp.ErrNotFound.
func (s *Store) InitialToken(ctx context.Context, hash []byte) (*idp.InitialToken, error) {
	var row initialTokenRow
	if err := s.look(ctx, func(db *gorm.DB) error { return db.Where("hash = ?", hash).Take(&row).Error }); err != nil {
		return nil, err
	}
	token := idp.InitialToken(row)
	return &token, nil
}

// InitialTokenOf returns the token that a client was registered with, usable or not; nil for
// one that needed none. idp.ErrNotFound: it has expired so long ago that it is gone, or
// there is no such registration.
func (s *Store) InitialTokenOf(ctx context.Context, clientID string) (*idp.InitialToken, error) {
	var row initialTokenRow
	err := s.look(ctx, func(db *gorm.DB) error {
		registration, err := one[struct{ InitialTokenID string }](db, "SELECT initial_token_id FROM client_registrations WHERE client_id = ?", clientID)
		if err != nil || registration.InitialTokenID == "" {
			return err
		}
		return db.Where("id = ?", registration.InitialTokenID).Take(&row).Error
	})
	if err != nil || row.ID == "" {
		return nil, err
	}
	token := idp.InitialToken(row)
	return &token, nil
}

// InitialTokens lists the tokens, newest first.
func (s *Store) InitialTokens(ctx context.Context) ([]idp.InitialToken, error) {
	var rows []initialTokenRow
	if err := s.look(ctx, func(db *gorm.DB) error { return db.Order("created_at DESC, id").Find(&rows).Error }); err != nil {
		return nil, err
	}
	tokens := make([]idp.InitialToken, 0, len(rows))
	for _, row := range rows {
		tokens = append(tokens, idp.InitialToken(row))
	}
	return tokens, nil
}

// RevokeInitialToken ends a token. Clients registered with it stay. Again is no error and
// writes no effects; idp.ErrNotFound.
func (s *Store) RevokeInitialToken(ctx context.Context, id string, at time.Time, effects idp.Effects) error {
	return s.inTx(ctx, func(tx *gorm.DB) error {
		n, err := exec(tx, "UPDATE initial_access_tokens SET revoked_at = ? WHERE id = ? AND revoked_at = 0", micros(at), id)
		if err != nil {
			return err
		}
		if n == 0 {
			_, err := one[struct{ ID string }](tx, "SELECT id FROM initial_access_tokens WHERE id = ?", id)
			return err
		}
		return s.commitWith(tx, effects)
	})
}

// RegisterClient stores a client that registered itself, in one transaction with one use
// of its initial access token, which is counted by one conditional statement: a token for
// one client registers one, however many ask at once. idp.ErrRejected: the token is used
// up, expired or revoked; idp.ErrTooMany: there are MaxClients such clients already.
func (s *Store) RegisterClient(ctx context.Context, r idp.Registration, effects idp.Effects) error {
	row := clientRow(*r.Client)
	row.Version, row.Dynamic = 1, true
	row.CreatedAt, row.UpdatedAt = r.At, r.At
	initial := ""
	return s.inTx(ctx, func(tx *gorm.DB) error {
		if t := r.InitialToken; t != nil {
			n, err := exec(tx, `UPDATE initial_access_tokens SET uses = uses + 1
				WHERE id = ? AND uses < max_uses AND expires_at > ? AND revoked_at = 0`, t.ID, micros(r.At))
			if err != nil {
				return err
			}
			if n == 0 {
				return idp.ErrRejected
			}
			initial = t.ID
		}
		// Before the count: who registers at the same time waits here, and then counts this one.
		if err := bump(tx, topicClients); err != nil {
			return err
		}
		if err := tx.Create(&row).Error; err != nil {
			return err
		}
		n, err := exec(tx, `INSERT INTO client_registrations (client_id, token_hash, initial_token_id, created_at)
			SELECT CAST(? AS TEXT), ?, CAST(? AS TEXT), CAST(? AS BIGINT) WHERE (SELECT COUNT(*) FROM client_registrations) < ?`,
			row.ID, r.TokenHash, initial, micros(r.At), r.MaxClients)
		if err != nil {
			return err
		}
		if n == 0 {
			return idp.ErrTooMany
		}
		return s.commitWith(tx, effects)
	})
}

// RegisteredClient returns the client whose registration the token manages. Another
// client's token, and a client that was not registered over the wire, is idp.ErrNotFound.
func (s *Store) RegisteredClient(ctx context.Context, clientID string, tokenHash []byte) (*idp.Client, error) {
	var row clientRow
	err := s.look(ctx, func(db *gorm.DB) error {
		return db.Where("id = ? AND id IN (SELECT client_id FROM client_registrations WHERE client_id = ? AND token_hash = ?)",
			clientID, clientID, tokenHash).Take(&row).Error
	})
	if err != nil {
		return nil, err
	}
	client := idp.Client(row)
	return &client, nil
}

// UpdateRegistration replaces a self-registered client and its token, in one transaction.
// The token is exchanged by one conditional statement: of several updates with one token
// one succeeds, and the others are idp.ErrNotFound. idp.ErrConflict: an operator changed
// the client since Version was read; the token stays.
func (s *Store) UpdateRegistration(ctx context.Context, client *idp.Client, tokenHash, next []byte, effects idp.Effects) error {
	row := clientRow(*client)
	row.Version++
	row.UpdatedAt = s.now()
	return s.inTx(ctx, func(tx *gorm.DB) error {
		n, err := exec(tx, "UPDATE client_registrations SET token_hash = ? WHERE client_id = ? AND token_hash = ?", next, client.ID, tokenHash)
		if err != nil {
			return err
		}
		if n == 0 {
			return idp.ErrNotFound
		}
		result := tx.Model(&clientRow{}).Where("id = ? AND version = ?", client.ID, client.Version).
			Select("SecretHash", "Metadata", "Version", "UpdatedAt").Updates(&row)
		if result.Error != nil {
			return result.Error
		}
		if result.RowsAffected == 0 {
			return idp.ErrConflict
		}
		if err := bump(tx, topicClients); err != nil {
			return err
		}
		return s.commitWith(tx, effects)
	})
}

// DeleteRegistration removes a self-registered client as DeleteClient does, if the token is
// its own. A retry gets idp.ErrNotFound.
func (s *Store) DeleteRegistration(ctx context.Context, clientID string, tokenHash []byte, effects idp.Effects) error {
	return s.inTx(ctx, func(tx *gorm.DB) error {
		n, err := exec(tx, "DELETE FROM client_registrations WHERE client_id = ? AND token_hash = ?", clientID, tokenHash)
		if err != nil {
			return err
		}
		if n == 0 {
			return idp.ErrNotFound
		}
		return s.deleteClient(tx, clientID, effects)
	})
}
