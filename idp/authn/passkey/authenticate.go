package passkey

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/protocol/webauthncbor"
	"github.com/go-webauthn/webauthn/protocol/webauthncose"
	"github.com/go-webauthn/webauthn/webauthn"

	"sekisho/idp"
)

// BeginAuthentication asks for a passkey. With account nil any discoverable credential
// will do and nothing about any account is in the options (D1, PA-09); autofill is then
// the conditional mediation of the sign-in page, which waits longer. With an account the
// answer must come from one of its passkeys; idp.ErrNotFound when it has none. User
// verification is required either way, and the caller has no say in it (PA-05).
func (s *Service) BeginAuthentication(ctx context.Context, account *idp.Account, autofill bool, b Binding) (Ceremony, error) {
	if account == nil {
		life := dialogTime
		if autofill {
			life = autofillTime
		}
		assertion, session, err := s.web.BeginDiscoverableLogin(func(o *protocol.PublicKeyCredentialRequestOptions) error {
			o.Timeout = int(life.Milliseconds())
			return nil
		})
		if err != nil {
			return Ceremony{}, fmt.Errorf("passkey: %w", err)
		}
		return s.begin(ctx, idp.ChallengeGet, b, "", assertion.Response, session, life)
	}
	held, err := s.o.Store.Passkeys(ctx, account.ID)
	if err != nil {
		return Ceremony{}, err
	}
	if len(held) == 0 {
		return Ceremony{}, fmt.Errorf("passkey: account has none: %w", idp.ErrNotFound)
	}
	assertion, session, err := s.web.BeginLogin(user{account: account, passkeys: held})
	if err != nil {
		return Ceremony{}, fmt.Errorf("passkey: %w", err)
	}
	return s.begin(ctx, idp.ChallengeGet, b, account.ID, assertion.Response, session, dialogTime)
}

// Authentication is a browser's answer to BeginAuthentication.
type Authentication struct {
	Binding
	ChallengeID string
	Response    []byte // AuthenticationResponseJSON
}

// Authenticated is a verified assertion. Event lacks ID and CeremonyID. Use and Event are
// for storage.Authenticate, which refuses the use when the counter has moved meanwhile.
type Authenticated struct {
	Account *idp.Account
	Passkey idp.Passkey // as stored before this use
	Use     idp.PasskeyUse
	Event   idp.AuthenticationEvent
	Signed  Signed
}

// FinishAuthentication verifies the answer. It changes nothing but the challenge, which is
// gone whatever the outcome. ErrRejected for every flaw; idp.ErrExpired when it came too
// late.
func (s *Service) FinishAuthentication(ctx context.Context, r Authentication) (Authenticated, error) {
	c, session, err := s.consume(ctx, idp.ChallengeGet, r.Binding, r.ChallengeID)
	if err != nil {
		return Authenticated{}, err
	}
	parsed, err := s.readAssertion(r.Response, session)
	if err != nil {
		return Authenticated{}, err
	}
	owner, p, reason, err := s.claimed(ctx, c, session, parsed)
	if err != nil {
		return Authenticated{}, err
	}
	counter, verified := s.verifyAssertion(owner, p, session, parsed)
	switch {
	case reason != "":
		return Authenticated{}, reject(reason)
	case !verified:
		return Authenticated{}, reject(ReasonVerify)
	case counter:
		return Authenticated{}, reject(ReasonCounter)
	case owner.Status != idp.AccountActive:
		return Authenticated{}, reject(ReasonAccount)
	}
	out := s.authenticated(owner, p, parsed.Response.AuthenticatorData)
	out.Signed = signed(c, session, parsed)
	return out, nil
}

// readAssertion is WebAuthn 7.2 up to the credential's look-up.
func (s *Service) readAssertion(response []byte, session webauthn.SessionData) (*protocol.ParsedCredentialAssertionData, error) {
	_, clientData, err := open(response)
	if err != nil {
		return nil, err
	}
	if err := s.checkClientData(clientData, protocol.AssertCeremony, session.Challenge); err != nil {
		return nil, err
	}
	parsed, err := protocol.ParseCredentialRequestResponseBytes(response)
	if err != nil {
		return nil, reject(ReasonMalformed)
	}
	return parsed, nil
}

// claimed finds the credential the response names and its owner, and says what is wrong
// with the claim. It always returns something to verify against, so that a wrong claim
// costs what a wrong signature does (PA-09).
func (s *Service) claimed(ctx context.Context, c *idp.Challenge, session webauthn.SessionData, parsed *protocol.ParsedCredentialAssertionData) (*idp.Account, idp.Passkey, Reason, error) {
	p, err := s.o.Store.PasskeyByCredentialID(ctx, parsed.RawID)
	unknown := errors.Is(err, idp.ErrNotFound)
	if unknown {
		decoy := s.decoy
		p, err = &decoy, nil
	}
	if err != nil {
		return nil, idp.Passkey{}, "", err
	}
	owner, err := s.o.Store.Account(ctx, p.AccountID)
	if unknown && errors.Is(err, idp.ErrNotFound) {
		owner, err = &idp.Account{UserHandle: make([]byte, 32)}, nil
	}
	if err != nil {
		return nil, idp.Passkey{}, "", err
	}
	handle := parsed.Response.UserHandle
	named := func(id []byte) bool { return bytes.Equal(id, p.CredentialID) }
	switch {
	case unknown:
		return owner, *p, ReasonCredential, nil
	case c.AccountID != "" && (c.AccountID != owner.ID || !slices.ContainsFunc(session.AllowedCredentialIDs, named)):
		return owner, *p, ReasonNotAllowed, nil
	case c.AccountID == "" && len(handle) == 0, len(handle) > 0 && !bytes.Equal(handle, owner.UserHandle):
		return owner, *p, ReasonUserHandle, nil
	}
	return owner, *p, "", nil
}

// verifyAssertion is WebAuthn 7.2 from step 15 on against one credential. counter says
// that the signature counter did not grow; everything else is in verified.
func (s *Service) verifyAssertion(owner *idp.Account, p idp.Passkey, session webauthn.SessionData, parsed *protocol.ParsedCredentialAssertionData) (counter, verified bool) {
	// Who may answer is decided; what is left must be the same for every claim, so the
	// library is given one owner with one credential and an answer that names them.
	answer := *parsed
	answer.RawID, answer.Response.UserHandle = p.CredentialID, nil
	session.UserID, session.AllowedCredentialIDs = owner.UserHandle, [][]byte{p.CredentialID}
	session.UserVerification = protocol.VerificationRequired
	credential, err := s.web.ValidateLogin(user{account: owner, passkeys: []idp.Passkey{p}}, session, &answer)
	if err != nil {
		return false, false
	}
	flags := parsed.Response.AuthenticatorData.Flags
	return credential.Authenticator.CloneWarning, flags.HasUserPresent() && flags.HasUserVerified()
}

func (s *Service) authenticated(owner *idp.Account, p idp.Passkey, data protocol.AuthenticatorData) Authenticated {
	now := s.o.Now()
	return Authenticated{
		Account: owner, Passkey: p,
		Use: idp.PasskeyUse{PasskeyID: p.ID, SignCount: data.Counter, BackupState: data.Flags.HasBackupState(), UsedAt: now},
		Event: idp.AuthenticationEvent{
			AccountID: owner.ID, Method: idp.MethodPasskey, CredentialID: p.ID, At: now,
			UserVerified: true, BackupEligible: data.Flags.HasBackupEligible(), BackupState: data.Flags.HasBackupState(),
			HardwareAttested: p.Attested && !p.BackupEligible, TrustedFrom: p.TrustedFrom, AuthenticatorAAGUID: AAGUIDText(p.AAGUID),
		},
	}
}

// newDecoy makes the credential that unknown ones are verified against: a real key whose
// private half is forgotten at once.
func newDecoy() (idp.Passkey, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return idp.Passkey{}, fmt.Errorf("passkey: %w", err)
	}
	point, err := key.PublicKey.Bytes()
	if err != nil {
		return idp.Passkey{}, fmt.Errorf("passkey: %w", err)
	}
	cose, err := webauthncbor.Marshal(map[int]any{
		1: int(webauthncose.EllipticKey), 3: int(webauthncose.AlgES256), -1: int(webauthncose.P256), -2: point[1:33], -3: point[33:],
	})
	id := make([]byte, 32)
	rand.Read(id)
	return idp.Passkey{CredentialID: id, PublicKey: cose, AAGUID: make([]byte, 16)}, err
}
