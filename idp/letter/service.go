package letter

import (
	"context"
	"errors"
	"time"

	"sekisho/idp"
	"sekisho/idp/keys"
	"sekisho/idp/notify"
)

// Store keeps letters and temporary passwords. *storage.Store satisfies it.
type Store interface {
	Account(ctx context.Context, id string) (*idp.Account, error)
	Emails(ctx context.Context, accountID string) ([]idp.Email, error)
	Password(ctx context.Context, accountID string, kind idp.PasswordKind) (*idp.Password, error)
	TemporaryPassword(ctx context.Context, accountID string, kind idp.PasswordKind) (*idp.TemporaryPassword, error)
	Letter(ctx context.Context, id string) (*idp.Letter, error)
	// IssueLetter, PrintLetter, VoidLetter and StopLetter are one transaction each; see storage.
	IssueLetter(ctx context.Context, l idp.IssueLetter) error
	PrintLetter(ctx context.Context, id string, at time.Time, effects idp.Effects) error
	VoidLetter(ctx context.Context, id, reason string, at time.Time, effects idp.Effects) error
	StopLetter(ctx context.Context, code idp.StopCode, letterID, reason string, at time.Time, effects idp.Effects) error
}

// Hasher hashes as every password is hashed.
type Hasher interface {
	Hash(ctx context.Context, plain string) (string, error)
}

// Vault seals what is to be printed. *keys.Vault satisfies it.
type Vault interface {
	Seal(p keys.Purpose, context string, plain []byte) ([]byte, error)
	Open(p keys.Purpose, context string, sealed []byte) ([]byte, error)
}

// StopCodes makes the code by which a letter is stopped.
type StopCodes interface {
	New(accountID, sessionID string) (code idp.StopCode, shown string)
}

// Service is safe for concurrent use. All fields are required.
type Service struct {
	Store    Store
	Hasher   Hasher
	Vault    Vault
	Stop     StopCodes
	Mail     *notify.Composer
	Fill     func(ctx context.Context, rec idp.AuditRecord) idp.AuditRecord
	Now      func() time.Time
	Calendar Calendar
	Lifetime time.Duration // of temporary passwords
	// AgainAfter is how long after a letter was printed another can be asked for on the web.
	AgainAfter time.Duration
	// Transaction: the firm has transaction passwords.
	Transaction bool
}

var (
	// ErrNoAddress: the account has no postal address to write to.
	ErrNoAddress = errors.New("letter: no registered postal address")
	// ErrNoPassword: the account has no transaction password that could be issued anew.
	ErrNoPassword = errors.New("letter: no such password")
)

// SealContext binds the sealed words of a letter to it and its account.
func SealContext(letterID, accountID string) string { return letterID + "/" + accountID }

// mails tells every verified address.
func (s *Service) mails(ctx context.Context, account *idp.Account, kind notify.Kind, data notify.Data) ([]idp.OutboxMessage, error) {
	all, err := s.Store.Emails(ctx, account.ID)
	if err != nil {
		return nil, err
	}
	var out []idp.OutboxMessage
	for _, to := range notify.Recipients(kind, all) {
		m, err := s.Mail.Compose(kind, to, account.Locale, data)
		if err != nil {
			return nil, err
		}
		out = append(out, m)
	}
	return out, nil
}
