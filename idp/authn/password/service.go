package password

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"sekisho/idp"
	"sekisho/idp/authn/temporary"
)

// Store keeps the hashes. *storage.Store satisfies it.
type Store interface {
	Password(ctx context.Context, accountID string, kind idp.PasswordKind) (*idp.Password, error)
	SetPassword(ctx context.Context, p idp.Password, keepSessionID string, e idp.Effects) error
	AddPassword(ctx context.Context, p idp.Password, e idp.Effects) error
	TemporaryPassword(ctx context.Context, accountID string, kind idp.PasswordKind) (*idp.TemporaryPassword, error)
	RedeemTemporary(ctx context.Context, r idp.RedeemTemporary) error
	UpgradePasswordHash(ctx context.Context, accountID string, kind idp.PasswordKind, oldHash, newHash string) error
}

// Service is safe for concurrent use.
type Service struct {
	Store    Store
	Hasher   *Hasher
	Now      func() time.Time
	Policies map[idp.PasswordKind]Policy // a kind without one has the default policy
}

// NewService also checks that the embedded lists are whole.
func NewService(s Service) (*Service, error) {
	if _, err := blocklist(); err != nil {
		return nil, ErrBlocklist
	}
	return &s, nil
}

// Verified is a password that was right.
type Verified struct {
	Event      idp.AuthenticationEvent
	MustChange bool      // a temporary password: nothing else may be done before it is changed
	ChangedAt  time.Time // for the notice about old passwords (A13); it never forces anything
	FourDigits bool      // a transaction password of old (A2)
	RemindedAt time.Time // when the customer last put that notice off
	// TemporaryID names the temporary password of a letter that was right; "": it was the customer's own.
	TemporaryID string
}

// Verify checks plain for the account found under the typed login name, nil when there is
// none. Whatever the reason for refusal, it takes one look-up and one hash run and returns
// idp.ErrRejected; idp.ErrUnavailable says that the queue is full, before anything was
// compared. The caller has counted the attempt (throttle). A login password gives an
// event; a transaction password gives none, because it is not a factor of signing in.
func (s *Service) Verify(ctx context.Context, account *idp.Account, kind idp.PasswordKind, plain string) (Verified, error) {
	id := "" // no row has it, but the statement is run
	if account != nil {
		id = account.ID
	}
	row, err := s.Store.Password(ctx, id, kind)
	if errors.Is(err, idp.ErrNotFound) {
		row = &idp.Password{AccountID: id, Kind: kind}
	} else if err != nil {
		return Verified{}, err
	}
	ok, upgraded, err := s.Hasher.Verify(ctx, row.Hash, plain)
	if err != nil {
		return Verified{}, err
	}
	letters, err := s.temporary(ctx, account, kind, plain)
	if err != nil {
		return Verified{}, err
	}
	if !ok && letters == nil || account == nil || account.Status != idp.AccountActive {
		return Verified{}, fmt.Errorf("password: %w", idp.ErrRejected)
	}
	if letters != nil {
		return Verified{Event: s.event(id, kind), MustChange: true, TemporaryID: letters.ID, ChangedAt: letters.CreatedAt}, nil
	}
	if upgraded != "" {
		if err := s.Store.UpgradePasswordHash(ctx, id, kind, row.Hash, upgraded); err != nil {
			return Verified{}, err
		}
	}
	return Verified{
		Event: s.event(id, kind), MustChange: row.MustChange, ChangedAt: row.ChangedAt, RemindedAt: row.RemindedAt,
		FourDigits: kind == idp.TransactionPassword && fourDigits(plain),
	}, nil
}

func (s *Service) event(accountID string, kind idp.PasswordKind) idp.AuthenticationEvent {
	if kind != idp.LoginPassword {
		return idp.AuthenticationEvent{}
	}
	return idp.AuthenticationEvent{AccountID: accountID, Method: idp.MethodPassword, At: s.Now()}
}

// PolicyError carries every reason against a new password. It wraps idp.ErrRejected.
type PolicyError struct{ Reasons []Reason }

func (e *PolicyError) Error() string {
	words := make([]string, len(e.Reasons))
	for i, r := range e.Reasons {
		words[i] = string(r)
	}
	return "password refused: " + strings.Join(words, ", ")
}

// Unwrap makes errors.Is(err, idp.ErrRejected) true.
func (e *PolicyError) Unwrap() error { return idp.ErrRejected }

// New judges and hashes a first or reset password of an account and returns the row for
// the caller's transaction (an accepted invitation, a reset). A *PolicyError carries the
// reasons against it, among them that it is the account's current or other password.
// What is refused anyway is not held against the other password: a form for one must not
// answer guesses at the other, and so each guess costs a change the customer is told of.
func (s *Service) New(ctx context.Context, accountID string, kind idp.PasswordKind, plain string, c Context) (idp.Password, error) {
	reasons := s.Policies[kind].Check(plain, c)
	if _, is := temporary.Parse(plain); is {
		reasons = append(reasons, Temporary)
	}
	for _, against := range []struct {
		kind   idp.PasswordKind
		reason Reason
	}{{kind, Unchanged}, {other(kind), SameAsOther}} {
		if against.kind != kind && len(reasons) > 0 {
			break
		}
		same, err := s.is(ctx, accountID, against.kind, plain)
		if err != nil {
			return idp.Password{}, err
		}
		if same {
			reasons = append(reasons, against.reason)
		}
	}
	if len(reasons) > 0 {
		return idp.Password{}, &PolicyError{Reasons: reasons}
	}
	hash, err := s.Hasher.Hash(ctx, plain)
	if err != nil {
		return idp.Password{}, err
	}
	return idp.Password{AccountID: accountID, Kind: kind, Hash: hash, ChangedAt: s.Now()}, nil
}

// is compares with a stored password of the account, when there is one.
func (s *Service) is(ctx context.Context, accountID string, kind idp.PasswordKind, plain string) (bool, error) {
	row, err := s.Store.Password(ctx, accountID, kind)
	if errors.Is(err, idp.ErrNotFound) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	same, _, err := s.Hasher.Verify(ctx, row.Hash, plain)
	return same, err
}

// Change is a customer changing a password of their own.
type Change struct {
	Account       *idp.Account // the one of the session, never one named by the request (PW-07)
	Kind          idp.PasswordKind
	Current, New  string
	Context       Context
	KeepSessionID string    // the session that asked; all others of the account end
	TrustedFrom   time.Time // of a first one: the end of its cooling-off; zero: none
	Effects       idp.Effects
}

// Change verifies the current password, judges the new one and stores it, in one
// transaction with the end of the other sessions and all their grants (RT-09). A wrong
// current password is idp.ErrRejected and nothing is said about the new one; a bad new one
// is a *PolicyError.
func (s *Service) Change(ctx context.Context, c Change) error {
	current, err := s.Verify(ctx, c.Account, c.Kind, c.Current)
	if err != nil {
		return err
	}
	if current.TemporaryID != "" {
		_, err := s.Redeem(ctx, current.TemporaryID, c)
		return err
	}
	next, err := s.New(ctx, c.Account.ID, c.Kind, c.New, c.Context)
	if err != nil {
		return err
	}
	return s.Store.SetPassword(ctx, next, c.KeepSessionID, c.Effects)
}
