package storage

import (
	"errors"

	"gorm.io/gorm"

	"sekisho/idp"
)

// commitWith writes the effects of a change into the transaction that makes it: one
// statement for all audit records, one for all messages. Its conditions are asked here,
// last, so that no act can forget them.
func (s *Store) commitWith(tx *gorm.DB, effects idp.Effects) error {
	if err := s.allowed(tx, effects); err != nil {
		return err
	}
	if err := s.appendAudit(tx, effects.Audit); err != nil {
		return err
	}
	return addOutbox(tx, effects.Outbox)
}

// allowed holds a change against the session it was asked for in. Writing to the session's
// row makes whoever ends it wait for this commit, or finds it ended.
func (s *Store) allowed(tx *gorm.DB, effects idp.Effects) error {
	if effects.Session == "" {
		return nil
	}
	row, err := one[struct{ AccountID string }](tx,
		"UPDATE sessions SET last_seen_at = last_seen_at WHERE id = ? AND ended_at = 0 RETURNING account_id", effects.Session)
	if errors.Is(err, idp.ErrNotFound) {
		return idp.ErrRevoked
	}
	if err != nil {
		return err
	}
	if err := voidRecovery(tx, row.AccountID); err != nil {
		return err
	}
	return leavesWayIn(tx, row.AccountID, effects.WayIn)
}

// leavesWayIn is idp.ErrLastWayIn when the account, as the transaction leaves it, could not
// be signed in to any more. The caller holds the account's lock, so two removals at once
// cannot each count on what the other one takes.
func leavesWayIn(tx *gorm.DB, accountID string, allowed *idp.WayIn) error {
	if allowed == nil {
		return nil
	}
	left, err := one[struct{ Passkeys, Passwords, Apps, Addresses int }](tx, `SELECT
		(SELECT COUNT(*) FROM passkeys WHERE account_id = ?) AS passkeys,
		(SELECT COUNT(*) FROM passwords WHERE account_id = ? AND kind = ?) AS passwords,
		(SELECT COUNT(*) FROM totps WHERE account_id = ? AND confirmed_at > 0) AS apps,
		(SELECT COUNT(*) FROM emails WHERE account_id = ? AND verified_at > 0) AS addresses`,
		accountID, accountID, string(idp.LoginPassword), accountID, accountID)
	if err != nil {
		return err
	}
	second := left.Apps > 0 || left.Addresses > 0 && allowed.EmailCode
	if left.Passkeys > 0 || allowed.Password && left.Passwords > 0 && second {
		return nil
	}
	return idp.ErrLastWayIn
}

// voidRecovery drops the recovery that may still be completed, if there is one (RC-02).
func voidRecovery(tx *gorm.DB, accountID string) error {
	_, err := exec(tx, "UPDATE recoveries SET interaction_id = '' WHERE account_id = ? AND interaction_id <> ''", accountID)
	return err
}

// voidCodes voids every mailed code of the account that waits to be typed.
func voidCodes(tx *gorm.DB, accountID string, at int64) error {
	_, err := exec(tx, "UPDATE email_codes SET consumed_at = ? WHERE account_id = ? AND consumed_at = 0", at, accountID)
	return err
}
