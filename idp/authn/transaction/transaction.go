package transaction

import (
	"context"
	"errors"
	"net/netip"
	"time"

	"sekisho/idp"
	"sekisho/idp/audit"
	"sekisho/idp/authn/password"
	"sekisho/idp/authn/throttle"
)

// Store keeps the mark of four digits. *storage.Store satisfies it.
type Store interface {
	Password(ctx context.Context, accountID string, kind idp.PasswordKind) (*idp.Password, error)
	MarkFourDigits(ctx context.Context, p idp.Password) error
}

// Service is safe for concurrent use.
type Service struct {
	Store     Store
	Passwords *password.Service
	Throttle  *throttle.Service
	Now       func() time.Time
	// FourDigits: one of four digits is still taken.
	FourDigits bool
	MinLength  int // of a new one, for the page
}

// Given is a transaction password that was right.
type Given struct {
	Event      idp.AuthenticationEvent // without a ceremony; the caller says what it was given to
	FourDigits bool                    // the customer is to be told
	MustChange bool                    // right, but good only for being changed

	ChangedAt, RemindedAt time.Time // for the notice about its age (A13)
	Temporary             bool      // it came by letter; the customer's own stands beside it
}

// Code says why something was refused. The values are those of the pages' notices.
type Code string

const (
	Wrong        Code = "transaction_password_wrong"
	WrongCurrent Code = "current_password_wrong" // at a change
	Locked       Code = "transaction_password_locked"
	HardLocked   Code = "transaction_password_hard_locked"
	Limited      Code = "rate_limited" // the network address, not the customer
	Refused      Code = "password_refused"
)

// Refusal is the customer's part of what went wrong; trouble on our side is an error.
type Refusal struct {
	Code    Code
	Until   time.Time         // of a pause
	Guessed bool              // a guess was looked at and was wrong
	Began   bool              // and with it a lock began
	Reasons []password.Reason // with Refused
}

// Verify checks plain for the account. Exactly one of the results is set.
func (s *Service) Verify(ctx context.Context, account *idp.Account, plain string, ip netip.Addr) (Given, *Refusal, error) {
	attempt, refusal, err := s.begin(ctx, account, ip)
	if refusal != nil || err != nil {
		return Given{}, refusal, err
	}
	v, err := s.Passwords.Verify(ctx, account, idp.TransactionPassword, plain)
	if errors.Is(err, idp.ErrRejected) {
		refusal, err = s.wrong(ctx, attempt, Wrong)
		return Given{}, refusal, err
	}
	if err != nil {
		return Given{}, nil, err
	}
	given, err := s.right(ctx, account, attempt, v)
	return given, nil, err
}

// VerifyWith is Verify together with another proof of the same form (B12). Both are counted
// before either is looked at, and both are looked at whatever the first one says, so that
// neither the answer nor its time tells which of them was wrong. A right password beside a
// wrong other proof stays counted: it would otherwise answer guesses by clearing the count.
// other is not called when the password is refused unseen, and nothing is spent then.
func (s *Service) VerifyWith(ctx context.Context, account *idp.Account, plain string, ip netip.Addr, other func() (bool, error)) (Given, *Refusal, error) {
	attempt, refusal, err := s.begin(ctx, account, ip)
	if refusal != nil || err != nil {
		return Given{}, refusal, err
	}
	v, wrong := s.Passwords.Verify(ctx, account, idp.TransactionPassword, plain)
	if wrong != nil && !errors.Is(wrong, idp.ErrRejected) {
		return Given{}, nil, wrong
	}
	ok, err := other()
	if err != nil {
		return Given{}, nil, err
	}
	if wrong != nil || !ok {
		refusal, err = s.wrong(ctx, attempt, Wrong)
		if refusal != nil {
			refusal.Guessed = wrong != nil
		}
		return Given{}, refusal, err
	}
	given, err := s.right(ctx, account, attempt, v)
	return given, nil, err
}

// right is what follows a correct password.
func (s *Service) right(ctx context.Context, account *idp.Account, attempt throttle.Attempt, v password.Verified) (Given, error) {
	if v.FourDigits {
		if err := s.Store.MarkFourDigits(ctx, idp.Password{AccountID: account.ID, ChangedAt: v.ChangedAt}); err != nil {
			return Given{}, err
		}
	}
	if err := s.Throttle.Succeeded(ctx, attempt); err != nil {
		return Given{}, err
	}
	return Given{
		Event:      idp.AuthenticationEvent{AccountID: account.ID, Method: idp.MethodTransactionPassword, At: s.Now()},
		FourDigits: v.FourDigits, MustChange: v.MustChange || v.FourDigits && !s.FourDigits,
		ChangedAt: v.ChangedAt, RemindedAt: v.RemindedAt, Temporary: v.TemporaryID != "",
	}, nil
}

// Set stores the first transaction password of a customer who has none, and otherwise
// changes it against the current one. The kind is set here. idp.ErrExists: another request
// set one meanwhile.
func (s *Service) Set(ctx context.Context, c password.Change, ip netip.Addr) (*Refusal, error) {
	c.Kind = idp.TransactionPassword
	held, err := s.Held(ctx, c.Account.ID)
	if err != nil {
		return nil, err
	}
	attempt, refusal, err := s.begin(ctx, c.Account, ip)
	if refusal != nil || err != nil {
		return refusal, err
	}
	if held == nil {
		err = s.Passwords.SetFirst(ctx, c)
	} else {
		err = s.Passwords.Change(ctx, c)
	}
	var policy *password.PolicyError
	switch {
	case errors.As(err, &policy): // the current one was right
		return &Refusal{Code: Refused, Reasons: policy.Reasons}, s.Throttle.Succeeded(ctx, attempt)
	case errors.Is(err, idp.ErrRejected):
		return s.wrong(ctx, attempt, WrongCurrent)
	case err != nil:
		return nil, err
	}
	return nil, s.Throttle.Succeeded(ctx, attempt)
}

// Held is the stored transaction password of the account, nil when there is none.
func (s *Service) Held(ctx context.Context, accountID string) (*idp.Password, error) {
	held, err := s.Store.Password(ctx, accountID, idp.TransactionPassword)
	if errors.Is(err, idp.ErrNotFound) {
		return nil, nil
	}
	return held, err
}

// Standing is the refusal the next attempt would meet, nil when it would be looked at.
// Nothing is counted.
func (s *Service) Standing(ctx context.Context, accountID string) (*Refusal, error) {
	n, err := s.Throttle.State(ctx, throttle.TransactionPassword, accountID)
	if err != nil || !n.Locked(s.Now()) {
		return nil, err
	}
	return locked(n.Hard, n.LockedUntil), nil
}

func (s *Service) begin(ctx context.Context, account *idp.Account, ip netip.Addr) (throttle.Attempt, *Refusal, error) {
	attempt, err := s.Throttle.Begin(ctx, throttle.TransactionPassword, throttle.Known(account.ID), ip)
	refused, ok := throttle.AsRefusal(err)
	switch {
	case !ok:
		return attempt, nil, err
	case errors.Is(refused, idp.ErrTooMany):
		return attempt, &Refusal{Code: Limited, Until: refused.Until}, nil
	default:
		return attempt, locked(refused.Hard, refused.Until), nil
	}
}

func (s *Service) wrong(ctx context.Context, attempt throttle.Attempt, code Code) (*Refusal, error) {
	state, err := s.Throttle.Failed(ctx, attempt)
	if err != nil {
		return nil, err
	}
	refusal := &Refusal{Code: code}
	if state.Locked(s.Now()) {
		refusal = locked(state.Hard, state.LockedUntil)
		refusal.Began = true
	}
	refusal.Guessed = true
	return refusal, nil
}

func locked(hard bool, until time.Time) *Refusal {
	if hard {
		return &Refusal{Code: HardLocked}
	}
	return &Refusal{Code: Locked, Until: until}
}

// Events are the names of what goes into the audit trail, each with its reason.
func (r *Refusal) Events() map[string]string {
	events := map[string]string{}
	if r.Guessed {
		events[audit.TransactionPasswordFailed] = "wrong"
	}
	switch {
	case r.Code == Locked && r.Began:
		events[audit.TransactionPasswordLocked] = "temporary"
	case r.Code == HardLocked && r.Began:
		events[audit.TransactionPasswordLocked] = "hard"
	case r.Code == Locked, r.Code == HardLocked:
		events[audit.TransactionPasswordLocked] = "refused"
	}
	return events
}

// Words are the reasons as the page knows them. The other password is named: here it can
// be only the login password.
func (r *Refusal) Words() []string {
	words := make([]string, len(r.Reasons))
	for i, reason := range r.Reasons {
		words[i] = string(reason)
		if reason == password.SameAsOther {
			words[i] = "same_as_login"
		}
	}
	return words
}
