package storage

import (
	"context"
	"time"

	"gorm.io/gorm"

	"sekisho/idp"
)

type letterRow struct {
	ID        string `gorm:"primaryKey"`
	AccountID string
	State     idp.LetterState
	Origin    string
	Kinds     string
	Sealed    []byte
	DueOn     string
	CreatedAt time.Time `gorm:"serializer:micros;autoCreateTime:false"`
	ExpiresAt time.Time `gorm:"serializer:micros"`
	EndedAt   time.Time `gorm:"serializer:micros"`
	Reason    string
}

func (letterRow) TableName() string { return "letters" }

// IssueLetter queues a letter and ends earlier temporary passwords of its kinds, in one
// transaction. idp.ErrExists when NotSince is set and another letter stands against it, and
// on a retry; idp.ErrLocked when the account is not active; idp.ErrNotFound.
func (s *Store) IssueLetter(ctx context.Context, l idp.IssueLetter) error {
	row := letterRow(l.Letter)
	row.State, row.EndedAt = idp.LetterQueued, time.Time{}
	return s.inTx(ctx, func(tx *gorm.DB) error {
		status, err := s.lockAccount(tx, row.AccountID)
		if err != nil {
			return err
		}
		if status != idp.AccountActive {
			return idp.ErrLocked
		}
		if err := noOtherLetter(tx, row.AccountID, l.NotSince); err != nil {
			return err
		}
		for _, p := range l.Passwords {
			if err := endTemporary(tx, row.AccountID, p.Kind, "replaced", row.CreatedAt); err != nil {
				return err
			}
		}
		if err := tx.Create(&row).Error; err != nil {
			return err
		}
		for _, p := range l.Passwords {
			p.AccountID, p.LetterID = row.AccountID, row.ID
			temporary := temporaryRow(p)
			if err := tx.Create(&temporary).Error; err != nil {
				return err
			}
		}
		if err := addStopCode(tx, l.StopCode); err != nil {
			return err
		}
		return s.commitWith(tx, l.Effects)
	})
}

func noOtherLetter(tx *gorm.DB, accountID string, since time.Time) error {
	if since.IsZero() {
		return nil
	}
	row, err := one[struct{ N int }](tx, `SELECT COUNT(*) AS n FROM letters WHERE account_id = ?
		AND (state = ? OR (state = ? AND ended_at > ?))`, accountID, string(idp.LetterQueued), string(idp.LetterPrinted), micros(since))
	if err == nil && row.N > 0 {
		err = idp.ErrExists
	}
	return err
}

// Letter returns one letter; idp.ErrNotFound.
func (s *Store) Letter(ctx context.Context, id string) (*idp.Letter, error) {
	var row letterRow
	err := s.look(ctx, func(db *gorm.DB) error { return db.Where("id = ?", id).Take(&row).Error })
	if err != nil {
		return nil, err
	}
	letter := idp.Letter(row)
	return &letter, nil
}

// LetterFilter narrows Letters. Zero fields do not narrow.
type LetterFilter struct {
	AccountID string
	State     idp.LetterState
	DueBy     string // YYYY-MM-DD
	Limit     int    // at most, and by default, 1000
}

// Letters lists letters by when they are due, without what is sealed in them.
func (s *Store) Letters(ctx context.Context, f LetterFilter) ([]idp.Letter, error) {
	if f.Limit <= 0 || f.Limit > 1000 {
		f.Limit = 1000
	}
	var rows []letterRow
	err := s.look(ctx, func(db *gorm.DB) error {
		query := db.Omit("sealed").Order("due_on, created_at, id").Limit(f.Limit)
		if f.AccountID != "" {
			query = query.Where("account_id = ?", f.AccountID)
		}
		if f.State != "" {
			query = query.Where("state = ?", string(f.State))
		}
		if f.DueBy != "" {
			query = query.Where("due_on <= ?", f.DueBy)
		}
		return query.Find(&rows).Error
	})
	if err != nil {
		return nil, err
	}
	letters := make([]idp.Letter, 0, len(rows))
	for _, row := range rows {
		letters = append(letters, idp.Letter(row))
	}
	return letters, nil
}

// PrintLetter takes a queued letter out of the queue for good and forgets what was sealed
// in it, with its effects in one transaction. One conditional statement decides, so of any
// number one succeeds; the others and a retry are idp.ErrConsumed. idp.ErrExpired,
// idp.ErrNotFound.
func (s *Store) PrintLetter(ctx context.Context, id string, at time.Time, effects idp.Effects) error {
	return s.inTx(ctx, func(tx *gorm.DB) error {
		n, err := exec(tx, "UPDATE letters SET state = ?, ended_at = ?, sealed = NULL WHERE id = ? AND state = ? AND expires_at > ?",
			string(idp.LetterPrinted), micros(at), id, string(idp.LetterQueued), micros(at))
		if err != nil {
			return err
		}
		if n == 0 {
			return whyNotPrinted(tx, id, at)
		}
		return s.commitWith(tx, effects)
	})
}

// whyNotPrinted names the condition a refused statement stumbled on. It only explains.
func whyNotPrinted(tx *gorm.DB, id string, at time.Time) error {
	var row letterRow
	if err := tx.Where("id = ?", id).Take(&row).Error; err != nil {
		return err
	}
	if row.State == idp.LetterExpired || row.State == idp.LetterQueued && !at.Before(row.ExpiresAt) {
		return idp.ErrExpired
	}
	return idp.ErrConsumed
}

// VoidLetter ends a queued or printed letter with its temporary passwords, and its effects,
// in one transaction. idp.ErrConsumed when it ended before, also on a retry; idp.ErrNotFound.
func (s *Store) VoidLetter(ctx context.Context, id, reason string, at time.Time, effects idp.Effects) error {
	return s.inTx(ctx, func(tx *gorm.DB) error {
		if err := voidLetter(tx, id, reason, at); err != nil {
			return err
		}
		return s.commitWith(tx, effects)
	})
}

func voidLetter(tx *gorm.DB, id, reason string, at time.Time) error {
	n, err := exec(tx, "UPDATE letters SET state = ?, ended_at = ?, reason = ?, sealed = NULL WHERE id = ? AND state IN (?, ?)",
		string(idp.LetterVoid), micros(at), reason, id, string(idp.LetterQueued), string(idp.LetterPrinted))
	if err != nil {
		return err
	}
	if n == 0 {
		if err := whyNotPrinted(tx, id, at); err != nil && err != idp.ErrExpired {
			return err
		}
		return idp.ErrConsumed
	}
	_, err = exec(tx, "DELETE FROM temporary_passwords WHERE letter_id = ?", id)
	return err
}

// StopLetter uses a stop code up and voids the letter it belongs to, in one transaction.
// Both count once: idp.ErrConsumed or idp.ErrExpired when the code was used or is too old,
// also on a retry. A letter that had ended already is no error, nothing is left to stop.
func (s *Store) StopLetter(ctx context.Context, code idp.StopCode, letterID, reason string, at time.Time, effects idp.Effects) error {
	return s.inTx(ctx, func(tx *gorm.DB) error {
		if _, err := s.lockAccount(tx, code.AccountID); err != nil {
			return err
		}
		n, err := exec(tx, "UPDATE stop_codes SET consumed_at = ? WHERE id = ? AND account_id = ? AND session_id = ? AND consumed_at = 0 AND expires_at > ?",
			micros(at), code.ID, code.AccountID, idp.LetterStop+letterID, micros(at))
		if err != nil {
			return err
		}
		if n == 0 {
			return whyNotStopped(tx, code, at)
		}
		if err := voidLetter(tx, letterID, reason, at); err != nil && err != idp.ErrConsumed {
			return err
		}
		return s.commitWith(tx, effects)
	})
}

// voidLetters ends every letter of an account, for an account that is being stopped.
func voidLetters(tx *gorm.DB, accountID, reason string, at time.Time) error {
	if _, err := exec(tx, "DELETE FROM temporary_passwords WHERE account_id = ?", accountID); err != nil {
		return err
	}
	_, err := exec(tx, "UPDATE letters SET state = ?, ended_at = ?, reason = ?, sealed = NULL WHERE account_id = ? AND state IN (?, ?)",
		string(idp.LetterVoid), micros(at), reason, accountID, string(idp.LetterQueued), string(idp.LetterPrinted))
	return err
}

// ExpireLetters ends up to batch letters whose time is over and forgets what is sealed in
// them, and returns how many. Several nodes may do so at once; repeating it is harmless.
func (s *Store) ExpireLetters(ctx context.Context, now time.Time, batch int) (int, error) {
	var n int64
	err := s.once(ctx, func(db *gorm.DB) (err error) {
		n, err = exec(db, `UPDATE letters SET state = ?, ended_at = ?, sealed = NULL WHERE state IN (?, ?) AND id IN
			(SELECT id FROM letters WHERE expires_at <= ? AND state IN (?, ?) LIMIT ?)`,
			string(idp.LetterExpired), micros(now), string(idp.LetterQueued), string(idp.LetterPrinted),
			micros(now), string(idp.LetterQueued), string(idp.LetterPrinted), max(batch, 1))
		return err
	})
	return int(n), err
}
