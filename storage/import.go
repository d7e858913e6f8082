package storage

import (
	"context"
	"slices"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"sekisho/idp"
)

// importChunk is how many rows one statement of an import inserts or asks for. On
// PostgreSQL each is a round trip, and 65535 values are the most; the SQLite driver's work
// grows with the square of the values of a statement.
func (s *Store) importChunk() int {
	if s.postgres {
		return 1000
	}
	return 100
}

// ImportAccounts writes the accounts of a batch that are not there yet, with all they begin
// with, in one transaction, and returns the ids of those it wrote. An account whose id,
// subject, login name or user handle is taken is left out and nothing of the existing one
// changes; the caller asks KnownAccounts which it was. effects is called with the number
// written, again when the transaction is repeated, and not at all for none.
//
// The same accounts again, one call after the other or both at the same moment, are written
// once. So that it can tell who wrote them, each call brings subjects of its own; with those
// of an earlier one it is idp.ErrExists and writes nothing.
func (s *Store) ImportAccounts(ctx context.Context, batch []NewAccount, effects func(created int) idp.Effects) ([]string, error) {
	var created []string
	err := s.inTx(ctx, func(tx *gorm.DB) (err error) {
		if created, err = s.importAccounts(tx, batch); err != nil || len(created) == 0 {
			return err
		}
		if err := s.importHoldings(tx, batch, created); err != nil {
			return err
		}
		return s.commitWith(tx, effects(len(created)))
	})
	if err != nil {
		return nil, err
	}
	return created, nil
}

// importAccounts inserts the accounts alone.
func (s *Store) importAccounts(tx *gorm.DB, batch []NewAccount) ([]string, error) {
	now := s.now()
	rows, ids, subjects := make([]storedAccount, 0, len(batch)), make([]string, 0, len(batch)), make(map[string]string, len(batch))
	for _, n := range batch {
		row := storedAccount{Account: accountRow(n.Account), DisplayName: n.Account.Profile.Name}
		if row.Account.CreatedAt.IsZero() {
			row.Account.CreatedAt = now
		}
		row.Account.UpdatedAt = row.Account.CreatedAt
		rows, ids, subjects[n.Account.ID] = append(rows, row), append(ids, n.Account.ID), n.Account.Subject
	}
	result := tx.Clauses(clause.OnConflict{DoNothing: true}).CreateInBatches(&rows, s.importChunk())
	if result.Error != nil || result.RowsAffected == int64(len(rows)) {
		return ids, result.Error
	}
	// An account that was there under the same id has a subject of its own.
	var created []string
	for some := range slices.Chunk(ids, s.importChunk()) {
		found, err := all[struct{ ID, Subject string }](tx, "SELECT id, subject FROM accounts WHERE id IN ?", some)
		if err != nil {
			return nil, err
		}
		for _, row := range found {
			if subjects[row.ID] == row.Subject {
				created = append(created, row.ID)
			}
		}
	}
	return created, nil
}

// importHoldings inserts what the created accounts begin with, one kind after the other.
func (s *Store) importHoldings(tx *gorm.DB, batch []NewAccount, created []string) error {
	fresh := make(map[string]bool, len(created))
	for _, id := range created {
		fresh[id] = true
	}
	var emails []emailRow
	var passwords []passwordRow
	var totps []totpRow
	var invitations []invitationRow
	for _, n := range batch {
		if !fresh[n.Account.ID] {
			continue
		}
		for _, email := range n.Emails {
			email.AccountID = n.Account.ID
			emails = append(emails, emailRow(email))
		}
		for _, password := range n.Passwords {
			password.AccountID = n.Account.ID
			passwords = append(passwords, passwordRow(password))
		}
		if n.TOTP != nil {
			row := totpRow(*n.TOTP)
			row.AccountID = n.Account.ID
			totps = append(totps, row)
		}
		if n.Invitation != nil {
			row := invitationRow(*n.Invitation)
			row.AccountID = n.Account.ID
			invitations = append(invitations, row)
		}
	}
	if err := insertAll(tx, emails, s.importChunk()); err != nil {
		return err
	}
	if err := insertAll(tx, passwords, s.importChunk()); err != nil {
		return err
	}
	if err := insertAll(tx, totps, s.importChunk()); err != nil {
		return err
	}
	return insertAll(tx, invitations, s.importChunk())
}

func insertAll[Row any](tx *gorm.DB, rows []Row, chunk int) error {
	if len(rows) == 0 {
		return nil
	}
	return tx.CreateInBatches(&rows, chunk).Error
}

// KnownAccounts returns the id of each account that has one of the ids or login names, by
// login name. It only reads.
func (s *Store) KnownAccounts(ctx context.Context, ids, loginNames []string) (map[string]string, error) {
	known := map[string]string{}
	err := s.look(ctx, func(db *gorm.DB) error {
		clear(known)
		for query, values := range map[string][]string{
			"SELECT id, login_name FROM accounts WHERE id IN ?":         ids,
			"SELECT id, login_name FROM accounts WHERE login_name IN ?": loginNames,
		} {
			for some := range slices.Chunk(values, s.importChunk()) {
				found, err := all[struct{ ID, LoginName string }](db, query, some)
				if err != nil {
					return err
				}
				for _, row := range found {
					known[row.LoginName] = row.ID
				}
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return known, nil
}
