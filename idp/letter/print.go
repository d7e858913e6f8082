package letter

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"sekisho/idp"
	"sekisho/idp/audit"
	"sekisho/idp/keys"
	"sekisho/idp/notify"
)

// Paper is what a letter says, for the moment of printing.
type Paper struct {
	Letter    idp.Letter
	Account   idp.Account
	Passwords map[idp.PasswordKind]string
}

// Print opens a queued letter, has render make something of it, and only then takes it out
// of the queue, once: of any number at a time one succeeds, and what the others rendered
// must be thrown away. When render fails the letter stays queued. idp.ErrConsumed: it was
// printed before or stopped; idp.ErrExpired; idp.ErrNotFound.
func (s *Service) Print(ctx context.Context, id string, render func(Paper) error) (*idp.Letter, error) {
	l, err := s.Store.Letter(ctx, id)
	if err != nil {
		return nil, err
	}
	if l.State != idp.LetterQueued {
		return nil, fmt.Errorf("letter %s is %s: %w", id, l.State, idp.ErrConsumed)
	}
	account, err := s.Store.Account(ctx, l.AccountID)
	if err != nil {
		return nil, err
	}
	if account.Status != idp.AccountActive {
		return nil, fmt.Errorf("letter %s: the account is not active: %w", id, idp.ErrLocked)
	}
	p := Paper{Letter: *l, Account: *account}
	if p.Passwords, err = s.open(ctx, l); err != nil {
		return nil, err
	}
	if err := render(p); err != nil {
		return nil, err
	}
	now := s.Now()
	rec := idp.AuditRecord{At: now, Event: audit.LetterPrinted, Result: audit.OK, Actor: audit.Operator, AccountID: l.AccountID, Detail: map[string]string{"letter": l.ID}}
	effects := idp.Effects{Audit: []idp.AuditRecord{s.Fill(ctx, rec)}}
	if effects.Outbox, err = s.mails(ctx, account, notify.LetterPrinted, notify.Data{At: now}); err != nil {
		return nil, err
	}
	return l, s.Store.PrintLetter(ctx, id, now, effects)
}

// open unseals the temporary passwords that still are some.
func (s *Service) open(ctx context.Context, l *idp.Letter) (map[idp.PasswordKind]string, error) {
	plain, err := s.Vault.Open(keys.PurposeLetter, SealContext(l.ID, l.AccountID), l.Sealed)
	if err != nil {
		return nil, fmt.Errorf("letter %s does not open: %w", l.ID, err)
	}
	var passwords map[idp.PasswordKind]string
	if err := json.Unmarshal(plain, &passwords); err != nil {
		return nil, fmt.Errorf("letter %s: %w", l.ID, err)
	}
	for kind := range passwords {
		t, err := s.Store.TemporaryPassword(ctx, l.AccountID, kind)
		if err != nil && !errors.Is(err, idp.ErrNotFound) {
			return nil, err
		}
		if err != nil || t.LetterID != l.ID || !s.Now().Before(t.ExpiresAt) {
			delete(passwords, kind) // the customer chose another one meanwhile
		}
	}
	if len(passwords) == 0 {
		return nil, fmt.Errorf("letter %s: %w", l.ID, idp.ErrExpired)
	}
	return passwords, nil
}

// Again takes the place of a letter that jammed or was lost: it ends with its temporary
// passwords, and a new one with new passwords is queued. What the old one said is not shown
// again, because nobody knows it.
func (s *Service) Again(ctx context.Context, id, reason string) (*idp.Letter, error) {
	old, err := s.Store.Letter(ctx, id)
	if err != nil {
		return nil, err
	}
	account, err := s.Store.Account(ctx, old.AccountID)
	if err != nil {
		return nil, err
	}
	o := Order{Account: account, Origin: idp.LetterFromDesk, Actor: audit.Operator, Reason: reason, Replaces: id}
	for _, k := range strings.Fields(old.Kinds) {
		o.Kinds = append(o.Kinds, idp.PasswordKind(k))
	}
	// What would stop the new letter is asked first: the old one must not end for nothing.
	switch _, err := s.kinds(ctx, o); {
	case err != nil:
		return nil, err
	case !addressed(account.Profile.Address):
		return nil, ErrNoAddress
	case account.Status != idp.AccountActive:
		return nil, idp.ErrLocked
	}
	if err := s.Void(ctx, id, reason); err != nil {
		return nil, err
	}
	return s.Issue(ctx, o)
}

// Void ends a letter at the desk's wish. idp.ErrConsumed when it had ended.
func (s *Service) Void(ctx context.Context, id, reason string) error {
	l, err := s.Store.Letter(ctx, id)
	if err != nil {
		return err
	}
	rec := idp.AuditRecord{At: s.Now(), Event: audit.LetterVoided, Result: audit.OK, Reason: reason, Actor: audit.Operator, AccountID: l.AccountID, Detail: map[string]string{"letter": id}}
	return s.Store.VoidLetter(ctx, id, reason, s.Now(), idp.Effects{Audit: []idp.AuditRecord{s.Fill(ctx, rec)}})
}

// StopBy stops the letter that a stop code belongs to. ok is false for a code of something
// else. idp.ErrRejected: another request used the code first.
func (s *Service) StopBy(ctx context.Context, code idp.StopCode) (ok bool, err error) {
	id, ok := strings.CutPrefix(code.SessionID, idp.LetterStop)
	if !ok {
		return false, nil
	}
	rec := idp.AuditRecord{At: s.Now(), Event: audit.LetterVoided, Result: audit.OK, Reason: "stop_code", Actor: audit.Customer, AccountID: code.AccountID, Detail: map[string]string{"letter": id}}
	err = s.Store.StopLetter(ctx, code, id, "stop_code", s.Now(), idp.Effects{Audit: []idp.AuditRecord{s.Fill(ctx, rec)}})
	if errors.Is(err, idp.ErrConsumed) || errors.Is(err, idp.ErrExpired) || errors.Is(err, idp.ErrNotFound) {
		err = fmt.Errorf("stop code: %w", idp.ErrRejected)
	}
	return true, err
}
