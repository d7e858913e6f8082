package storage

import (
	"context"
	"time"

	"gorm.io/gorm"

	"sekisho/idp"
)

type passkeyRow struct {
	ID              string `gorm:"primaryKey"`
	AccountID       string
	CredentialID    []byte
	PublicKey       []byte
	SignCount       uint32
	AAGUID          []byte   `gorm:"column:aaguid"`
	Transports      []string `gorm:"serializer:json"`
	UserVerified    bool
	BackupEligible  bool
	BackupState     bool
	AttestationType string
	Attested        bool
	RPID            string `gorm:"column:rp_id"`
	Name            string
	CreatedAt       time.Time `gorm:"serializer:micros;autoCreateTime:false"`
	LastUsedAt      time.Time `gorm:"serializer:micros"`
	AddedACR        string    `gorm:"column:added_acr"`
	TrustedFrom     time.Time `gorm:"serializer:micros"`
}

func (passkeyRow) TableName() string { return "passkeys" }

// Passkeys returns the account's passkeys, oldest first; none is no error.
func (s *Store) Passkeys(ctx context.Context, accountID string) ([]idp.Passkey, error) {
	var rows []passkeyRow
	err := s.look(ctx, func(db *gorm.DB) error {
		return db.Where("account_id = ?", accountID).Order("created_at, id").Find(&rows).Error
	})
	if err != nil {
		return nil, err
	}
	passkeys := make([]idp.Passkey, 0, len(rows))
	for _, row := range rows {
		passkeys = append(passkeys, idp.Passkey(row))
	}
	return passkeys, nil
}

// PasskeyByCredentialID finds a passkey of any account; idp.ErrNotFound.
func (s *Store) PasskeyByCredentialID(ctx context.Context, credentialID []byte) (*idp.Passkey, error) {
	var row passkeyRow
	err := s.look(ctx, func(db *gorm.DB) error {
		return db.Where("credential_id = ?", credentialID).Take(&row).Error
	})
	if err != nil {
		return nil, err
	}
	passkey := idp.Passkey(row)
	return &passkey, nil
}

// AddPasskey stores a credential record in one transaction in which additions to one
// account wait for each other: the cap holds and no two finishes store one credential.
// idp.ErrExists when the credential id is registered to any account, also on a retry
// after success; idp.ErrTooMany; idp.ErrNotFound without account.
func (s *Store) AddPasskey(ctx context.Context, passkey idp.Passkey, most int, effects idp.Effects) error {
	row := passkeyRow(passkey)
	if row.CreatedAt.IsZero() {
		row.CreatedAt = s.now()
	}
	return s.inTx(ctx, func(tx *gorm.DB) error {
		if _, err := s.lockAccount(tx, row.AccountID); err != nil {
			return err
		}
		held, err := one[struct{ Held, Same int }](tx, `SELECT
			(SELECT COUNT(*) FROM passkeys WHERE account_id = ?) AS held,
			(SELECT COUNT(*) FROM passkeys WHERE credential_id = ?) AS same`, row.AccountID, row.CredentialID)
		if err != nil {
			return err
		}
		if held.Same > 0 {
			return idp.ErrExists // the better answer when the cap is reached too
		}
		if held.Held >= most {
			return idp.ErrTooMany
		}
		if err := tx.Create(&row).Error; err != nil {
			return err
		}
		return s.commitWith(tx, effects)
	})
}

// RenamePasskey stores the customer's word for it. One statement; idp.ErrNotFound, also
// for another account's passkey.
func (s *Store) RenamePasskey(ctx context.Context, accountID, id, name string) error {
	return s.once(ctx, func(db *gorm.DB) error {
		n, err := exec(db, "UPDATE passkeys SET name = ? WHERE id = ? AND account_id = ?", name, id, accountID)
		if err == nil && n == 0 {
			err = idp.ErrNotFound
		}
		return err
	})
}

// RemovePasskey deletes the passkey, ends the sessions that were authenticated with it
// except keepSessionID, and revokes every grant of those sessions, in one transaction.
// A retry is idp.ErrNotFound, and so is another account's passkey.
func (s *Store) RemovePasskey(ctx context.Context, accountID, id, keepSessionID string, effects idp.Effects) error {
	return s.inTx(ctx, func(tx *gorm.DB) error {
		return s.removeAuthenticator(tx, "DELETE FROM passkeys WHERE id = ? AND account_id = ?",
			accountID, id, keepSessionID, effects)
	})
}

// removeAuthenticator deletes an authenticator and what rests on it.
func (s *Store) removeAuthenticator(tx *gorm.DB, deletion, accountID, id, keepSessionID string, effects idp.Effects) error {
	if _, err := s.lockAccount(tx, accountID); err != nil {
		return err
	}
	n, err := exec(tx, deletion, id, accountID)
	if err != nil {
		return err
	}
	if n == 0 {
		return idp.ErrNotFound
	}
	const rest = "(SELECT session_id FROM authentication_events WHERE credential_id = ? AND session_id <> ?)"
	now := s.now()
	if _, err := endSessions(tx, now, "authenticator_removed", "id IN "+rest, id, keepSessionID); err != nil {
		return err
	}
	if err := revokeGrants(tx, now, "session_id IN "+rest, id, keepSessionID); err != nil {
		return err
	}
	return s.commitWith(tx, effects)
}
