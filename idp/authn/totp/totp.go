package totp

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"fmt"
	"time"

	"sekisho/idp"
	"sekisho/idp/keys"
)

const (
	secretSize = 20 // bytes; RFC 4226 section 4 R6 recommends 160 bits
	digits     = 6
	period     = 30 // seconds
	skew       = 1  // steps to either side; RFC 6238 section 5.2 recommends at most one
)

// DefaultPendingFor is how long an enrolment waits for its confirming code.
const DefaultPendingFor = 10 * time.Minute

// Store keeps the authenticators. *storage.Store satisfies it.
type Store interface {
	TOTP(ctx context.Context, accountID string) (*idp.TOTP, error)
	PendingTOTP(ctx context.Context, accountID string) (*idp.TOTP, error)
	SavePendingTOTP(ctx context.Context, t idp.TOTP) error
	ConfirmTOTP(ctx context.Context, accountID, id string, step int64, at time.Time, e idp.Effects) error
	RemoveTOTP(ctx context.Context, accountID, id, keepSessionID string, e idp.Effects) error
	AcceptTOTPStep(ctx context.Context, totpID string, step int64, at time.Time) error
}

// Vault seals secrets for the database. *keys.Vault satisfies it.
type Vault interface {
	Seal(p keys.Purpose, context string, plain []byte) ([]byte, error)
	Open(p keys.Purpose, context string, sealed []byte) ([]byte, error)
}

// Service is safe for concurrent use.
type Service struct {
	Store      Store
	Vault      Vault
	Now        func() time.Time
	Issuer     string        // the firm's name as authenticator apps show it
	PendingFor time.Duration // zero: DefaultPendingFor
}

// Enrolment is what the customer needs to set up an authenticator app.
type Enrolment struct {
	ID        string
	Secret    string // base32, in groups of four for typing
	URI       string // otpauth URI
	ExpiresAt time.Time
}

// Enrol makes a new secret for the account, pending in flowID until Confirm, and drops an
// earlier pending one. A confirmed authenticator keeps working meanwhile (E2). The caller
// has already asked for a recent authentication (OT-06).
func (s *Service) Enrol(ctx context.Context, account *idp.Account, flowID string) (Enrolment, error) {
	secret := make([]byte, secretSize)
	rand.Read(secret)
	t := idp.TOTP{ID: idp.NewID(), AccountID: account.ID, CreatedAt: s.Now()}
	sealed, err := s.Vault.Seal(keys.PurposeTOTP, SealContext(t.ID, account.ID), pack(flowID, secret))
	if err != nil {
		return Enrolment{}, err
	}
	t.Secret = sealed
	if err := s.Store.SavePendingTOTP(ctx, t); err != nil {
		return Enrolment{}, err
	}
	return s.enrolment(t, account, secret), nil
}

// Pending shows the enrolment of flowID again, after a mistyped code or a reload. It
// returns idp.ErrNotFound when another flow or nobody is enrolling, and idp.ErrExpired
// when the time to confirm has passed.
func (s *Service) Pending(ctx context.Context, account *idp.Account, flowID string) (Enrolment, error) {
	t, secret, err := s.pending(ctx, account.ID, flowID)
	if err != nil {
		return Enrolment{}, err
	}
	return s.enrolment(*t, account, secret), nil
}

// Confirm finishes the enrolment of flowID with a current code, which counts as used from
// then on, and removes the authenticator it replaces in the same transaction as effects.
// A wrong code is idp.ErrRejected and leaves the enrolment pending; see Pending for the
// other errors.
func (s *Service) Confirm(ctx context.Context, accountID, flowID, code string, effects idp.Effects) (idp.AuthenticationEvent, error) {
	t, secret, err := s.pending(ctx, accountID, flowID)
	if err != nil {
		return idp.AuthenticationEvent{}, err
	}
	now := s.Now()
	step, ok, err := match(secret, code, now, 0)
	if err != nil {
		return idp.AuthenticationEvent{}, err
	}
	if !ok {
		return idp.AuthenticationEvent{}, fmt.Errorf("totp: confirming code: %w", idp.ErrRejected)
	}
	if err := s.Store.ConfirmTOTP(ctx, accountID, t.ID, step, now, effects); err != nil {
		return idp.AuthenticationEvent{}, err
	}
	return event(t, now), nil
}

// Verify checks a code and uses up its step. A wrong code, a used one and an account
// without an authenticator are all idp.ErrRejected; ErrReplayed tells the used one apart
// for the audit trail only.
func (s *Service) Verify(ctx context.Context, accountID, code string) (idp.AuthenticationEvent, error) {
	t, err := s.Store.TOTP(ctx, accountID)
	if errors.Is(err, idp.ErrNotFound) {
		return idp.AuthenticationEvent{}, fmt.Errorf("totp: none enrolled: %w", idp.ErrRejected)
	}
	if err != nil {
		return idp.AuthenticationEvent{}, err
	}
	_, secret, err := s.open(t)
	if err != nil {
		return idp.AuthenticationEvent{}, err
	}
	now := s.Now()
	step, ok, err := match(secret, code, now, t.LastStep)
	if err != nil {
		return idp.AuthenticationEvent{}, err
	}
	if !ok {
		if used, _, _ := match(secret, code, now, 0); used > 0 {
			return idp.AuthenticationEvent{}, ErrReplayed
		}
		return idp.AuthenticationEvent{}, fmt.Errorf("totp: code: %w", idp.ErrRejected)
	}
	if err := s.Store.AcceptTOTPStep(ctx, t.ID, step, now); errors.Is(err, idp.ErrConsumed) {
		return idp.AuthenticationEvent{}, ErrReplayed
	} else if err != nil {
		return idp.AuthenticationEvent{}, err
	}
	return event(t, now), nil
}

// ErrReplayed is an idp.ErrRejected for a code whose step was accepted before. The person
// is told the same as for a wrong one.
var ErrReplayed = fmt.Errorf("totp: step already used: %w", idp.ErrRejected)

// Remove ends the use of the authenticator against a current code (E4).
func (s *Service) Remove(ctx context.Context, accountID, code, keepSessionID string, effects idp.Effects) error {
	e, err := s.Verify(ctx, accountID, code)
	if err != nil {
		return err
	}
	return s.Store.RemoveTOTP(ctx, accountID, e.CredentialID, keepSessionID, effects)
}

func (s *Service) pending(ctx context.Context, accountID, flowID string) (*idp.TOTP, []byte, error) {
	t, err := s.Store.PendingTOTP(ctx, accountID)
	if err != nil {
		return nil, nil, err
	}
	flow, secret, err := s.open(t)
	if err != nil {
		return nil, nil, err
	}
	if want := flowHash(flowID); subtle.ConstantTimeCompare(flow, want[:]) != 1 {
		return nil, nil, fmt.Errorf("totp: enrolment of another flow: %w", idp.ErrNotFound)
	}
	if !s.Now().Before(s.expiry(t)) {
		return nil, nil, fmt.Errorf("totp: enrolment: %w", idp.ErrExpired)
	}
	return t, secret, nil
}

func (s *Service) expiry(t *idp.TOTP) time.Time {
	if s.PendingFor > 0 {
		return t.CreatedAt.Add(s.PendingFor)
	}
	return t.CreatedAt.Add(DefaultPendingFor)
}

func (s *Service) open(t *idp.TOTP) (flow, secret []byte, err error) {
	plain, err := s.Vault.Open(keys.PurposeTOTP, SealContext(t.ID, t.AccountID), t.Secret)
	if err != nil {
		return nil, nil, err
	}
	return unpack(plain)
}

func (s *Service) enrolment(t idp.TOTP, account *idp.Account, secret []byte) Enrolment {
	return Enrolment{
		ID: t.ID, Secret: grouped(secret), URI: uri(s.Issuer, account.LoginName, secret), ExpiresAt: s.expiry(&t),
	}
}

func event(t *idp.TOTP, now time.Time) idp.AuthenticationEvent {
	return idp.AuthenticationEvent{AccountID: t.AccountID, Method: idp.MethodTOTP, CredentialID: t.ID, At: now}
}

// The sealed value is a version, the hash of the flow that enrols it, and the secret: the
// binding then needs no column and cannot be edited in the database.
const packed = 1

func flowHash(flowID string) [sha256.Size]byte { return sha256.Sum256([]byte(flowID)) }

func pack(flowID string, secret []byte) []byte {
	flow := flowHash(flowID)
	return append(append([]byte{packed}, flow[:]...), secret...)
}

func unpack(plain []byte) (flow, secret []byte, err error) {
	if len(plain) < 1+sha256.Size+minSecretSize || plain[0] != packed {
		return nil, nil, errors.New("totp: sealed secret has another layout")
	}
	return plain[1 : 1+sha256.Size], plain[1+sha256.Size:], nil
}

// SealContext is the context under which a secret is sealed: its row and owner.
func SealContext(id, accountID string) string { return "totp/" + id + "/" + accountID }
