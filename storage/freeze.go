package storage

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"gorm.io/gorm"

	"sekisho/idp"
)

type stopCodeRow struct {
	ID         string `gorm:"primaryKey"`
	AccountID  string
	SessionID  string
	Lookup     []byte
	CodeMAC    []byte    `gorm:"column:code_mac"`
	SignedInAt time.Time `gorm:"serializer:micros"`
	ExpiresAt  time.Time `gorm:"serializer:micros"`
	ConsumedAt time.Time `gorm:"serializer:micros"`
}

func (stopCodeRow) TableName() string { return "stop_codes" }

// addStopCode stores the stop code of a sign-in in the transaction that makes the session.
func addStopCode(tx *gorm.DB, code *idp.StopCode) error {
	if code == nil {
		return nil
	}
	row := stopCodeRow(*code)
	return tx.Create(&row).Error
}

// StopCode finds a stop code of the account by the MAC of what was typed, used and
// expired ones too; idp.ErrNotFound.
func (s *Store) StopCode(ctx context.Context, accountID string, lookup []byte) (*idp.StopCode, error) {
	var row stopCodeRow
	err := s.look(ctx, func(db *gorm.DB) error {
		return db.Where("account_id = ? AND lookup = ?", accountID, lookup).Take(&row).Error
	})
	if err != nil {
		return nil, err
	}
	code := idp.StopCode(row)
	return &code, nil
}

// Freeze uses the stop code up, locks the account, ends its sessions and grants, offline
// ones too, and suspends what was added since the sign-in, in one transaction. Addresses
// that were replaced since are back, recovery codes made since and a recovery on its way
// are void. While the account is held after a recovery, that recovery is in doubt with
// everything since: whoever signed in may be who made it. The code
// counts once, by one conditional statement; afterwards and on a retry it is
// idp.ErrConsumed, or idp.ErrExpired, and nothing is changed. An account that is locked
// already stays so with its first reason, and more may be suspended. idp.ErrNotFound.
func (s *Store) Freeze(ctx context.Context, f idp.Freeze) error {
	return s.inTx(ctx, func(tx *gorm.DB) error {
		if _, err := s.lockAccount(tx, f.Code.AccountID); err != nil {
			return err
		}
		n, err := exec(tx, "UPDATE stop_codes SET consumed_at = ? WHERE id = ? AND account_id = ? AND consumed_at = 0 AND expires_at > ?",
			micros(f.At), f.Code.ID, f.Code.AccountID, micros(f.At))
		if err != nil {
			return err
		}
		if n == 0 {
			return whyNotStopped(tx, f.Code, f.At)
		}
		if _, err := setStatus(tx, f.Code.AccountID, idp.AccountLocked, f.Reason, f.At); err != nil {
			return err
		}
		if err := endAll(tx, f.At, "account_locked", f.Code.AccountID, ""); err != nil {
			return err
		}
		if err := voidLetters(tx, f.Code.AccountID, "account_locked", f.At); err != nil {
			return err
		}
		if err := forgetEnvironments(tx, f.Code.AccountID); err != nil {
			return err
		}
		if err := s.takeAway(tx, f); err != nil {
			return err
		}
		return s.commitWith(tx, f.Effects)
	})
}

// takeAway puts the account back to before the sign-in as far as that can be done.
func (s *Store) takeAway(tx *gorm.DB, f idp.Freeze) error {
	account := f.Code.AccountID
	since, err := inDoubtSince(tx, f)
	if err != nil {
		return err
	}
	if err := s.suspendSince(tx, suspension{account, since, f.At, f.Reason, f.Suspended}); err != nil {
		return err
	}
	if err := forgetAnswerSince(tx, account, since); err != nil {
		return err
	}
	changes, err := all[emailChangeRow](tx, "SELECT "+emailChangeColumns+` FROM email_changes
		WHERE account_id = ? AND undone_at = 0 AND confirmed_at >= ? ORDER BY confirmed_at DESC, id DESC`, account, max(since, 1))
	if err != nil {
		return err
	}
	for _, change := range changes {
		if err := restoreEmail(tx, &change, f.At); err != nil {
			return err
		}
	}
	if err := voidRecovery(tx, account); err != nil {
		return err
	}
	return voidCodes(tx, account, micros(f.At))
}

// inDoubtSince is the sign-in, by whichever node's clock, or the recovery that the account
// is still held for when that was earlier.
func inDoubtSince(tx *gorm.DB, f idp.Freeze) (int64, error) {
	since := micros(f.Code.SignedInAt.Add(-idp.ClockTolerance))
	row, err := one[struct{ RecoveredAt int64 }](tx,
		"SELECT recovered_at FROM recoveries WHERE account_id = ? AND recovered_at > 0 AND held_until > ?", f.Code.AccountID, micros(f.At))
	if errors.Is(err, idp.ErrNotFound) {
		return since, nil
	}
	if err != nil {
		return 0, err
	}
	return min(since, row.RecoveredAt), nil
}

// whyNotStopped names the condition a refused statement stumbled on. It only explains.
func whyNotStopped(tx *gorm.DB, code idp.StopCode, at time.Time) error {
	var row stopCodeRow
	if err := tx.Where("id = ? AND account_id = ?", code.ID, code.AccountID).Take(&row).Error; err != nil {
		return err
	}
	if row.ConsumedAt.IsZero() && !at.Before(row.ExpiresAt) {
		return idp.ErrExpired
	}
	return idp.ErrConsumed
}

type suspendedFields struct {
	ID          string `gorm:"primaryKey"`
	AccountID   string
	Kind        idp.AuthenticatorKind
	Name        string
	AddedAt     time.Time `gorm:"serializer:micros"`
	SuspendedAt time.Time `gorm:"serializer:micros"`
	Reason      string
}

// suspendedRow adds the row that was taken out of its table, as JSON of its noun.
type suspendedRow struct {
	Fields suspendedFields `gorm:"embedded"`
	Record string
}

func (suspendedRow) TableName() string { return "suspended_authenticators" }

// Each statement takes rows of one table out of use. An unfinished TOTP enrolment is no
// authenticator; it just goes.
var (
	takePasskeys  = "DELETE FROM passkeys WHERE account_id = ? AND created_at >= ? RETURNING " + columns[passkeyRow]("", "")
	takeTOTPs     = "DELETE FROM totps WHERE account_id = ? AND confirmed_at >= ? RETURNING " + columns[totpRow]("", "")
	takeEmails    = "DELETE FROM emails WHERE account_id = ? AND (created_at >= ? OR verified_at >= ?) RETURNING " + columns[emailRow]("", "")
	takePasswords = "DELETE FROM passwords WHERE account_id = ? AND changed_at >= ? RETURNING " + columns[passwordRow]("", "")
)

// suspension says what is taken out of use: what was added to the account since.
type suspension struct {
	account string
	since   int64
	at      time.Time
	reason  string
	record  func(idp.AuthenticatorKind, string) idp.AuditRecord
}

// suspendSince moves every authenticator that was added since out of its table. Recovery
// codes have no row to come back to; they just go.
func (s *Store) suspendSince(tx *gorm.DB, by suspension) error {
	account, since := by.account, by.since
	var taken []suspendedRow
	add := func(kind idp.AuthenticatorKind, name string, at time.Time, noun any) error {
		record, err := json.Marshal(noun)
		taken = append(taken, suspendedRow{Record: string(record), Fields: suspendedFields{
			ID: idp.NewID(), AccountID: account, Kind: kind, Name: name, AddedAt: at, SuspendedAt: by.at, Reason: by.reason,
		}})
		return err
	}
	passkeys, err := all[passkeyRow](tx, takePasskeys, account, since)
	for _, row := range passkeys {
		err = errors.Join(err, add(idp.SuspendedPasskey, row.Name, row.CreatedAt, idp.Passkey(row)))
	}
	if err != nil {
		return err
	}
	if _, err := exec(tx, "DELETE FROM totps WHERE account_id = ? AND confirmed_at = 0", account); err != nil {
		return err
	}
	totps, err := all[totpRow](tx, takeTOTPs, account, since)
	for _, row := range totps {
		err = errors.Join(err, add(idp.SuspendedTOTP, "", row.ConfirmedAt, idp.TOTP(row)))
	}
	if err != nil {
		return err
	}
	emails, err := all[emailRow](tx, takeEmails, account, since, since)
	for _, row := range emails {
		err = errors.Join(err, add(idp.SuspendedEmail, row.Address, row.CreatedAt, idp.Email(row)))
	}
	if err != nil {
		return err
	}
	passwords, err := all[passwordRow](tx, takePasswords, account, since)
	for _, row := range passwords {
		err = errors.Join(err, add(idp.SuspendedPassword, string(row.Kind), row.ChangedAt, idp.Password(row)))
	}
	if err != nil {
		return err
	}
	codes, err := exec(tx, "DELETE FROM recovery_codes WHERE account_id = ? AND created_at >= ?", account, since)
	if err != nil {
		return err
	}
	if codes > 0 && by.record != nil {
		if err := s.appendAudit(tx, []idp.AuditRecord{by.record(idp.VoidedRecoveryCodes, "")}); err != nil {
			return err
		}
	}
	if len(taken) == 0 {
		return nil
	}
	if err := tx.Create(&taken).Error; err != nil {
		return err
	}
	return s.recordEach(tx, taken, by.record)
}

func (s *Store) recordEach(tx *gorm.DB, list []suspendedRow, record func(idp.AuthenticatorKind, string) idp.AuditRecord) error {
	if record == nil {
		return nil
	}
	records := make([]idp.AuditRecord, 0, len(list))
	for _, row := range list {
		records = append(records, record(row.Fields.Kind, row.Fields.ID))
	}
	return s.appendAudit(tx, records)
}
