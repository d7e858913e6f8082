package storage

import (
	"context"
	"errors"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"sekisho/idp"
)

type emailChangeRow struct {
	ID            string `gorm:"primaryKey"`
	AccountID     string
	SessionID     string
	Purpose       idp.EmailPurpose
	OldID         string
	OldAddress    string
	OldCanonical  string
	OldVerifiedAt time.Time `gorm:"serializer:micros"`
	OldCreatedAt  time.Time `gorm:"serializer:micros"`
	NewAddress    string
	NewCanonical  string
	CreatedAt     time.Time `gorm:"serializer:micros;autoCreateTime:false"`
	ExpiresAt     time.Time `gorm:"serializer:micros"`
	ConfirmedAt   time.Time `gorm:"serializer:micros"`
	UndoMAC       []byte    `gorm:"column:undo_mac"`
	UndoneAt      time.Time `gorm:"serializer:micros"`
}

func (emailChangeRow) TableName() string { return "email_changes" }

var emailChangeColumns = columns[emailChangeRow]("", "")

// BeginEmailChange records what is asked for and drops the account's earlier unconfirmed
// change, in one transaction. The addresses stay as they are. A retry after success is
// idp.ErrExists; idp.ErrNotFound without account.
func (s *Store) BeginEmailChange(ctx context.Context, change idp.EmailChange, effects idp.Effects) error {
	row := emailChangeRow(change)
	row.ConfirmedAt, row.UndoneAt, row.UndoMAC = time.Time{}, time.Time{}, nil
	return s.inTx(ctx, func(tx *gorm.DB) error {
		if _, err := s.lockAccount(tx, row.AccountID); err != nil {
			return err
		}
		if _, err := exec(tx, "DELETE FROM email_changes WHERE account_id = ? AND confirmed_at = 0 AND id <> ?",
			row.AccountID, row.ID); err != nil {
			return err
		}
		if err := tx.Create(&row).Error; err != nil {
			return err
		}
		return s.commitWith(tx, effects)
	})
}

// PendingEmailChange returns the change that this session of the account asked for and
// that nobody confirmed yet, expired or not; idp.ErrNotFound.
func (s *Store) PendingEmailChange(ctx context.Context, accountID, sessionID string) (*idp.EmailChange, error) {
	var row emailChangeRow
	err := s.look(ctx, func(db *gorm.DB) error {
		return db.Where("account_id = ? AND session_id = ? AND confirmed_at = 0", accountID, sessionID).Take(&row).Error
	})
	if err != nil {
		return nil, err
	}
	change := idp.EmailChange(row)
	return &change, nil
}

// ConfirmEmailChange puts the new address in the place of the old one, voids the codes
// that wait for an answer from the old one and opens the time to undo it, in one
// transaction. One conditional statement decides, so of any number one succeeds; the
// others, a retry and a change dropped meanwhile are idp.ErrConsumed. Nothing is written
// and idp.ErrExpired returned after its time, idp.ErrConflict when the old address is no
// longer there, idp.ErrExists for an Exclusive address another account has.
func (s *Store) ConfirmEmailChange(ctx context.Context, c idp.ConfirmEmailChange) error {
	return s.inTx(ctx, func(tx *gorm.DB) error {
		if _, err := s.lockAccount(tx, c.AccountID); err != nil {
			return err
		}
		turn, err := afterEarlier(tx, c.AccountID, c.At)
		if err != nil {
			return err
		}
		row, err := one[emailChangeRow](tx, `UPDATE email_changes SET confirmed_at = ?, undo_mac = ?, expires_at = ?
			WHERE id = ? AND account_id = ? AND session_id = ? AND confirmed_at = 0 AND expires_at > ? RETURNING `+emailChangeColumns,
			micros(turn), c.UndoMAC, micros(c.UndoUntil), c.ID, c.AccountID, c.SessionID, micros(c.At))
		if errors.Is(err, idp.ErrNotFound) {
			return whyNotConfirmed(tx, c)
		}
		if err != nil {
			return err
		}
		if c.Exclusive && row.Purpose == idp.EmailRegistered {
			if err := soleOwner(tx, row.NewCanonical, c.AccountID); err != nil {
				return err
			}
		}
		if err := replaceEmail(tx, row, c.At); err != nil {
			return err
		}
		if err := voidRecovery(tx, c.AccountID); err != nil { // its code may have gone to the address that went
			return err
		}
		return s.commitWith(tx, c.Effects)
	})
}

// afterEarlier is at, or a moment later than the account's latest confirmed change: an
// undo takes changes back in their order, which two nodes' clocks must not confuse. The
// account is locked.
func afterEarlier(tx *gorm.DB, accountID string, at time.Time) (time.Time, error) {
	last, err := one[struct{ At int64 }](tx, "SELECT COALESCE(MAX(confirmed_at), 0) AS at FROM email_changes WHERE account_id = ?", accountID)
	if err != nil {
		return at, err
	}
	return fromMicros(max(micros(at), last.At+1)), nil
}

// whyNotConfirmed names the condition a refused statement stumbled on. It only explains.
func whyNotConfirmed(tx *gorm.DB, c idp.ConfirmEmailChange) error {
	row, err := one[emailChangeRow](tx, "SELECT "+emailChangeColumns+" FROM email_changes WHERE id = ? AND account_id = ? AND session_id = ?",
		c.ID, c.AccountID, c.SessionID)
	if err == nil && row.ConfirmedAt.IsZero() && !c.At.Before(row.ExpiresAt) {
		return idp.ErrExpired
	}
	if err == nil || errors.Is(err, idp.ErrNotFound) {
		return idp.ErrConsumed
	}
	return err
}

// soleOwner is idp.ErrExists when another account has the address verified. Transactions
// that ask about one address wait for each other at its row, which is gone when they end.
func soleOwner(tx *gorm.DB, canonical, accountID string) error {
	if _, err := exec(tx, `INSERT INTO address_locks (canonical) VALUES (?)
		ON CONFLICT (canonical) DO UPDATE SET canonical = excluded.canonical`, canonical); err != nil {
		return err
	}
	_, err := one[struct{ ID string }](tx, `SELECT id FROM emails
		WHERE canonical = ? AND purpose = ? AND verified_at > 0 AND account_id <> ?`,
		canonical, string(idp.EmailRegistered), accountID)
	if err == nil {
		return idp.ErrExists
	}
	if !errors.Is(err, idp.ErrNotFound) {
		return err
	}
	_, err = exec(tx, "DELETE FROM address_locks WHERE canonical = ?", canonical)
	return err
}

// replaceEmail makes the table of addresses what a confirmed change says.
func replaceEmail(tx *gorm.DB, row *emailChangeRow, at time.Time) error {
	if row.OldID != "" {
		if n, err := exec(tx, "DELETE FROM emails WHERE id = ? AND account_id = ?", row.OldID, row.AccountID); err != nil {
			return err
		} else if n == 0 {
			return idp.ErrConflict
		}
		if err := voidCodesTo(tx, row.AccountID, row.OldID, at); err != nil {
			return err
		}
	}
	if row.NewAddress == "" {
		return nil
	}
	return tx.Create(&emailRow{
		ID: row.ID, AccountID: row.AccountID, Address: row.NewAddress, Canonical: row.NewCanonical,
		Purpose: row.Purpose, VerifiedAt: at, CreatedAt: at,
	}).Error
}

// voidCodesTo voids what was mailed to an address that is the account's no longer.
func voidCodesTo(tx *gorm.DB, accountID, emailID string, at time.Time) error {
	_, err := exec(tx, "UPDATE email_codes SET consumed_at = ? WHERE account_id = ? AND email_id = ? AND consumed_at = 0",
		micros(at), accountID, emailID)
	return err
}

// RemoveEmail takes a security address away and opens the time to undo that, in one
// transaction: change is complete and confirmed, with OldID and without a new address.
// The registered address cannot be removed. A retry, and another account's address, is
// idp.ErrNotFound.
func (s *Store) RemoveEmail(ctx context.Context, change idp.EmailChange, effects idp.Effects) error {
	row := emailChangeRow(change)
	row.Purpose, row.NewAddress, row.NewCanonical = idp.EmailSecurity, "", ""
	return s.inTx(ctx, func(tx *gorm.DB) error {
		if _, err := s.lockAccount(tx, row.AccountID); err != nil {
			return err
		}
		n, err := exec(tx, "DELETE FROM emails WHERE id = ? AND account_id = ? AND purpose = ?",
			row.OldID, row.AccountID, string(idp.EmailSecurity))
		if err != nil {
			return err
		}
		if n == 0 {
			return idp.ErrNotFound
		}
		if err := voidCodesTo(tx, row.AccountID, row.OldID, change.ConfirmedAt); err != nil {
			return err
		}
		if err := voidRecovery(tx, row.AccountID); err != nil {
			return err
		}
		if row.ConfirmedAt, err = afterEarlier(tx, row.AccountID, change.ConfirmedAt); err != nil {
			return err
		}
		if err := tx.Create(&row).Error; err != nil {
			return err
		}
		return s.commitWith(tx, effects)
	})
}

// UndoableEmailChanges returns the account's confirmed changes that can still be undone
// at now, newest first; none is no error.
func (s *Store) UndoableEmailChanges(ctx context.Context, accountID string, now time.Time) ([]idp.EmailChange, error) {
	var rows []emailChangeRow
	err := s.look(ctx, func(db *gorm.DB) error {
		return db.Where("account_id = ? AND confirmed_at > 0 AND undone_at = 0 AND expires_at > ?", accountID, micros(now)).
			Order("confirmed_at DESC, id DESC").Find(&rows).Error
	})
	if err != nil {
		return nil, err
	}
	changes := make([]idp.EmailChange, 0, len(rows))
	for _, row := range rows {
		changes = append(changes, idp.EmailChange(row))
	}
	return changes, nil
}

// UndoEmailChange takes a confirmed change back together with every later one of the
// account, so that whoever changed an address twice cannot keep the second, drops the
// change that is waiting for its code, voids a recovery on its way, ends every session and
// revokes every grant, in one transaction. A recovery completed since the change may have
// been proved at the very address that goes: then everything added since the change is
// suspended until the desk decides, each with a record if record is not nil. One conditional statement decides: afterwards and on a retry it is
// idp.ErrConsumed; idp.ErrExpired after its time; idp.ErrNotFound for another account's.
func (s *Store) UndoEmailChange(ctx context.Context, accountID, id string, at time.Time, effects idp.Effects,
	record func(idp.AuthenticatorKind, string) idp.AuditRecord) error {
	return s.inTx(ctx, func(tx *gorm.DB) error {
		if _, err := s.lockAccount(tx, accountID); err != nil {
			return err
		}
		asked, err := one[emailChangeRow](tx, `UPDATE email_changes SET undone_at = ?
			WHERE id = ? AND account_id = ? AND confirmed_at > 0 AND undone_at = 0 AND expires_at > ? RETURNING `+emailChangeColumns,
			micros(at), id, accountID, micros(at))
		if errors.Is(err, idp.ErrNotFound) {
			return whyNotUndone(tx, accountID, id)
		}
		if err != nil {
			return err
		}
		later, err := all[emailChangeRow](tx, "SELECT "+emailChangeColumns+` FROM email_changes
			WHERE account_id = ? AND undone_at = 0 AND confirmed_at >= ? ORDER BY confirmed_at DESC, id DESC`,
			accountID, micros(asked.ConfirmedAt))
		if err != nil {
			return err
		}
		for _, row := range append(later, *asked) { // newest first, each onto what the next one left
			if err := restoreEmail(tx, &row, at); err != nil {
				return err
			}
		}
		if _, err := exec(tx, "DELETE FROM email_changes WHERE account_id = ? AND confirmed_at = 0", accountID); err != nil {
			return err
		}
		if err := s.disbelieve(tx, suspension{accountID, micros(asked.ConfirmedAt.Add(-idp.ClockTolerance)), at, idp.AddressDisputed, record}); err != nil {
			return err
		}
		if err := endAll(tx, at, "email_restored", accountID, ""); err != nil {
			return err
		}
		return s.commitWith(tx, effects)
	})
}

// disbelieve takes back what a recovery may owe to a mailbox that was not the customer's.
func (s *Store) disbelieve(tx *gorm.DB, by suspension) error {
	if err := voidRecovery(tx, by.account); err != nil {
		return err
	}
	_, err := one[struct{ AccountID string }](tx, "SELECT account_id FROM recoveries WHERE account_id = ? AND recovered_at >= ?", by.account, by.since)
	if errors.Is(err, idp.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	return s.suspendSince(tx, by)
}

func whyNotUndone(tx *gorm.DB, accountID, id string) error {
	row, err := one[emailChangeRow](tx, "SELECT "+emailChangeColumns+" FROM email_changes WHERE id = ? AND account_id = ? AND confirmed_at > 0", id, accountID)
	switch {
	case err != nil:
		return err
	case !row.UndoneAt.IsZero():
		return idp.ErrConsumed
	}
	return idp.ErrExpired
}

func restoreEmail(tx *gorm.DB, row *emailChangeRow, at time.Time) error {
	if _, err := exec(tx, "UPDATE email_changes SET undone_at = ? WHERE id = ? AND undone_at = 0", micros(at), row.ID); err != nil {
		return err
	}
	if _, err := exec(tx, "DELETE FROM emails WHERE id = ? AND account_id = ?", row.ID, row.AccountID); err != nil {
		return err
	}
	if err := voidCodesTo(tx, row.AccountID, row.ID, at); err != nil {
		return err
	}
	if row.OldID == "" {
		return nil
	}
	return tx.Clauses(clause.OnConflict{DoNothing: true}).Create(&emailRow{
		ID: row.OldID, AccountID: row.AccountID, Address: row.OldAddress, Canonical: row.OldCanonical,
		Purpose: row.Purpose, VerifiedAt: row.OldVerifiedAt, CreatedAt: row.OldCreatedAt,
	}).Error
}

// ReplacedEmails returns the addresses that went because of changes confirmed since then
// and not undone, those that were verified, newest change first; none is no error.
func (s *Store) ReplacedEmails(ctx context.Context, accountID string, since time.Time) ([]idp.Email, error) {
	var rows []emailChangeRow
	err := s.look(ctx, func(db *gorm.DB) (err error) {
		rows, err = all[emailChangeRow](db, "SELECT "+emailChangeColumns+` FROM email_changes
			WHERE account_id = ? AND undone_at = 0 AND confirmed_at >= ? AND old_verified_at > 0 ORDER BY confirmed_at DESC, id DESC`,
			accountID, max(micros(since), 1))
		return err
	})
	if err != nil {
		return nil, err
	}
	emails := make([]idp.Email, 0, len(rows))
	for _, row := range rows {
		emails = append(emails, idp.Email{ID: row.OldID, AccountID: accountID, Address: row.OldAddress, Canonical: row.OldCanonical,
			Purpose: row.Purpose, VerifiedAt: row.OldVerifiedAt, CreatedAt: row.OldCreatedAt})
	}
	return emails, nil
}
