package contact

import (
	"context"
	"errors"
	"fmt"

	"sekisho/idp"
	"sekisho/idp/authn/lettercode"
	"sekisho/idp/keys"
	"sekisho/idp/notify"
)

// Undo takes back the change that the code belongs to and every later one, ends every
// session and tells the addresses of before and after (RC-07). a.Account is nil when
// nobody has the name that was typed; that, a wrong, used or late code are all
// idp.ErrRejected.
func (s *Service) Undo(ctx context.Context, a Actor, code string) error {
	accountID := ""
	if a.Account != nil {
		accountID = a.Account.ID
	}
	now := s.Now()
	changes, err := s.Store.UndoableEmailChanges(ctx, accountID, now)
	if err != nil {
		return err
	}
	plain := lettercode.Normalise(code)
	for i := range changes {
		if !s.Vault.VerifyMAC(keys.PurposeCode, changes[i].UndoMAC, undoParts(&changes[i], plain)...) {
			continue
		}
		effects, err := s.tell(ctx, a, notify.EmailRestored, notify.Data{})
		if err != nil {
			return err
		}
		mails, err := s.mails(notify.EmailRestored, restored(changes[:i+1]), a.Lang, notify.Data{})
		if err != nil {
			return err
		}
		effects.Outbox = append(effects.Outbox, mails...)
		effects.Session = "" // whoever undoes needs none, and it would be ended with the others
		err = s.Store.UndoEmailChange(ctx, accountID, changes[i].ID, now, effects, a.Suspended)
		if errors.Is(err, idp.ErrConsumed) || errors.Is(err, idp.ErrExpired) || errors.Is(err, idp.ErrNotFound) {
			break
		}
		return err
	}
	return fmt.Errorf("contact: undo: %w", idp.ErrRejected)
}

// restored are the addresses that come back when changes, the newest first, are undone.
func restored(changes []idp.EmailChange) []idp.Email {
	var out []idp.Email
	for _, c := range changes {
		out = append(out, idp.Email{
			ID: c.OldID, AccountID: c.AccountID, Address: c.OldAddress, Canonical: c.OldCanonical, Purpose: c.Purpose, VerifiedAt: c.OldVerifiedAt,
		})
	}
	return out
}
