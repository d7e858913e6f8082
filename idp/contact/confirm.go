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

// Confirm checks the code from the new address and lets the change take effect, with a
// mail to every address there was before, holding the undo code, and one to the new one.
// Errors about the code are those of emailcode.Service.Verify; idp.ErrNotFound when the
// change is no longer there to confirm, idp.ErrExists when the firm allows an address one
// account and another one has it.
func (s *Service) Confirm(ctx context.Context, a Actor, c *idp.EmailChange, code string) error {
	if _, err := s.Codes.Verify(ctx, c.AccountID, c.ID, idp.CodeVerifyAddress, code); err != nil {
		return err
	}
	now := s.Now()
	confirm := idp.ConfirmEmailChange{
		ID: c.ID, AccountID: c.AccountID, SessionID: c.SessionID, At: now, UndoUntil: now.Add(s.UndoFor), Exclusive: s.Exclusive,
	}
	plain, shown := lettercode.New()
	confirm.UndoMAC = s.undoMAC(c, plain)
	told, heard := notify.EmailChanged, notify.EmailRegistered
	if c.Purpose == idp.EmailSecurity {
		told, heard = notify.SecurityEmailChanged, notify.SecurityEmailRegistered
	}
	var err error
	if confirm.Effects, err = s.tell(ctx, a, told, notify.Data{Code: shown, ExpiresAt: confirm.UndoUntil}); err != nil {
		return err
	}
	fresh := newEmail(c)
	fresh.VerifiedAt = now
	mail, err := s.Mail.Compose(heard, fresh, a.Lang, notify.Data{At: now})
	if err != nil {
		return err
	}
	confirm.Effects.Outbox = append(confirm.Effects.Outbox, mail)
	err = s.Store.ConfirmEmailChange(ctx, confirm)
	if errors.Is(err, idp.ErrConsumed) || errors.Is(err, idp.ErrExpired) || errors.Is(err, idp.ErrConflict) {
		return fmt.Errorf("contact: change dropped meanwhile: %w", idp.ErrNotFound)
	}
	return err
}

// Remove takes a security address away; every address there was, that one too, gets the
// undo code. idp.ErrNotFound for an address that is not a security address of the account.
func (s *Service) Remove(ctx context.Context, a Actor, emailID string) error {
	emails, err := s.Emails(ctx, a.Account.ID, idp.EmailSecurity)
	if err != nil {
		return err
	}
	for _, e := range emails {
		if e.ID != emailID {
			continue
		}
		now := s.Now()
		c := idp.EmailChange{
			ID: idp.NewID(), AccountID: a.Account.ID, SessionID: a.SessionID, Purpose: idp.EmailSecurity,
			CreatedAt: now, ConfirmedAt: now, ExpiresAt: now.Add(s.UndoFor),
		}
		replaces(&c, e)
		plain, shown := lettercode.New()
		c.UndoMAC = s.undoMAC(&c, plain)
		effects, err := s.tell(ctx, a, notify.SecurityEmailRemoved, notify.Data{Code: shown, ExpiresAt: c.ExpiresAt})
		if err != nil {
			return err
		}
		effects.WayIn = a.WayIn
		return s.Store.RemoveEmail(ctx, c, effects)
	}
	return idp.ErrNotFound
}

// ChangePhone stores a new number, not verified, and mails every verified address (B13).
// from is the number the account has now; idp.ErrConflict when it is not any more.
func (s *Service) ChangePhone(ctx context.Context, a Actor, from, to string) error {
	effects, err := s.tell(ctx, a, notify.PhoneChanged, notify.Data{})
	if err != nil {
		return err
	}
	return s.Store.ChangePhone(ctx, a.Account.ID, from, to, effects)
}

// tell is the change's audit record and a mail to every verified address the account has
// now, before the change.
func (s *Service) tell(ctx context.Context, a Actor, kind notify.Kind, data notify.Data) (idp.Effects, error) {
	effects := idp.Effects{Audit: []idp.AuditRecord{a.Audit}, Session: a.SessionID}
	emails, err := s.Store.Emails(ctx, a.Account.ID)
	if err != nil {
		return effects, err
	}
	effects.Outbox, err = s.mails(kind, emails, a.Lang, data)
	return effects, err
}

func (s *Service) mails(kind notify.Kind, emails []idp.Email, lang string, data notify.Data) ([]idp.OutboxMessage, error) {
	var out []idp.OutboxMessage
	data.At = s.Now()
	told := map[string]bool{}
	for _, e := range emails {
		if !e.Verified() || told[e.Canonical] {
			continue
		}
		told[e.Canonical] = true
		mail, err := s.Mail.Compose(kind, e, lang, data)
		if err != nil {
			return nil, err
		}
		out = append(out, mail)
	}
	return out, nil
}

// undoMAC binds an undo code to its change and account.
func (s *Service) undoMAC(c *idp.EmailChange, plain string) []byte {
	return s.Vault.MAC(keys.PurposeCode, undoParts(c, plain)...)
}

func undoParts(c *idp.EmailChange, plain string) [][]byte {
	return [][]byte{[]byte("undo email change"), []byte(c.ID), []byte(c.AccountID), []byte(plain)}
}
