package emailcode

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"math/big"
	"net/netip"
	"strings"
	"time"

	"golang.org/x/text/unicode/norm"

	"sekisho/idp"
	"sekisho/idp/authn/throttle"
	"sekisho/idp/keys"
)

// Store keeps the codes. *storage.Store satisfies it.
type Store interface {
	IssueEmailCode(ctx context.Context, c idp.EmailCode, e idp.Effects) error
	OpenEmailCode(ctx context.Context, flowID string, p idp.CodePurpose) (*idp.EmailCode, error)
	AttemptEmailCode(ctx context.Context, flowID string, p idp.CodePurpose, max int, now time.Time) (*idp.EmailCode, error)
	ConsumeEmailCode(ctx context.Context, id string, at time.Time) error
}

// Vault makes and checks MACs. *keys.Vault satisfies it.
type Vault interface {
	MAC(p keys.Purpose, parts ...[]byte) []byte
	VerifyMAC(p keys.Purpose, mac []byte, parts ...[]byte) bool
}

// Limiter says whether one more mail may be sent. *throttle.Service satisfies it.
type Limiter interface {
	Send(ctx context.Context, subject throttle.Subject, mailbox string, ip netip.Addr) error
}

// Message is what a composer makes a mail of. Nothing in it but the code came from outside
// the firm's own records, so nothing in the mail can be an attacker's words (OT-13).
type Message struct {
	Account   *idp.Account
	To        idp.Email
	Code      string
	Purpose   idp.CodePurpose
	ExpiresAt time.Time
}

// Policy of codes. Zero values are the defaults named.
type Policy struct {
	Digits      int           // 6; fewer than 6 are raised to it, more than 10 lowered
	TTL         time.Duration // 10 minutes, also the most
	Attempts    int           // 5 wrong ones per flow and purpose
	ResendAfter time.Duration // 60 seconds between two mails of one flow
}

// Service is safe for concurrent use.
type Service struct {
	Store   Store
	Vault   Vault
	Limiter Limiter
	Now     func() time.Time
	Policy  Policy
	// Compose writes the mail, sealed for the outbox. It must not keep or log the code.
	Compose func(ctx context.Context, m Message) (idp.OutboxMessage, error)
}

const maxTTL = 10 * time.Minute // OT-08

func (p Policy) digits() int { return min(max(p.Digits, 6), 10) }

func (p Policy) ttl() time.Duration {
	if p.TTL <= 0 {
		return maxTTL
	}
	return min(p.TTL, maxTTL)
}

func (p Policy) attempts() int {
	if p.Attempts <= 0 {
		return 5
	}
	return min(p.Attempts, 10)
}

func (p Policy) resendAfter() time.Duration {
	if p.ResendAfter <= 0 {
		return time.Minute
	}
	return p.ResendAfter
}

// Request asks for a code to be sent.
type Request struct {
	Account *idp.Account
	To      idp.Email // one of the account's addresses, chosen by its id
	FlowID  string    // the interaction; no other one can use the code
	Purpose idp.CodePurpose
	IP      netip.Addr
	Effects idp.Effects // committed with the code
}

// Sent is what the page shows.
type Sent struct {
	ExpiresAt time.Time
	ResendAt  time.Time // before it another mail is refused
}

// Send stores a new code, voiding the account's open one of the same purpose, and queues
// its mail in the same transaction. Errors: idp.ErrRejected for an address that is not the
// account's or not verified; idp.ErrTooMany (a *throttle.Refusal when time helps) when a
// sending limit is reached, the last mail is too recent or the flow has used up its
// attempts, for which only a new flow helps.
func (s *Service) Send(ctx context.Context, r Request) (Sent, error) {
	if r.To.AccountID != r.Account.ID || !r.To.Verified() && r.Purpose != idp.CodeVerifyAddress {
		return Sent{}, fmt.Errorf("emailcode: address not usable: %w", idp.ErrRejected)
	}
	now := s.Now()
	used, err := s.used(ctx, r, now)
	if err != nil {
		return Sent{}, err
	}
	if err := s.Limiter.Send(ctx, throttle.Known(r.Account.ID), r.To.Canonical, r.IP); err != nil {
		return Sent{}, err
	}
	code, err := newCode(s.Policy.digits())
	if err != nil {
		return Sent{}, err
	}
	row := idp.EmailCode{
		ID: idp.NewID(), AccountID: r.Account.ID, FlowID: r.FlowID, Purpose: r.Purpose, EmailID: r.To.ID,
		Attempts: used, CreatedAt: now, ExpiresAt: now.Add(s.Policy.ttl()),
	}
	row.CodeMAC = s.Vault.MAC(keys.PurposeCode, parts(&row, code)...)
	mail, err := s.Compose(ctx, Message{Account: r.Account, To: r.To, Code: code, Purpose: r.Purpose, ExpiresAt: row.ExpiresAt})
	if err != nil {
		return Sent{}, err
	}
	effects := idp.Effects{Audit: r.Effects.Audit, Session: r.Effects.Session, Outbox: append(append([]idp.OutboxMessage{}, r.Effects.Outbox...), mail)}
	if err := s.Store.IssueEmailCode(ctx, row, effects); err != nil {
		return Sent{}, err
	}
	return Sent{ExpiresAt: row.ExpiresAt, ResendAt: now.Add(s.Policy.resendAfter())}, nil
}

// used is how many attempts the flow has spent on the code being replaced.
func (s *Service) used(ctx context.Context, r Request, now time.Time) (int, error) {
	open, err := s.Store.OpenEmailCode(ctx, r.FlowID, r.Purpose)
	if errors.Is(err, idp.ErrNotFound) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	if open.AccountID != r.Account.ID {
		return 0, fmt.Errorf("emailcode: flow of another account: %w", idp.ErrRejected)
	}
	if open.Attempts >= s.Policy.attempts() {
		return 0, fmt.Errorf("emailcode: attempts of this flow: %w", idp.ErrTooMany)
	}
	if resend := open.CreatedAt.Add(s.Policy.resendAfter()); now.Before(resend) {
		return 0, &throttle.Refusal{Kind: idp.ErrTooMany, Until: resend}
	}
	return open.Attempts, nil
}

// Open says when the code of a flow ends and when another may be asked for, or
// idp.ErrNotFound. It counts nothing.
func (s *Service) Open(ctx context.Context, flowID string, p idp.CodePurpose) (Sent, error) {
	open, err := s.Store.OpenEmailCode(ctx, flowID, p)
	if err != nil {
		return Sent{}, err
	}
	return Sent{ExpiresAt: open.ExpiresAt, ResendAt: open.CreatedAt.Add(s.Policy.resendAfter())}, nil
}

// Verify counts an attempt, compares and, when the code is right, uses it up. A wrong code
// is idp.ErrRejected; a flow without a code idp.ErrNotFound; idp.ErrExpired,
// idp.ErrConsumed and idp.ErrTooMany (the code is void) say what they say and are returned
// whatever was typed.
func (s *Service) Verify(ctx context.Context, accountID, flowID string, p idp.CodePurpose, code string) (idp.AuthenticationEvent, error) {
	now := s.Now()
	row, err := s.Store.AttemptEmailCode(ctx, flowID, p, s.Policy.attempts(), now)
	if err != nil {
		return idp.AuthenticationEvent{}, err
	}
	if row.AccountID != accountID || !s.Vault.VerifyMAC(keys.PurposeCode, row.CodeMAC, parts(row, normalise(code))...) {
		return idp.AuthenticationEvent{}, fmt.Errorf("emailcode: code: %w", idp.ErrRejected)
	}
	if err := s.Store.ConsumeEmailCode(ctx, row.ID, now); err != nil {
		return idp.AuthenticationEvent{}, err
	}
	return idp.AuthenticationEvent{AccountID: accountID, Method: idp.MethodEmailCode, CredentialID: row.EmailID, At: now}, nil
}

// parts are everything the MAC binds (OT-07).
func parts(c *idp.EmailCode, code string) [][]byte {
	return [][]byte{
		[]byte("email code"), []byte(c.ID), []byte(c.AccountID), []byte(c.FlowID), []byte(c.Purpose), []byte(c.EmailID), []byte(code),
	}
}

// newCode is uniform over all codes of that many digits.
func newCode(digits int) (string, error) {
	n, err := rand.Int(rand.Reader, new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(digits)), nil))
	if err != nil {
		return "", fmt.Errorf("emailcode: %w", err)
	}
	return fmt.Sprintf("%0*d", digits, n), nil
}

// normalise takes full-width digits and pasted blanks.
func normalise(code string) string {
	if len(code) > 64 {
		return ""
	}
	return strings.Map(func(r rune) rune {
		if r == ' ' || r == '-' {
			return -1
		}
		return r
	}, norm.NFKC.String(code))
}
