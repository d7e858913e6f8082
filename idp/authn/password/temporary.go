package password

import (
	"context"
	"errors"
	"time"

	"sekisho/idp"
	"sekisho/idp/authn/temporary"
)

// Temporary: it has the form of a temporary password from a letter. No lasting one may have
// it, so that a letter's can never be kept (A9).
const Temporary Reason = "temporary"

// temporary compares what has the form of a temporary password with the one the account
// may have. It is run for every text of that form and for no other, with or without account:
// how much work a sign-in is depends on what was typed and not on who asked for a letter.
func (s *Service) temporary(ctx context.Context, account *idp.Account, kind idp.PasswordKind, typed string) (*idp.TemporaryPassword, error) {
	plain, ok := temporary.Parse(typed)
	if !ok {
		return nil, nil
	}
	id := ""
	if account != nil {
		id = account.ID
	}
	row, err := s.Store.TemporaryPassword(ctx, id, kind)
	if errors.Is(err, idp.ErrNotFound) {
		row = &idp.TemporaryPassword{}
	} else if err != nil {
		return nil, err
	}
	same, _, err := s.Hasher.Verify(ctx, row.Hash, plain)
	if err != nil || !same || !s.Now().Before(row.ExpiresAt) {
		return nil, err
	}
	return row, nil
}

// Redeem judges the new password and puts it in the place of a temporary one that was
// verified, once. A *PolicyError carries reasons against it; idp.ErrConsumed: the temporary
// one was used, stopped or replaced, or its time was over. The time is the new one's
// ChangedAt.
func (s *Service) Redeem(ctx context.Context, temporaryID string, c Change) (time.Time, error) {
	next, err := s.New(ctx, c.Account.ID, c.Kind, c.New, c.Context)
	if err != nil {
		return time.Time{}, err
	}
	return next.ChangedAt, s.Store.RedeemTemporary(ctx, idp.RedeemTemporary{
		ID: temporaryID, Password: next, KeepSessionID: c.KeepSessionID, At: s.Now(), Effects: c.Effects,
	})
}
