package storage

import (
	"context"
	"time"

	"gorm.io/gorm"

	"sekisho/idp"
)

// Authenticate is what a completed authentication changes.
type Authenticate = idp.Authenticate

// Authenticate turns verified factors into a session, all in one transaction: progress of
// the interaction, credential record, session with its new secret, events and effects
// (PA-11). On success Interaction.Version has been counted up. Nothing is written and
// returned is:
//
//   - idp.ErrConflict or idp.ErrConsumed when the interaction changed or finished
//     meanwhile, which is also what a retry with an interaction gets;
//   - idp.ErrRejected when the signature counter did not grow and either is not zero
//     (PA-08), which is also what a retry with a counting passkey gets;
//   - idp.ErrExpired when the password or the second factor that was proved is not the
//     account's any more;
//   - idp.ErrRevoked when the session to be renewed has ended or is another account's;
//   - idp.ErrLocked when the account is not active; idp.ErrExists when a new session's id,
//     hash or sid is taken, as it is on a retry; idp.ErrNotFound without account.
func (s *Store) Authenticate(ctx context.Context, a Authenticate) error {
	now := s.now()
	err := s.inTx(ctx, func(tx *gorm.DB) error {
		status, err := s.lockAccount(tx, a.Session.AccountID)
		if err != nil {
			return err
		}
		if status != idp.AccountActive {
			return idp.ErrLocked
		}
		if a.Interaction != nil {
			if err := saveProgress(tx, a.Interaction); err != nil {
				return err
			}
		}
		if err := stillHeld(tx, a.Session.AccountID, a.Proved); err != nil {
			return err
		}
		if a.Passkey != nil {
			if err := usePasskey(tx, a.Session.AccountID, *a.Passkey); err != nil {
				return err
			}
		}
		if a.EndSessionID != "" && a.EndSessionID != a.Session.ID {
			if err := s.endBecause(tx, a, now, "replaced", "id = ?", a.EndSessionID); err != nil {
				return err
			}
		}
		if err := s.putSession(tx, a, now); err != nil {
			return err
		}
		if err := addStopCode(tx, a.StopCode); err != nil {
			return err
		}
		if err := useEnvironment(tx, a.Environment); err != nil {
			return err
		}
		return s.commitWith(tx, a.Effects)
	})
	if err == nil && a.Interaction != nil {
		a.Interaction.Version++
	}
	return err
}

// stillHeld holds what was proved some time ago against what the account has now. A change
// of password, an app that was exchanged or reported lost and a replaced address wait at the
// account's lock, so each comes before this session, which then is not made, or after it and
// ends it.
func stillHeld(tx *gorm.DB, accountID string, p *idp.Proved) error {
	if p == nil {
		return nil
	}
	held, err := one[struct{ Passwords, Seconds int }](tx, `SELECT
		(SELECT COUNT(*) FROM passwords WHERE account_id = ? AND kind = ? AND changed_at = ?) AS passwords,
		(SELECT COUNT(*) FROM totps WHERE id = ? AND account_id = ? AND confirmed_at > 0 AND NOT EXISTS (SELECT 1 FROM recoveries r
				WHERE r.account_id = totps.account_id AND r.totp_suspended_at > 0 AND r.totp_suspended_at >= totps.confirmed_at))
			+ (SELECT COUNT(*) FROM emails WHERE id = ? AND account_id = ? AND verified_at > 0) AS seconds`,
		accountID, string(idp.LoginPassword), micros(p.PasswordSetAt), p.CredentialID, accountID, p.CredentialID, accountID)
	if err == nil && (held.Passwords == 0 || held.Seconds == 0) {
		err = idp.ErrExpired
	}
	return err
}

// usePasskey updates the credential record. The comparison of counters is part of the
// statement, so of two assertions with one counter only one passes. A suspended passkey
// passes never (RC-11).
func usePasskey(tx *gorm.DB, accountID string, use idp.PasskeyUse) error {
	count := int64(use.SignCount)
	n, err := exec(tx, `UPDATE passkeys SET sign_count = ?, backup_state = ?, last_used_at = ?
		WHERE id = ? AND account_id = ? AND (sign_count < ? OR (sign_count = 0 AND CAST(? AS BIGINT) = 0))
		AND NOT EXISTS (SELECT 1 FROM recoveries r WHERE r.account_id = passkeys.account_id
			AND r.passkeys_suspended_at > 0 AND r.passkeys_suspended_at >= passkeys.created_at)`,
		count, use.BackupState, micros(use.UsedAt), use.PasskeyID, accountID, count, count)
	if err == nil && n == 0 {
		err = idp.ErrRejected
	}
	return err
}

func (s *Store) putSession(tx *gorm.DB, a Authenticate, now time.Time) error {
	row := rowOfSession(a.Session)
	if row.LastSeenAt.IsZero() {
		row.LastSeenAt = now
	}
	if a.NewSession {
		if row.CreatedAt.IsZero() {
			row.CreatedAt = now
		}
		if err := tx.Create(&row).Error; err != nil {
			return err
		}
	} else {
		n, err := exec(tx, `UPDATE sessions SET hash = ?, expires_at = ?, last_seen_at = ?, ip = ?, user_agent = ?
			WHERE id = ? AND account_id = ? AND ended_at = 0`,
			row.Hash, micros(row.ExpiresAt), micros(row.LastSeenAt), row.IP, row.UserAgent, row.ID, row.AccountID)
		if err != nil {
			return err
		}
		if n == 0 {
			return idp.ErrRevoked
		}
	}
	if err := addEvents(tx, row.ID, a.Events); err != nil {
		return err
	}
	if !a.NewSession || a.MaxSessions <= 0 {
		return nil
	}
	return s.endBecause(tx, a, now, "too_many_sessions", `account_id = ? AND id <> ? AND id NOT IN
		(SELECT id FROM sessions WHERE account_id = ? AND ended_at = 0 AND expires_at > ? AND id <> ?
		ORDER BY created_at DESC, id LIMIT ?)`,
		row.AccountID, row.ID, row.AccountID, micros(now), row.ID, a.MaxSessions-1)
}

// endBecause ends sessions that make room for a's, each with a record of it (SE-11).
func (s *Store) endBecause(tx *gorm.DB, a Authenticate, now time.Time, reason, where string, args ...any) error {
	ended, err := endSessions(tx, now, reason, where, args...)
	if err != nil || a.Ended == nil {
		return err
	}
	records := make([]idp.AuditRecord, 0, len(ended))
	for _, session := range ended {
		records = append(records, a.Ended(session.ID, session.AccountID, reason))
	}
	return s.appendAudit(tx, records)
}

func addEvents(tx *gorm.DB, sessionID string, events []idp.AuthenticationEvent) error {
	if len(events) == 0 {
		return nil
	}
	rows := make([]eventRow, 0, len(events))
	for _, event := range events {
		row := eventRow{Event: eventFields(event), SessionID: sessionID}
		if row.Event.ID == "" {
			row.Event.ID = idp.NewID()
		}
		rows = append(rows, row)
	}
	return tx.Create(&rows).Error
}
