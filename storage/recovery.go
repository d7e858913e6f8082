package storage

import (
	"context"
	"errors"
	"time"

	"gorm.io/gorm"

	"sekisho/idp"
)

// Recovery returns what a recovery left behind on the account; the zero value when there
// was none.
func (s *Store) Recovery(ctx context.Context, accountID string) (idp.Recovery, error) {
	var row *struct{ HeldUntil, PasskeysSuspendedAt, TOTPSuspendedAt int64 }
	err := s.look(ctx, func(db *gorm.DB) (err error) {
		row, err = one[struct{ HeldUntil, PasskeysSuspendedAt, TOTPSuspendedAt int64 }](db,
			"SELECT held_until, passkeys_suspended_at, totp_suspended_at FROM recoveries WHERE account_id = ?", accountID)
		return err
	})
	if errors.Is(err, idp.ErrNotFound) {
		return idp.Recovery{}, nil
	}
	if err != nil {
		return idp.Recovery{}, err
	}
	return idp.Recovery{
		HeldUntil: fromMicros(row.HeldUntil), PasskeysSuspendedAt: fromMicros(row.PasskeysSuspendedAt),
		TOTPSuspendedAt: fromMicros(row.TOTPSuspendedAt),
	}, nil
}

// ProveRecovery commits one proof of a recovery: the interaction's progress, the use of a
// passkey or the single use of a recovery code, and the effects, all or nothing.
// idp.ErrRejected: no such unused code, or the passkey's counter did not grow;
// idp.ErrConflict and idp.ErrConsumed as SaveInteraction, which is also what a retry gets;
// idp.ErrLocked when the account is not active; idp.ErrNotFound without account.
func (s *Store) ProveRecovery(ctx context.Context, p idp.RecoveryProof) error {
	err := s.inTx(ctx, func(tx *gorm.DB) error {
		status, err := s.lockAccount(tx, p.AccountID)
		if err != nil {
			return err
		}
		if status != idp.AccountActive {
			return idp.ErrLocked
		}
		if err := saveProgress(tx, p.Interaction); err != nil {
			return err
		}
		if p.First {
			if _, err := exec(tx, `INSERT INTO recoveries (account_id, interaction_id, recovered_at, held_until, passkeys_suspended_at, totp_suspended_at)
				VALUES (?, ?, 0, 0, 0, 0) ON CONFLICT (account_id) DO UPDATE SET interaction_id = excluded.interaction_id`,
				p.AccountID, p.Interaction.ID); err != nil {
				return err
			}
		}
		if p.RecoveryCode != nil {
			if err := useRecoveryCode(tx, p.AccountID, p.RecoveryCode, p.At); err != nil {
				return err
			}
		}
		if p.Passkey != nil {
			if err := usePasskey(tx, p.AccountID, *p.Passkey); err != nil {
				return err
			}
		}
		return s.commitWith(tx, p.Effects)
	})
	if err == nil {
		p.Interaction.Version++
	}
	return err
}

// SuspendLost stops the account's authenticators named and ends every session and grant,
// in one transaction. idp.ErrConsumed unless the interaction is the account's current
// recovery. A retry writes the effects again. An app that is suspended stays so since the first
// report: whoever can report it again has nobody wait longer (RC-11).
func (s *Store) SuspendLost(ctx context.Context, l idp.LostDevice) error {
	return s.inTx(ctx, func(tx *gorm.DB) error {
		if _, err := s.lockAccount(tx, l.AccountID); err != nil {
			return err
		}
		at, app, err := coveringAll(tx, l)
		if err != nil {
			return err
		}
		n, err := exec(tx, `UPDATE recoveries SET
			passkeys_suspended_at = CASE WHEN ? THEN CAST(? AS BIGINT) ELSE passkeys_suspended_at END,
			totp_suspended_at = CASE WHEN ? AND totp_suspended_at < CAST(? AS BIGINT) THEN CAST(? AS BIGINT) ELSE totp_suspended_at END
			WHERE account_id = ? AND interaction_id = ?`,
			l.Passkeys, at, l.TOTP, max(app, 1), at, l.AccountID, l.InteractionID)
		if err != nil {
			return err
		}
		if n == 0 {
			return idp.ErrConsumed
		}
		if err := endAll(tx, l.At, "device_lost", l.AccountID, ""); err != nil {
			return err
		}
		if err := forgetEnvironments(tx, l.AccountID); err != nil {
			return err
		}
		return s.commitWith(tx, l.Effects)
	})
}

// coveringAll is the time of the report, or of the newest authenticator when the node that
// added it has a clock ahead of this one: everything there is now is reported lost. app is
// when the app was confirmed; 0 without one.
func coveringAll(tx *gorm.DB, l idp.LostDevice) (at, app int64, err error) {
	newest, err := one[struct{ Passkey, App int64 }](tx, `SELECT
		COALESCE((SELECT MAX(created_at) FROM passkeys WHERE account_id = ?), 0) AS passkey,
		COALESCE((SELECT MAX(confirmed_at) FROM totps WHERE account_id = ?), 0) AS app`, l.AccountID, l.AccountID)
	if err != nil {
		return 0, 0, err
	}
	return max(micros(l.At), newest.Passkey, newest.App), newest.App, nil
}

// CompleteRecovery finishes the interaction, sets the password, removes what was lost,
// lifts suspensions, begins the hold, ends every session and revokes every grant, offline
// ones too, in one transaction (RC-04). It succeeds once. idp.ErrConsumed afterwards, on a
// retry, and when a newer recovery, a sign-in or a change of password made since Since has
// voided it (RC-02); idp.ErrConflict when the interaction changed since Version;
// idp.ErrLocked when the account is not active; idp.ErrNotFound.
func (s *Store) CompleteRecovery(ctx context.Context, c idp.CompleteRecovery) error {
	return s.inTx(ctx, func(tx *gorm.DB) error {
		status, err := s.lockAccount(tx, c.AccountID)
		if err != nil {
			return err
		}
		if status != idp.AccountActive {
			return idp.ErrLocked
		}
		if err := finish(tx, c.InteractionID, c.Version, c.At); err != nil {
			return err
		}
		if err := takeRecovery(tx, c); err != nil {
			return err
		}
		row := passwordRow(c.Password)
		row.AccountID = c.AccountID
		if err := putPassword(tx, row); err != nil {
			return err
		}
		if err := removeLost(tx, c); err != nil {
			return err
		}
		if err := endAll(tx, c.At, "recovered", c.AccountID, ""); err != nil {
			return err
		}
		if err := forgetEnvironments(tx, c.AccountID); err != nil {
			return err
		}
		return s.commitWith(tx, c.Effects)
	})
}

// takeRecovery uses up the account's admitted recovery. The hold never gets shorter.
func takeRecovery(tx *gorm.DB, c idp.CompleteRecovery) error {
	held, since := micros(c.HeldUntil), micros(c.Since.Add(-idp.ClockTolerance)) // two nodes may have dated them
	n, err := exec(tx, `UPDATE recoveries SET interaction_id = '', recovered_at = ?, passkeys_suspended_at = 0, totp_suspended_at = 0,
		held_until = CASE WHEN held_until > CAST(? AS BIGINT) THEN held_until ELSE CAST(? AS BIGINT) END
		WHERE account_id = ? AND interaction_id = ?
		AND NOT EXISTS (SELECT 1 FROM passwords p WHERE p.account_id = recoveries.account_id AND p.kind = ? AND p.changed_at > ?)
		AND NOT EXISTS (SELECT 1 FROM sessions s WHERE s.account_id = recoveries.account_id AND s.created_at >= ?)`,
		micros(c.At), held, held, c.AccountID, c.InteractionID, string(idp.LoginPassword), since, since)
	if err == nil && n == 0 {
		err = idp.ErrConsumed
	}
	return err
}

// EndHold ends the account's hold before its time, when the desk knows who recovered it:
// one transaction with its effects. idp.ErrNotFound when the account is not held at at,
// which is also what a retry gets.
func (s *Store) EndHold(ctx context.Context, accountID string, at time.Time, effects idp.Effects) error {
	return s.inTx(ctx, func(tx *gorm.DB) error {
		n, err := exec(tx, "UPDATE recoveries SET held_until = ? WHERE account_id = ? AND held_until > ?", micros(at), accountID, micros(at))
		if err != nil {
			return err
		}
		if n == 0 {
			return idp.ErrNotFound
		}
		return s.commitWith(tx, effects)
	})
}

func removeLost(tx *gorm.DB, c idp.CompleteRecovery) error {
	if c.RemovePasskeys {
		if _, err := exec(tx, "DELETE FROM passkeys WHERE account_id = ?", c.AccountID); err != nil {
			return err
		}
	}
	if c.RemoveTransactionPassword {
		if _, err := exec(tx, "DELETE FROM passwords WHERE account_id = ? AND kind = ?", c.AccountID, string(idp.TransactionPassword)); err != nil {
			return err
		}
	}
	if c.RemoveTOTP {
		if _, err := exec(tx, "DELETE FROM totps WHERE account_id = ?", c.AccountID); err != nil {
			return err
		}
	}
	return nil
}

func useRecoveryCode(db *gorm.DB, accountID string, mac []byte, at time.Time) error {
	n, err := exec(db, "UPDATE recovery_codes SET used_at = ? WHERE account_id = ? AND mac = ? AND used_at = 0",
		micros(at), accountID, mac)
	if err == nil && n == 0 {
		err = idp.ErrRejected
	}
	return err
}

// ReplaceRecoveryCodes stores a new set and deletes the old one, used codes too, in one
// transaction. A retry with the same set is harmless but writes the effects again;
// idp.ErrNotFound without account.
func (s *Store) ReplaceRecoveryCodes(ctx context.Context, accountID string, macs [][]byte, at time.Time, effects idp.Effects) error {
	return s.inTx(ctx, func(tx *gorm.DB) error {
		if _, err := s.lockAccount(tx, accountID); err != nil {
			return err
		}
		if _, err := exec(tx, "DELETE FROM recovery_codes WHERE account_id = ?", accountID); err != nil {
			return err
		}
		for _, mac := range macs {
			if _, err := exec(tx, "INSERT INTO recovery_codes (account_id, mac, created_at, used_at) VALUES (?, ?, ?, 0)",
				accountID, mac, micros(at)); err != nil {
				return err
			}
		}
		return s.commitWith(tx, effects)
	})
}

// RecoveryCodes counts the account's recovery codes.
func (s *Store) RecoveryCodes(ctx context.Context, accountID string) (idp.RecoveryCodes, error) {
	type counts struct {
		Total, Unused int
		Created       int64
	}
	var row *counts
	err := s.look(ctx, func(db *gorm.DB) (err error) {
		row, err = one[counts](db, `SELECT COUNT(*) AS total, COALESCE(SUM(CASE WHEN used_at = 0 THEN 1 ELSE 0 END), 0) AS unused,
			COALESCE(MAX(created_at), 0) AS created FROM recovery_codes WHERE account_id = ?`, accountID)
		return err
	})
	if err != nil {
		return idp.RecoveryCodes{}, err
	}
	return idp.RecoveryCodes{Total: row.Total, Left: row.Unused, CreatedAt: fromMicros(row.Created)}, nil
}
