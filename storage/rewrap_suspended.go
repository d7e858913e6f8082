package storage

import (
	"context"
	"encoding/json"

	"gorm.io/gorm"

	"sekisho/idp"
)

// rewrapSuspended is Rewrap for the secrets of suspended authenticator apps, which lie
// whole in their records: put back into use, they must still open. A value that again
// refuses is left, and is the refusal returned.
func (s *Store) rewrapSuspended(ctx context.Context, again func(SealedValue) ([]byte, bool, error)) (looked, replaced int, refused, err error) {
	last := ""
	for {
		var page []suspendedRow
		if err := s.look(ctx, func(db *gorm.DB) error {
			return db.Where("kind = ? AND id > ?", idp.SuspendedTOTP, last).Order("id").Limit(rewrapPage).Find(&page).Error
		}); err != nil {
			return looked, replaced, refused, err
		}
		for _, row := range page {
			last = row.Fields.ID
			looked++
			record, changed, err := rewrapRecord(row, again)
			if err != nil && refused == nil {
				refused = err
			}
			if err != nil || !changed {
				continue
			}
			if err := s.once(ctx, func(db *gorm.DB) error {
				n, err := exec(db, "UPDATE suspended_authenticators SET record = ? WHERE id = ? AND record = ?", record, row.Fields.ID, row.Record)
				replaced += int(n)
				return err
			}); err != nil {
				return looked, replaced, refused, err
			}
		}
		if len(page) < rewrapPage {
			return looked, replaced, refused, nil
		}
	}
}

// rewrapRecord gives the secret inside a record to again, named as the row it came from.
func rewrapRecord(row suspendedRow, again func(SealedValue) ([]byte, bool, error)) (record string, changed bool, err error) {
	var t idp.TOTP
	if err := json.Unmarshal([]byte(row.Record), &t); err != nil {
		return "", false, err
	}
	value, changed, err := again(SealedValue{Table: "totps", ID: t.ID, AccountID: t.AccountID, Value: t.Secret})
	if err != nil || !changed {
		return "", false, err
	}
	t.Secret = value
	b, err := json.Marshal(t)
	return string(b), true, err
}
