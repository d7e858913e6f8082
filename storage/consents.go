package storage

import (
	"context"
	"time"

	"gorm.io/gorm"

	"sekisho/idp"
)

type consentRow struct {
	AccountID   string   `gorm:"primaryKey"`
	ClientID    string   `gorm:"primaryKey"`
	Scopes      []string `gorm:"serializer:json"`
	Fingerprint string
	GivenAt     time.Time `gorm:"serializer:micros"`
}

func (consentRow) TableName() string { return "consents" }

// Consent returns what the account agreed to for the client; idp.ErrNotFound.
func (s *Store) Consent(ctx context.Context, accountID, clientID string) (*idp.Consent, error) {
	var row consentRow
	err := s.look(ctx, func(db *gorm.DB) error {
		return db.Where("account_id = ? AND client_id = ?", accountID, clientID).Take(&row).Error
	})
	if err != nil {
		return nil, err
	}
	consent := idp.Consent(row)
	return &consent, nil
}

// Consents returns all of the account's consents by client.
func (s *Store) Consents(ctx context.Context, accountID string) ([]idp.Consent, error) {
	var rows []consentRow
	err := s.look(ctx, func(db *gorm.DB) error {
		return db.Where("account_id = ?", accountID).Order("client_id").Find(&rows).Error
	})
	if err != nil {
		return nil, err
	}
	consents := make([]idp.Consent, 0, len(rows))
	for _, row := range rows {
		consents = append(consents, idp.Consent(row))
	}
	return consents, nil
}

// RevokeConsent forgets the consent and revokes every grant the account gave the client,
// offline ones too, and queues that the client is told (CN-02), in one transaction. When there was neither, as on a retry,
// idp.ErrNotFound.
func (s *Store) RevokeConsent(ctx context.Context, accountID, clientID string, at time.Time, effects idp.Effects) error {
	return s.inTx(ctx, func(tx *gorm.DB) error {
		consents, err := exec(tx, "DELETE FROM consents WHERE account_id = ? AND client_id = ?", accountID, clientID)
		if err != nil {
			return err
		}
		told, err := all[toldGrant](tx, `UPDATE grants SET revoked_at = ?, logout_told_at = ?
			WHERE revoked_at = 0 AND account_id = ? AND client_id = ?`+toldColumns, micros(at), micros(at), accountID, clientID)
		if err != nil {
			return err
		}
		if consents == 0 && len(told) == 0 {
			return idp.ErrNotFound
		}
		if err := queueLogouts(tx, at, "consent_revoked", told); err != nil {
			return err
		}
		return s.commitWith(tx, effects)
	})
}

func putConsent(tx *gorm.DB, consent idp.Consent) error {
	row := consentRow(consent)
	if _, err := exec(tx, "DELETE FROM consents WHERE account_id = ? AND client_id = ?", row.AccountID, row.ClientID); err != nil {
		return err
	}
	return tx.Create(&row).Error
}
