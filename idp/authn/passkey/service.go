package passkey

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/protocol/webauthncose"
	"github.com/go-webauthn/webauthn/webauthn"

	"sekisho/idp"
)

// Store keeps challenges and credential records. *storage.Store satisfies it.
type Store interface {
	CreateChallenge(ctx context.Context, c idp.Challenge, maxOpenPerFlow int) error
	ConsumeChallenge(ctx context.Context, id string, kind idp.ChallengeKind, flowID string, browserHash []byte, now time.Time) (*idp.Challenge, error)
	Account(ctx context.Context, id string) (*idp.Account, error)
	Passkeys(ctx context.Context, accountID string) ([]idp.Passkey, error)
	PasskeyByCredentialID(ctx context.Context, credentialID []byte) (*idp.Passkey, error)
	AddPasskey(ctx context.Context, p idp.Passkey, max int, e idp.Effects) error
	RenamePasskey(ctx context.Context, accountID, id, name string) error
}

// Options of a Service. Zero values are the defaults named.
type Options struct {
	Store Store
	Now   func() time.Time
	// RPID is the domain credentials belong to for ever: changing it loses all of them.
	RPID   string
	RPName string // the firm's name, as authenticators show it
	// Origins are the exact origins pages run at, https with a host equal to or below
	// RPID; http for localhost only. One is the rule (PA-13).
	Origins []string
	// Related are those of Origins that belong to another domain than RPID: browsers let
	// them use it because a document at the RP ID's host names them (WebAuthn L3 5.11).
	Related []string
	// Apps are the origins of the firm's own Android apps. They sign in and never register (D6).
	Apps []string
	// MaxPerAccount is the cap on passkeys of one account: 3 (D5).
	MaxPerAccount int
	// MaxOpen is the cap on unanswered challenges of one interaction: 5 (PA-14).
	MaxOpen int
	// Hardware lists the authenticator models whose attestation earns phrh, by AAGUID in
	// its text form, with the roots that vouch for each. Empty: none is asked for.
	Hardware map[string]*x509.CertPool
}

// How long a ceremony may take: the browser's own limit for a person before a dialog
// (WebAuthn 15.1), and the longer one of an autofill prompt that waits with the page.
const (
	dialogTime   = 5 * time.Minute
	autofillTime = 10 * time.Minute
)

// Service is safe for concurrent use.
type Service struct {
	o     Options
	web   *webauthn.WebAuthn
	decoy idp.Passkey
}

// New checks the options. An origin that does not belong to the RP ID is an error here,
// not at the first customer.
func New(o Options) (*Service, error) {
	if o.MaxPerAccount <= 0 {
		o.MaxPerAccount = 3
	}
	if o.MaxOpen <= 0 {
		o.MaxOpen = 5
	}
	if len(o.Origins) == 0 {
		return nil, errors.New("passkey: no origin")
	}
	for _, origin := range o.Origins {
		if err := checkOrigin(origin, o.home(origin)); err != nil {
			return nil, err
		}
	}
	selection := protocol.AuthenticatorSelection{
		ResidentKey: protocol.ResidentKeyRequirementRequired, RequireResidentKey: protocol.ResidentKeyRequired(),
		UserVerification: protocol.VerificationRequired,
	}
	web, err := webauthn.New(&webauthn.Config{
		RPID: o.RPID, RPDisplayName: o.RPName, RPOrigins: o.Origins, RPOpaqueOrigins: o.Apps, AuthenticatorSelection: selection,
		AttestationPreference: conveyance(o.Hardware),
		// Password managers add outputs of extensions nobody asked for; none is read here.
		ExtensionsUnsolicitedOutputPolicy: protocol.UnsolicitedOutputPolicyIgnore,
		Timeouts: webauthn.TimeoutsConfig{
			Login:        webauthn.TimeoutConfig{Timeout: dialogTime},
			Registration: webauthn.TimeoutConfig{Timeout: dialogTime},
		},
	})
	if err != nil {
		return nil, fmt.Errorf("passkey: %w", err)
	}
	decoy, err := newDecoy()
	return &Service{o: o, web: web, decoy: decoy}, err
}

// MaxPerAccount is the cap in force, for the settings page.
func (s *Service) MaxPerAccount() int { return s.o.MaxPerAccount }

func checkOrigin(origin, rpID string) error {
	u, err := url.Parse(origin)
	bad := fmt.Errorf("passkey: origin %q does not belong to RP ID %q", origin, rpID)
	if err != nil || u.Scheme+"://"+u.Host != origin || origin != strings.ToLower(origin) {
		return bad
	}
	host := u.Hostname()
	if host != rpID && !strings.HasSuffix(host, "."+rpID) || rpID == "" {
		return bad
	}
	if u.Scheme != "https" && (u.Scheme != "http" || host != "localhost") {
		return bad
	}
	return nil
}

func conveyance(hardware map[string]*x509.CertPool) protocol.ConveyancePreference {
	if len(hardware) > 0 {
		return protocol.PreferDirectAttestation
	}
	return protocol.PreferNoAttestation
}

// algorithms in the order of preference: EdDSA, ES256, RS256 (PG-09).
var algorithms = []protocol.CredentialParameter{
	{Type: protocol.PublicKeyCredentialType, Algorithm: webauthncose.AlgEdDSA},
	{Type: protocol.PublicKeyCredentialType, Algorithm: webauthncose.AlgES256},
	{Type: protocol.PublicKeyCredentialType, Algorithm: webauthncose.AlgRS256},
}

// user is an account as the library sees one.
type user struct {
	account  *idp.Account
	passkeys []idp.Passkey
}

func (u user) WebAuthnID() []byte   { return u.account.UserHandle }
func (u user) WebAuthnName() string { return clip(u.account.LoginName) }
func (u user) WebAuthnDisplayName() string {
	return clip(first(u.account.Profile.Name, u.account.LoginName))
}

func (u user) WebAuthnCredentials() []webauthn.Credential {
	out := make([]webauthn.Credential, len(u.passkeys))
	for i, p := range u.passkeys {
		out[i] = webauthn.Credential{
			ID: p.CredentialID, PublicKey: p.PublicKey, AttestationType: p.AttestationType, Transport: transports(p.Transports),
			Flags: webauthn.CredentialFlags{
				UserPresent: true, UserVerified: p.UserVerified, BackupEligible: p.BackupEligible, BackupState: p.BackupState,
			},
			Authenticator: webauthn.Authenticator{AAGUID: p.AAGUID, SignCount: p.SignCount},
		}
	}
	return out
}

func transports(names []string) []protocol.AuthenticatorTransport {
	out := make([]protocol.AuthenticatorTransport, len(names))
	for i, n := range names {
		out[i] = protocol.AuthenticatorTransport(n)
	}
	return out
}

func first(a, b string) string {
	if a != "" {
		return a
	}
	return b
}
