package storage

import (
	"context"
	"errors"
	"strings"
	"time"

	"gorm.io/gorm"

	"sekisho/idp"
)

type accountRow struct {
	ID          string `gorm:"primaryKey"`
	Subject     string
	LoginName   string
	Kind        idp.AccountKind
	Status      idp.AccountStatus
	UserHandle  []byte
	Profile     idp.Profile `gorm:"serializer:json"`
	Permissions []string    `gorm:"serializer:json"`
	Locale      string
	CreatedAt   time.Time `gorm:"serializer:micros;autoCreateTime:false"`
	UpdatedAt   time.Time `gorm:"serializer:micros;autoUpdateTime:false"`
	LockedAt    time.Time `gorm:"serializer:micros"`
	LockReason  string

	Choices        idp.FactorChoices `gorm:"serializer:json"`
	ChoicesVersion int
}

func (accountRow) TableName() string { return "accounts" }

// storedAccount adds what only the search reads.
type storedAccount struct {
	Account     accountRow `gorm:"embedded"`
	DisplayName string     // Profile.Name
}

func (storedAccount) TableName() string { return "accounts" }

var accountColumns = columns[accountRow]("a", "")

// NewAccount is an account with what it begins with.
type NewAccount = idp.NewAccount

// CreateAccount writes the account and all it begins with in one transaction. A taken id,
// subject, login name or user handle is idp.ErrExists, also on a retry after success.
func (s *Store) CreateAccount(ctx context.Context, n NewAccount, effects idp.Effects) error {
	account := storedAccount{Account: accountRow(n.Account), DisplayName: n.Account.Profile.Name}
	if account.Account.CreatedAt.IsZero() {
		account.Account.CreatedAt = s.now()
	}
	account.Account.UpdatedAt = s.now()
	return s.inTx(ctx, func(tx *gorm.DB) error {
		if err := tx.Create(&account).Error; err != nil {
			return err
		}
		for _, email := range n.Emails {
			row := emailRow(email)
			row.AccountID = n.Account.ID
			if err := tx.Create(&row).Error; err != nil {
				return err
			}
		}
		for _, password := range n.Passwords {
			row := passwordRow(password)
			row.AccountID = n.Account.ID
			if err := tx.Create(&row).Error; err != nil {
				return err
			}
		}
		if n.TOTP != nil {
			row := totpRow(*n.TOTP)
			row.AccountID = n.Account.ID
			if err := tx.Create(&row).Error; err != nil {
				return err
			}
		}
		if n.Invitation != nil {
			row := invitationRow(*n.Invitation)
			row.AccountID = n.Account.ID
			if err := tx.Create(&row).Error; err != nil {
				return err
			}
		}
		return s.commitWith(tx, effects)
	})
}

// Account returns one account whatever its status; idp.ErrNotFound.
func (s *Store) Account(ctx context.Context, id string) (*idp.Account, error) {
	return s.account(ctx, "a.id = ?", id)
}

// AccountBySubject finds an account by its sub; idp.ErrNotFound.
func (s *Store) AccountBySubject(ctx context.Context, subject string) (*idp.Account, error) {
	return s.account(ctx, "a.subject = ?", subject)
}

// AccountByUserHandle finds an account by its WebAuthn user.id; idp.ErrNotFound.
func (s *Store) AccountByUserHandle(ctx context.Context, handle []byte) (*idp.Account, error) {
	return s.account(ctx, "a.user_handle = ?", handle)
}

func (s *Store) account(ctx context.Context, where string, arg any) (*idp.Account, error) {
	var row *accountRow
	err := s.look(ctx, func(db *gorm.DB) (err error) {
		row, err = one[accountRow](db, "SELECT "+accountColumns+" FROM accounts a WHERE "+where, arg)
		return err
	})
	if err != nil {
		return nil, err
	}
	account := idp.Account(*row)
	return &account, nil
}

// AccountByLogin finds the account a customer names at sign-in: by login name, or by the
// canonical form of a verified registered mail address that only one account has. A
// shared address is idp.ErrNotFound like an unknown one. One statement either way; with OR
// in place of the union PostgreSQL would read the whole table.
func (s *Store) AccountByLogin(ctx context.Context, canonical string) (*idp.Account, error) {
	var rows []accountRow
	err := s.look(ctx, func(db *gorm.DB) (err error) {
		rows, err = all[accountRow](db, "SELECT "+accountColumns+` FROM accounts a
			WHERE a.id IN (SELECT id FROM accounts WHERE login_name = ? UNION SELECT account_id FROM emails
				WHERE canonical = ? AND purpose = ? AND verified_at > 0)
			ORDER BY CASE WHEN a.login_name = ? THEN 0 ELSE 1 END LIMIT 2`,
			canonical, canonical, string(idp.EmailRegistered), canonical)
		return err
	})
	if err != nil {
		return nil, err
	}
	for _, row := range rows {
		if row.LoginName == canonical || len(rows) == 1 {
			account := idp.Account(row)
			return &account, nil
		}
	}
	return nil, idp.ErrNotFound
}

// AccountFilter narrows Accounts. Zero fields do not narrow.
type AccountFilter struct {
	Query  string // part of the login name, the name or a mail address; or a whole id or subject
	Status string
	After  string // LoginName of the last account of the page before
	Limit  int    // at most, and by default, 200
}

// Accounts lists accounts by login name, for the desk.
func (s *Store) Accounts(ctx context.Context, f AccountFilter) ([]*idp.Account, error) {
	if f.Limit <= 0 || f.Limit > 200 {
		f.Limit = 200
	}
	var rows []accountRow
	err := s.look(ctx, func(db *gorm.DB) error {
		query := db.Table("accounts a").Select(accountColumns).Order("a.login_name").Limit(f.Limit)
		if f.After != "" {
			query = query.Where("a.login_name > ?", f.After)
		}
		if f.Status != "" {
			query = query.Where("a.status = ?", f.Status)
		}
		if f.Query != "" {
			part := likePart(f.Query)
			query = query.Where(`(a.id = ? OR a.subject = ? OR LOWER(a.login_name) LIKE ? ESCAPE '!'
				OR LOWER(a.display_name) LIKE ? ESCAPE '!'
				OR EXISTS (SELECT 1 FROM emails e WHERE e.account_id = a.id AND LOWER(e.canonical) LIKE ? ESCAPE '!'))`,
				f.Query, f.Query, part, part, part)
		}
		return query.Scan(&rows).Error
	})
	if err != nil {
		return nil, err
	}
	accounts := make([]*idp.Account, 0, len(rows))
	for _, row := range rows {
		account := idp.Account(row)
		accounts = append(accounts, &account)
	}
	return accounts, nil
}

var likeEscapes = strings.NewReplacer("!", "!!", "%", "!%", "_", "!_")

// likePart is the LIKE pattern for text somewhere inside, with its wildcards disarmed.
func likePart(text string) string { return "%" + likeEscapes.Replace(strings.ToLower(text)) + "%" }

// SetAccountStatus sets the status. Leaving active ends every session, revokes every
// grant, offline ones too, and voids mailed codes and a recovery on its way, in the same
// transaction. An account whose invitation nobody has used becomes invited again instead
// of active: without an authenticator nobody could ever open it. Setting the status it has
// is harmless and writes the effects again; idp.ErrNotFound.
func (s *Store) SetAccountStatus(ctx context.Context, id string, status idp.AccountStatus, effects idp.Effects) error {
	now, asked := s.now(), status
	return s.inTx(ctx, func(tx *gorm.DB) (err error) {
		if _, err := s.lockAccount(tx, id); err != nil {
			return err
		}
		if status, err = opened(tx, id, asked); err != nil {
			return err
		}
		n, err := setStatus(tx, id, status, idp.LockedByOperator, now)
		if err != nil {
			return err
		}
		if n == 0 {
			return idp.ErrNotFound
		}
		if status != idp.AccountActive {
			if err := endAll(tx, now, "account_"+string(status), id, ""); err != nil {
				return err
			}
			if err := voidRecovery(tx, id); err != nil {
				return err
			}
			if err := forgetEnvironments(tx, id); err != nil {
				return err
			}
			if err := voidCodes(tx, id, micros(now)); err != nil {
				return err
			}
		}
		return s.commitWith(tx, effects)
	})
}

// opened is the status asked for, but invited instead of active while an invitation waits.
func opened(tx *gorm.DB, id string, asked idp.AccountStatus) (idp.AccountStatus, error) {
	if asked != idp.AccountActive {
		return asked, nil
	}
	_, err := one[struct{ ID string }](tx, "SELECT id FROM invitations WHERE account_id = ? AND consumed_at = 0", id)
	if errors.Is(err, idp.ErrNotFound) {
		return asked, nil
	}
	return idp.AccountInvited, err
}

// setStatus sets the status with why and since when the account is locked. Locking what
// is locked keeps the first reason and time.
func setStatus(tx *gorm.DB, id string, status idp.AccountStatus, reason string, at time.Time) (int64, error) {
	since, condition := micros(at), "status <> ?"
	if status != idp.AccountLocked {
		since, reason, condition = 0, "", "locked_at > 0 AND status = ?"
	}
	if _, err := exec(tx, "UPDATE accounts SET locked_at = ?, lock_reason = ? WHERE id = ? AND "+condition,
		since, reason, id, string(idp.AccountLocked)); err != nil {
		return 0, err
	}
	return exec(tx, "UPDATE accounts SET status = ?, updated_at = ? WHERE id = ?", string(status), micros(at), id)
}

// SetLocale stores the language the customer chose. One statement; idp.ErrNotFound.
func (s *Store) SetLocale(ctx context.Context, accountID, locale string) error {
	return s.once(ctx, func(db *gorm.DB) error {
		n, err := exec(db, "UPDATE accounts SET locale = ?, updated_at = ? WHERE id = ?", locale, micros(s.now()), accountID)
		if err == nil && n == 0 {
			err = idp.ErrNotFound
		}
		return err
	})
}

// lockAccount makes changes to one account's sessions, authenticators and codes wait for
// each other until the transaction ends, and returns the account's status;
// idp.ErrNotFound. On SQLite there is one writer anyway.
func (s *Store) lockAccount(tx *gorm.DB, id string) (idp.AccountStatus, error) {
	query := "SELECT status FROM accounts WHERE id = ?"
	if s.postgres {
		query += " FOR NO KEY UPDATE" // inserts that only refer to the account may pass
	}
	row, err := one[struct{ Status idp.AccountStatus }](tx, query, id)
	if err != nil {
		return "", err
	}
	return row.Status, nil
}
