package passkey

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/go-webauthn/webauthn/webauthn"

	"sekisho/idp"
)

// Ceremony is what a page needs to ask the browser for a credential.
type Ceremony struct {
	ChallengeID string
	PublicKey   json.RawMessage // PublicKeyCredentialCreationOptionsJSON or …RequestOptionsJSON
	ExpiresAt   time.Time
}

// Binding is what a ceremony belongs to. An answer with another one finds no challenge.
type Binding struct {
	FlowID      string // the interaction
	BrowserHash []byte // idp.HashSecret of the browser's binding cookie
}

// ErrRejected is every refusal of a response. It wraps idp.ErrRejected.
var ErrRejected = fmt.Errorf("passkey: %w", idp.ErrRejected)

// Reason says for the audit trail why a response was refused. It is never shown.
type Reason string

const (
	ReasonChallenge  Reason = "challenge"  // none open for this kind, interaction and browser
	ReasonMalformed  Reason = "malformed"  // structure of the response
	ReasonClientData Reason = "clientdata" // type, challenge, origin or embedding
	ReasonCredential Reason = "credential" // unknown
	ReasonNotAllowed Reason = "notallowed" // not one of those asked for
	ReasonUserHandle Reason = "userhandle" // missing or not the owner's
	ReasonVerify     Reason = "verify"     // flags, RP ID or signature
	ReasonPublicKey  Reason = "publickey"  // algorithm or key
	ReasonCounter    Reason = "counter"    // did not grow: perhaps a copy of the authenticator (alert)
	ReasonAccount    Reason = "account"    // not active
)

// rejection carries the reason beside ErrRejected; its text is the same for all.
type rejection struct{ reason Reason }

func (r *rejection) Error() string { return ErrRejected.Error() }
func (r *rejection) Unwrap() error { return ErrRejected }

// ReasonOf finds the reason in an error of this package, "" when there is none.
func ReasonOf(err error) Reason {
	var r *rejection
	if errors.As(err, &r) {
		return r.reason
	}
	return ""
}

func reject(r Reason) error { return &rejection{reason: r} }

// begin stores a challenge and gives the page its ceremony.
func (s *Service) begin(ctx context.Context, kind idp.ChallengeKind, b Binding, accountID string, options, session any, life time.Duration) (Ceremony, error) {
	public, err := json.Marshal(options)
	if err != nil {
		return Ceremony{}, fmt.Errorf("passkey: %w", err)
	}
	private, err := json.Marshal(session)
	if err != nil {
		return Ceremony{}, fmt.Errorf("passkey: %w", err)
	}
	now := s.o.Now()
	c := idp.Challenge{
		ID: idp.NewID(), Kind: kind, FlowID: b.FlowID, BrowserHash: b.BrowserHash, AccountID: accountID,
		SessionData: private, CreatedAt: now, ExpiresAt: now.Add(life),
	}
	if err := s.o.Store.CreateChallenge(ctx, c, s.o.MaxOpen); err != nil {
		return Ceremony{}, err
	}
	return Ceremony{ChallengeID: c.ID, PublicKey: public, ExpiresAt: c.ExpiresAt}, nil
}

// consume takes the challenge away before anything of the response is looked at, so that
// one challenge gets one answer (PG-01, PA-01).
func (s *Service) consume(ctx context.Context, kind idp.ChallengeKind, b Binding, id string) (*idp.Challenge, webauthn.SessionData, error) {
	var session webauthn.SessionData
	c, err := s.o.Store.ConsumeChallenge(ctx, id, kind, b.FlowID, b.BrowserHash, s.o.Now())
	if errors.Is(err, idp.ErrNotFound) {
		return nil, session, reject(ReasonChallenge)
	}
	if err != nil {
		return nil, session, err
	}
	if err := json.Unmarshal(c.SessionData, &session); err != nil {
		return nil, session, fmt.Errorf("passkey: stored challenge: %w", err)
	}
	return c, session, nil
}
