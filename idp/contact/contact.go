package contact

import (
	"context"
	"fmt"
	"net/netip"
	"time"

	"sekisho/idp"
	"sekisho/idp/authn/emailcode"
	"sekisho/idp/authn/identifier"
	"sekisho/idp/authn/lettercode"
	"sekisho/idp/notify"
)

// Store keeps addresses and their changes. *storage.Store satisfies it.
type Store interface {
	Emails(ctx context.Context, accountID string) ([]idp.Email, error)
	BeginEmailChange(ctx context.Context, c idp.EmailChange, effects idp.Effects) error
	PendingEmailChange(ctx context.Context, accountID, sessionID string) (*idp.EmailChange, error)
	ConfirmEmailChange(ctx context.Context, c idp.ConfirmEmailChange) error
	RemoveEmail(ctx context.Context, c idp.EmailChange, effects idp.Effects) error
	UndoableEmailChanges(ctx context.Context, accountID string, now time.Time) ([]idp.EmailChange, error)
	UndoEmailChange(ctx context.Context, accountID, id string, at time.Time, effects idp.Effects,
		record func(idp.AuthenticatorKind, string) idp.AuditRecord) error
	ChangePhone(ctx context.Context, accountID, from, to string, effects idp.Effects) error
}

// Composer writes mails. *notify.Composer satisfies it.
type Composer interface {
	Compose(kind notify.Kind, to idp.Email, lang string, data notify.Data) (idp.OutboxMessage, error)
}

// Service is safe for concurrent use.
type Service struct {
	Store Store
	Vault lettercode.Vault
	Codes *emailcode.Service
	Mail  Composer
	Now   func() time.Time
	// UndoFor is how long a change can be undone.
	UndoFor time.Duration
	// Exclusive refuses a registered address that another account has.
	Exclusive bool
}

// pendingLife is how long a change waits for the code of its new address. Each code lives
// shorter; more can be asked for.
const pendingLife = 30 * time.Minute

// Actor is who changes something, for mails and the audit trail.
type Actor struct {
	Account   *idp.Account
	SessionID string
	Lang      string // of the mails
	IP        netip.Addr
	Audit     idp.AuditRecord // committed with the change
	// Suspended makes the record of each authenticator that an undo takes out of use.
	Suspended func(idp.AuthenticatorKind, string) idp.AuditRecord
	WayIn     *idp.WayIn // what has to be left after a removal
}

// Emails are the account's addresses of one purpose, oldest first.
func (s *Service) Emails(ctx context.Context, accountID string, purpose idp.EmailPurpose) ([]idp.Email, error) {
	all, err := s.Store.Emails(ctx, accountID)
	if err != nil {
		return nil, err
	}
	var out []idp.Email
	for _, e := range all {
		if e.Purpose == purpose {
			out = append(out, e)
		}
	}
	return out, nil
}

// CheckCurrent compares what was typed as the current address of a purpose with the one
// there is (B15): idp.ErrRejected when it is another one. Where there is none, nothing has
// to be typed.
func (s *Service) CheckCurrent(ctx context.Context, accountID string, purpose idp.EmailPurpose, typed string) error {
	emails, err := s.Emails(ctx, accountID, purpose)
	if err != nil || len(emails) == 0 {
		return err
	}
	address, err := identifier.Email(typed)
	if err != nil || address.Canonical != emails[0].Canonical {
		return fmt.Errorf("contact: current address: %w", idp.ErrRejected)
	}
	return nil
}

// Begin records that the account's address of a purpose is to become another one. Nothing
// changes yet, and nothing is sent. identifier.ErrMalformed for what is no address;
// idp.ErrExists for one that the account already has.
func (s *Service) Begin(ctx context.Context, a Actor, purpose idp.EmailPurpose, to string) (*idp.EmailChange, error) {
	address, err := identifier.Email(to)
	if err != nil {
		return nil, err
	}
	emails, err := s.Store.Emails(ctx, a.Account.ID)
	if err != nil {
		return nil, err
	}
	now := s.Now()
	c := idp.EmailChange{
		ID: idp.NewID(), AccountID: a.Account.ID, SessionID: a.SessionID, Purpose: purpose,
		NewAddress: address.Address, NewCanonical: address.Canonical, CreatedAt: now, ExpiresAt: now.Add(pendingLife),
	}
	for _, e := range emails {
		if e.Canonical == address.Canonical && e.Verified() {
			return nil, fmt.Errorf("contact: the account has this address: %w", idp.ErrExists)
		}
		if e.Purpose == purpose && c.OldID == "" {
			replaces(&c, e)
		}
	}
	return &c, s.Store.BeginEmailChange(ctx, c, idp.Effects{Audit: []idp.AuditRecord{a.Audit}, Session: a.SessionID})
}

// Pending is the change that this session waits to confirm; idp.ErrNotFound, also when its
// time is over.
func (s *Service) Pending(ctx context.Context, accountID, sessionID string) (*idp.EmailChange, error) {
	c, err := s.Store.PendingEmailChange(ctx, accountID, sessionID)
	if err == nil && !s.Now().Before(c.ExpiresAt) {
		return nil, idp.ErrNotFound
	}
	return c, err
}

// SendCode mails a code to the new address of a pending change. Errors are those of
// emailcode.Service.Send.
func (s *Service) SendCode(ctx context.Context, a Actor, c *idp.EmailChange) (emailcode.Sent, error) {
	spoken := *a.Account
	spoken.Locale = a.Lang
	return s.Codes.Send(ctx, emailcode.Request{
		Account: &spoken, To: newEmail(c), FlowID: c.ID, Purpose: idp.CodeVerifyAddress, IP: a.IP,
		Effects: idp.Effects{Audit: []idp.AuditRecord{a.Audit}, Session: a.SessionID},
	})
}

// CodeSent says when the open code of a pending change ends; idp.ErrNotFound.
func (s *Service) CodeSent(ctx context.Context, c *idp.EmailChange) (emailcode.Sent, error) {
	return s.Codes.Open(ctx, c.ID, idp.CodeVerifyAddress)
}

// newEmail is the new address as the codes and mails of the change need it. It is no
// address of the account yet.
func newEmail(c *idp.EmailChange) idp.Email {
	return idp.Email{ID: c.ID, AccountID: c.AccountID, Address: c.NewAddress, Canonical: c.NewCanonical, Purpose: c.Purpose}
}

func replaces(c *idp.EmailChange, e idp.Email) {
	c.OldID, c.OldAddress, c.OldCanonical = e.ID, e.Address, e.Canonical
	c.OldVerifiedAt, c.OldCreatedAt = e.VerifiedAt, e.CreatedAt
}
