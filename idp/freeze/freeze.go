package freeze

import (
	"context"
	"errors"
	"fmt"
	"time"

	"sekisho/idp"
	"sekisho/idp/authn/lettercode"
	"sekisho/idp/keys"
)

// Store keeps stop codes. *storage.Store satisfies it.
type Store interface {
	StopCode(ctx context.Context, accountID string, lookup []byte) (*idp.StopCode, error)
	// Freeze is atomic and succeeds once per code; then idp.ErrConsumed or idp.ErrExpired.
	Freeze(ctx context.Context, f idp.Freeze) error
	// ReplacedEmails are the addresses that the account had until a change since then.
	ReplacedEmails(ctx context.Context, accountID string, since time.Time) ([]idp.Email, error)
}

// Service is safe for concurrent use.
type Service struct {
	Store    Store
	Vault    lettercode.Vault
	Now      func() time.Time
	Lifetime time.Duration // of a code
}

// New makes the stop code of a sign-in, to be stored with its session, and what the mail
// shows of it.
func (s *Service) New(accountID, sessionID string) (code idp.StopCode, shown string) {
	plain, shown := lettercode.New()
	now := s.Now()
	code = idp.StopCode{ID: idp.NewID(), AccountID: accountID, SessionID: sessionID, SignedInAt: now, ExpiresAt: now.Add(s.Lifetime)}
	code.Lookup = s.lookup(accountID, plain)
	code.CodeMAC = s.Vault.MAC(keys.PurposeCode, bound(&code, plain)...)
	return code, shown
}

// Find returns the open stop code that was typed. account is nil when nobody has the
// name; that, a wrong, used or expired code are all idp.ErrRejected.
func (s *Service) Find(ctx context.Context, account *idp.Account, typed string) (*idp.StopCode, error) {
	accountID := ""
	if account != nil {
		accountID = account.ID
	}
	plain := lettercode.Normalise(typed)
	code, err := s.Store.StopCode(ctx, accountID, s.lookup(accountID, plain))
	if errors.Is(err, idp.ErrNotFound) {
		code = &idp.StopCode{}
	} else if err != nil {
		return nil, err
	}
	// Whoever can write to the database but has no key cannot move a code to another account or session.
	good := s.Vault.VerifyMAC(keys.PurposeCode, code.CodeMAC, bound(code, plain)...)
	if !good || accountID == "" || !code.ConsumedAt.IsZero() || !s.Now().Before(code.ExpiresAt) {
		return nil, fmt.Errorf("stop code: %w", idp.ErrRejected)
	}
	return code, nil
}

// Told are the addresses to be told of the freeze: those the account has, and those that
// were replaced since the sign-in and come back with it.
func (s *Service) Told(ctx context.Context, code idp.StopCode, emails []idp.Email) ([]idp.Email, error) {
	before, err := s.Store.ReplacedEmails(ctx, code.AccountID, code.SignedInAt.Add(-idp.ClockTolerance))
	return append(emails[:len(emails):len(emails)], before...), err
}

// Use freezes the account. When another request used the code first it is idp.ErrRejected.
func (s *Service) Use(ctx context.Context, f idp.Freeze) error {
	f.Reason, f.At = idp.LockedNotMe, s.Now()
	err := s.Store.Freeze(ctx, f)
	if errors.Is(err, idp.ErrConsumed) || errors.Is(err, idp.ErrExpired) || errors.Is(err, idp.ErrNotFound) {
		return fmt.Errorf("stop code: %w", idp.ErrRejected)
	}
	return err
}

func (s *Service) lookup(accountID, plain string) []byte {
	return s.Vault.MAC(keys.PurposeCode, []byte("stop code lookup"), []byte(accountID), []byte(plain))
}

func bound(c *idp.StopCode, plain string) [][]byte {
	return [][]byte{[]byte("stop code"), []byte(c.ID), []byte(c.AccountID), []byte(c.SessionID), []byte(c.SignedInAt.UTC().Format(time.RFC3339)), []byte(plain)}
}
