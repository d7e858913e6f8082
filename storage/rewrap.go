package storage

import (
	"bytes"
	"context"

	"gorm.io/gorm"
)

// SealedValue is one value that the database holds sealed under a key from outside it.
type SealedValue struct {
	Table     string // signing_keys, totps, outbox, letters or sealed_keys
	ID        string
	AccountID string // "" for signing keys
	Value     []byte
}

// sealedColumns are all columns with such values.
var sealedColumns = []struct{ table, account, column string }{
	{"signing_keys", "''", "sealed"},
	{"totps", "account_id", "secret"},
	{"outbox", "account_id", "payload"},
	{"letters", "account_id", "sealed"},
	{"sealed_keys", "''", "sealed"},
}

// rewrapPage is how many values are read at once.
const rewrapPage = 200

// Rewrap gives every sealed value to again and stores what it returns where changed is
// true, each by one conditional statement: a value that was replaced meanwhile stays as it
// is. Other work goes on. It is harmless to repeat, and should be repeated once after the
// last node took the new key. A value that again refuses is left and told at the end, with
// the first refusal.
func (s *Store) Rewrap(ctx context.Context, again func(SealedValue) (value []byte, changed bool, err error)) (looked, replaced int, err error) {
	var refused error
	for _, c := range sealedColumns {
		query := "SELECT id, " + c.account + " AS account_id, " + c.column + " AS value FROM " + c.table +
			" WHERE id > ? AND " + c.column + " IS NOT NULL ORDER BY id LIMIT ?"
		update := "UPDATE " + c.table + " SET " + c.column + " = ? WHERE id = ? AND " + c.column + " = ?"
		last := ""
		for {
			var page []SealedValue
			if err := s.look(ctx, func(db *gorm.DB) (err error) {
				page, err = all[SealedValue](db, query, last, rewrapPage)
				return err
			}); err != nil {
				return looked, replaced, err
			}
			for _, v := range page {
				v.Table, last = c.table, v.ID
				looked++
				value, changed, err := again(v)
				if err != nil && refused == nil {
					refused = err
				}
				if err != nil || !changed {
					continue
				}
				if err := s.once(ctx, func(db *gorm.DB) error {
					n, err := exec(db, update, value, v.ID, v.Value)
					replaced += int(n)
					return err
				}); err != nil {
					return looked, replaced, err
				}
			}
			if len(page) < rewrapPage {
				break
			}
		}
	}
	seen, done, also, err := s.rewrapSuspended(ctx, again)
	if err != nil {
		return looked, replaced, err
	}
	if refused == nil {
		refused = also
	}
	return looked + seen, replaced + done, refused
}

// RewrapAudit makes the MACs of the audit trail anew, of each seal that holds under verify
// and of where the trail begins, and returns how many changed. A seal that does not hold
// is evidence: nothing is changed then, and the error is ErrAuditBroken.
func (s *Store) RewrapAudit(ctx context.Context, mac func([]byte) []byte, verify func(message, mac []byte) bool) (replaced int, err error) {
	verdict, err := s.VerifyAuditWith(ctx, verify)
	if err != nil {
		return 0, err
	}
	if !verdict.OK() {
		return 0, ErrAuditBroken
	}
	for next := int64(0); ; {
		var seals []sealRow
		if err := s.look(ctx, func(db *gorm.DB) error {
			return db.Select("id", "digest", "mac").Where("id > ?", next).Order("id").Limit(rewrapPage).Find(&seals).Error
		}); err != nil {
			return replaced, err
		}
		for _, seal := range seals {
			next = seal.ID
			made := mac(seal.Digest)
			if bytes.Equal(made, seal.MAC) || !verify(seal.Digest, seal.MAC) {
				continue
			}
			if err := s.once(ctx, func(db *gorm.DB) error {
				n, err := exec(db, "UPDATE audit_seals SET mac = ? WHERE id = ? AND digest = ?", made, seal.ID, seal.Digest)
				replaced += int(n)
				return err
			}); err != nil {
				return replaced, err
			}
		}
		if len(seals) < rewrapPage {
			break
		}
	}
	n, err := s.rewrapCut(ctx, mac, verify)
	return replaced + n, err
}

func (s *Store) rewrapCut(ctx context.Context, mac func([]byte) []byte, verify func(message, mac []byte) bool) (replaced int, err error) {
	err = s.inTx(ctx, func(tx *gorm.DB) error {
		replaced = 0
		cut, holds, err := lastCut(tx, verify)
		if err != nil || !holds || cut.SealID == 0 || bytes.Equal(mac(cut.message()), cut.MAC) {
			return err
		}
		n, err := exec(tx, "UPDATE audit_cut SET mac = ? WHERE id = 1 AND seal_id = ?", mac(cut.message()), cut.SealID)
		replaced = int(n)
		return err
	})
	return replaced, err
}
