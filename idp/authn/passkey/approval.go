package passkey

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"

	"sekisho/idp"
)

// Signed is what an authenticator signed, byte for byte, and what its challenge stood for.
type Signed struct {
	Challenge         string // base64url, as in the client data
	Note              []byte // of BeginApproval; nil for every other ceremony
	AuthenticatorData []byte
	ClientData        []byte
	Signature         []byte
}

// noted is a stored session with the caller's note of what its challenge stands for.
type noted struct {
	*webauthn.SessionData
	Note []byte `json:"sekisho_note,omitempty"`
}

// BeginApproval is BeginAuthentication for one account with a challenge of the caller's: a
// hash of what the customer is shown and of fresh random bytes. The note comes back with the
// verified answer, from the database and not from the browser.
func (s *Service) BeginApproval(ctx context.Context, account *idp.Account, b Binding, challenge, note []byte) (Ceremony, error) {
	held, err := s.o.Store.Passkeys(ctx, account.ID)
	if err != nil {
		return Ceremony{}, err
	}
	if len(held) == 0 {
		return Ceremony{}, fmt.Errorf("passkey: account has none: %w", idp.ErrNotFound)
	}
	assertion, session, err := s.web.BeginLogin(user{account: account, passkeys: held}, webauthn.WithChallenge(challenge))
	if err != nil {
		return Ceremony{}, fmt.Errorf("passkey: %w", err)
	}
	return s.begin(ctx, idp.ChallengeGet, b, account.ID, assertion.Response, noted{session, note}, dialogTime)
}

func signed(c *idp.Challenge, session webauthn.SessionData, parsed *protocol.ParsedCredentialAssertionData) Signed {
	var n struct {
		Note []byte `json:"sekisho_note"`
	}
	_ = json.Unmarshal(c.SessionData, &n) // it was read once already; without a note there is none
	raw := parsed.Raw.AssertionResponse
	return Signed{Challenge: session.Challenge, Note: n.Note, AuthenticatorData: raw.AuthenticatorData, ClientData: raw.ClientDataJSON, Signature: raw.Signature}
}
