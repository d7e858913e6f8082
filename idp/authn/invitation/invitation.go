package invitation

import (
	"context"
	"errors"
	"fmt"
	"time"

	"sekisho/idp"
	"sekisho/idp/authn/lettercode"
	"sekisho/idp/keys"
)

// Store keeps invitations. *storage.Store satisfies it.
type Store interface {
	Invitation(ctx context.Context, accountID string) (*idp.Invitation, error)
	AttemptInvitation(ctx context.Context, id string, max int, now time.Time) (*idp.Invitation, error)
	ReplaceInvitation(ctx context.Context, inv idp.Invitation, effects idp.Effects) error
	AcceptInvitation(ctx context.Context, a idp.AcceptInvitation) error
}

// Service is safe for concurrent use.
type Service struct {
	Store    Store
	Vault    lettercode.Vault
	Now      func() time.Time
	Lifetime time.Duration // of a code
	Attempts int           // wrong tries until it is void
}

// New makes an invitation and the code that opens it, to be stored with ReplaceInvitation
// or with the account it belongs to. The code is in groups of four for reading aloud.
func (s *Service) New(accountID string) (inv idp.Invitation, code string) {
	plain, shown := lettercode.New()
	now := s.Now()
	inv = idp.Invitation{ID: idp.NewID(), AccountID: accountID, CreatedAt: now, ExpiresAt: now.Add(s.Lifetime)}
	inv.CodeMAC = s.Vault.MAC(keys.PurposeCode, parts(&inv, plain)...)
	return inv, shown
}

// Issue stores a new invitation with the effects that deliver its code; earlier ones are void.
func (s *Service) Issue(ctx context.Context, inv idp.Invitation, effects idp.Effects) error {
	return s.Store.ReplaceInvitation(ctx, inv, effects)
}

// Verify counts an attempt and compares. account is nil when nobody has the name; that,
// a wrong, expired, used or void code are all idp.ErrRejected.
func (s *Service) Verify(ctx context.Context, account *idp.Account, code string) (*idp.Invitation, error) {
	accountID := ""
	if account != nil && account.Status == idp.AccountInvited {
		accountID = account.ID
	}
	open, err := s.Store.Invitation(ctx, accountID)
	if errors.Is(err, idp.ErrNotFound) {
		open = &idp.Invitation{}
	} else if err != nil {
		return nil, err
	}
	row, err := s.Store.AttemptInvitation(ctx, open.ID, s.Attempts, s.Now())
	switch {
	case errors.Is(err, idp.ErrNotFound), errors.Is(err, idp.ErrTooMany), errors.Is(err, idp.ErrExpired), errors.Is(err, idp.ErrConsumed):
		row = &idp.Invitation{}
	case err != nil:
		return nil, err
	}
	if !s.Vault.VerifyMAC(keys.PurposeCode, row.CodeMAC, parts(row, lettercode.Normalise(code))...) || accountID == "" {
		if row.ID != "" {
			// Where no invitation was open the look-up has asked once more why not. A wrong code
			// costs the same, so that nobody times who was invited (RC-09).
			if _, err := s.Store.Invitation(ctx, accountID); err != nil && !errors.Is(err, idp.ErrNotFound) {
				return nil, err
			}
		}
		return nil, fmt.Errorf("invitation: %w", idp.ErrRejected)
	}
	return row, nil
}

func parts(i *idp.Invitation, code string) [][]byte {
	return [][]byte{[]byte("invitation"), []byte(i.ID), []byte(i.AccountID), []byte(code)}
}
