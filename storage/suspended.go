package storage

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"gorm.io/gorm"

	"sekisho/idp"
)

// SuspendedAuthenticators lists what of the account is out of use until the desk decides,
// oldest first; none is no error.
func (s *Store) SuspendedAuthenticators(ctx context.Context, accountID string) ([]idp.SuspendedAuthenticator, error) {
	var rows []suspendedRow
	err := s.look(ctx, func(db *gorm.DB) error {
		return db.Where("account_id = ?", accountID).Order("suspended_at, added_at, id").Find(&rows).Error
	})
	if err != nil {
		return nil, err
	}
	list := make([]idp.SuspendedAuthenticator, 0, len(rows))
	for _, row := range rows {
		list = append(list, idp.SuspendedAuthenticator(row.Fields))
	}
	return list, nil
}

// RestoreAuthenticators puts suspended authenticators back into use, in one transaction,
// and returns the ids of those that it did. One whose place was taken meanwhile (another
// app, another password) stays suspended. An id that is not of a suspended authenticator
// of the account is idp.ErrNotFound and nothing is changed; so it is on a retry.
func (s *Store) RestoreAuthenticators(ctx context.Context, accountID string, ids []string,
	record func(kind idp.AuthenticatorKind, id string) idp.AuditRecord) ([]string, error) {
	var restored []string
	err := s.inTx(ctx, func(tx *gorm.DB) error {
		restored = nil
		if _, err := s.lockAccount(tx, accountID); err != nil {
			return err
		}
		ids = slices.Compact(slices.Sorted(slices.Values(ids)))
		var rows, back []suspendedRow
		if err := tx.Where("account_id = ? AND id IN ?", accountID, ids).Order("added_at, id").Find(&rows).Error; err != nil {
			return err
		}
		if len(rows) != len(ids) {
			return idp.ErrNotFound
		}
		for _, row := range rows {
			err := tx.Transaction(func(tx *gorm.DB) error { return putBack(tx, row) }) // a savepoint: a taken place undoes this row only
			if errors.Is(translate(err), idp.ErrExists) {
				continue
			}
			if err != nil {
				return err
			}
			back = append(back, row)
			restored = append(restored, row.Fields.ID)
		}
		return s.recordEach(tx, back, record)
	})
	return restored, err
}

// putBack moves one row back into its table.
func putBack(tx *gorm.DB, row suspendedRow) error {
	var into any
	var err error
	switch row.Fields.Kind {
	case idp.SuspendedPasskey:
		into, err = noun[idp.Passkey, passkeyRow](row, func(n idp.Passkey) passkeyRow { return passkeyRow(n) })
	case idp.SuspendedTOTP:
		into, err = noun[idp.TOTP, totpRow](row, func(n idp.TOTP) totpRow { return totpRow(n) })
	case idp.SuspendedEmail:
		into, err = noun[idp.Email, emailRow](row, func(n idp.Email) emailRow { return emailRow(n) })
	case idp.SuspendedPassword:
		into, err = noun[idp.Password, passwordRow](row, func(n idp.Password) passwordRow { return passwordRow(n) })
	default:
		return fmt.Errorf("storage: suspended authenticator of kind %q", row.Fields.Kind)
	}
	if err == nil {
		err = placeTaken(tx, into)
	}
	if err != nil {
		return err
	}
	if _, err := exec(tx, "DELETE FROM suspended_authenticators WHERE id = ?", row.Fields.ID); err != nil {
		return err
	}
	return tx.Create(into).Error
}

// placeTaken is idp.ErrExists for a registered address when the account has one again: the
// one it replaced came back when the change was undone.
func placeTaken(tx *gorm.DB, into any) error {
	email, is := into.(*emailRow)
	if !is || email.Purpose != idp.EmailRegistered {
		return nil
	}
	_, err := one[struct{ ID string }](tx, "SELECT id FROM emails WHERE account_id = ? AND purpose = ?", email.AccountID, string(idp.EmailRegistered))
	if errors.Is(err, idp.ErrNotFound) {
		return nil
	}
	if err == nil {
		err = idp.ErrExists
	}
	return err
}

// noun reads the kept record and makes its row.
func noun[Noun, Row any](row suspendedRow, convert func(Noun) Row) (*Row, error) {
	var n Noun
	if err := json.Unmarshal([]byte(row.Record), &n); err != nil {
		return nil, err
	}
	r := convert(n)
	return &r, nil
}
