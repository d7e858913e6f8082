package storage

import (
	"context"
	"time"

	"gorm.io/gorm"

	"sekisho/idp"
)

// OfferPasskey reports whether the account is to be offered a passkey now, and notes that
// it was, in one conditional statement: of many calls at once one gets true. It does not
// get it while it has a passkey, after it declined for good, and when it was offered one
// after before. A retry of a call that got true gets false, which costs an offer.
func (s *Store) OfferPasskey(ctx context.Context, accountID string, at, before time.Time) (bool, error) {
	var n int64
	err := s.inTx(ctx, func(tx *gorm.DB) (err error) {
		n, err = exec(tx, `INSERT INTO passkey_offers (account_id, offered_at, declined_at)
			SELECT a.id, CAST(? AS BIGINT), 0 FROM accounts a
			WHERE a.id = ? AND NOT EXISTS (SELECT 1 FROM passkeys k WHERE k.account_id = a.id)
			ON CONFLICT (account_id) DO UPDATE SET offered_at = excluded.offered_at
			WHERE passkey_offers.declined_at = 0 AND passkey_offers.offered_at <= ?`, micros(at), accountID, micros(before))
		return err
	})
	return n == 1, err
}

// DeclinePasskey notes that the customer does not want to be offered a passkey any more,
// in one transaction with its effects. Declining again changes nothing.
func (s *Store) DeclinePasskey(ctx context.Context, accountID string, at time.Time, effects idp.Effects) error {
	return s.inTx(ctx, func(tx *gorm.DB) error {
		n, err := exec(tx, `INSERT INTO passkey_offers (account_id, offered_at, declined_at) VALUES (?, ?, ?)
			ON CONFLICT (account_id) DO UPDATE SET declined_at = excluded.declined_at WHERE passkey_offers.declined_at = 0`,
			accountID, micros(at), micros(at))
		if err != nil || n == 0 {
			return err
		}
		return s.commitWith(tx, effects)
	})
}
