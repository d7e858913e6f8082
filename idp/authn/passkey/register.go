package passkey

import (
	"context"
	"crypto/x509"
	"fmt"
	"slices"
	"time"

	"github.com/go-webauthn/webauthn/metadata"
	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"

	"sekisho/idp"
)

// BeginRegistration offers the account a new passkey. The caller has asked for the
// re-authentication that adding one needs (PG-16). idp.ErrTooMany when the account is at
// its cap.
func (s *Service) BeginRegistration(ctx context.Context, account *idp.Account, b Binding) (Ceremony, error) {
	return s.beginRegistration(ctx, account, protocol.MediationDefault, b)
}

func (s *Service) beginRegistration(ctx context.Context, account *idp.Account, mediation protocol.CredentialMediationRequirement, b Binding, more ...webauthn.RegistrationOption) (Ceremony, error) {
	if n := len(account.UserHandle); n < 16 || n > 64 {
		return Ceremony{}, fmt.Errorf("passkey: user handle of %d bytes", n)
	}
	held, err := s.o.Store.Passkeys(ctx, account.ID)
	if err != nil {
		return Ceremony{}, err
	}
	if len(held) >= s.o.MaxPerAccount {
		return Ceremony{}, fmt.Errorf("passkey: passkeys of this account: %w", idp.ErrTooMany)
	}
	u := user{account: account, passkeys: held}
	creation, session, err := s.web.BeginMediatedRegistration(u, mediation, append([]webauthn.RegistrationOption{
		webauthn.WithExclusions(webauthn.Credentials(u.WebAuthnCredentials()).CredentialDescriptors()),
		webauthn.WithCredentialParameters(algorithms), webauthn.WithExtensions(webauthn.WithExtensionCredProps()),
	}, more...)...)
	if err != nil {
		return Ceremony{}, fmt.Errorf("passkey: %w", err)
	}
	return s.begin(ctx, idp.ChallengeCreate, b, account.ID, creation.Response, session, dialogTime)
}

// Registration is a browser's answer to BeginRegistration and what to make of it.
type Registration struct {
	Binding
	Account     *idp.Account
	ChallengeID string
	Response    []byte    // RegistrationResponseJSON
	Conditional bool      // begun by BeginConditional: without a dialog
	Name        string    // the customer's word for it; "": the provider's name, if known
	AddedACR    string    // level of the session that adds it (provenance)
	TrustedFrom time.Time // end of the cooling-off that assurance.Policy gives it; zero: none
	// Effects makes what is committed with the passkey: audit record and notice (D4).
	Effects func(idp.Passkey) (idp.Effects, error)
}

// FinishRegistration verifies the answer and stores the passkey in one transaction with its
// effects. ErrRejected for every flaw of the response; idp.ErrExpired when it came too
// late; idp.ErrExists when the credential is registered, to whomever; idp.ErrTooMany at
// the cap. Nothing is stored then, and the challenge is gone.
func (s *Service) FinishRegistration(ctx context.Context, r Registration) (idp.Passkey, error) {
	c, session, err := s.consume(ctx, idp.ChallengeCreate, r.Binding, r.ChallengeID)
	if err != nil {
		return idp.Passkey{}, err
	}
	if c.AccountID != r.Account.ID || r.Conditional != (session.Mediation == protocol.MediationConditional) {
		return idp.Passkey{}, reject(ReasonChallenge)
	}
	parsed, credential, err := s.verifyCreation(r.Account, r.Response, session)
	if err != nil {
		return idp.Passkey{}, err
	}
	p := idp.Passkey{
		ID: idp.NewID(), AccountID: r.Account.ID, CredentialID: credential.ID, PublicKey: credential.PublicKey,
		SignCount: credential.Authenticator.SignCount, AAGUID: credential.Authenticator.AAGUID,
		Transports: usableTransports(parsed.Response.Transports), UserVerified: credential.Flags.UserVerified,
		BackupEligible: credential.Flags.BackupEligible, BackupState: credential.Flags.BackupState,
		AttestationType: credential.AttestationType, RPID: s.o.RPID, Name: CleanName(r.Name),
		CreatedAt: s.o.Now(), AddedACR: r.AddedACR, TrustedFrom: r.TrustedFrom,
	}
	p.Attested = s.attested(parsed.Response.AttestationObject, p)
	if p.Name == "" {
		p.Name = ProviderName(p.AAGUID)
	}
	var effects idp.Effects
	if r.Effects != nil {
		if effects, err = r.Effects(p); err != nil {
			return idp.Passkey{}, err
		}
	}
	if err := s.o.Store.AddPasskey(ctx, p, s.o.MaxPerAccount, effects); err != nil {
		return idp.Passkey{}, err
	}
	return p, nil
}

// verifyCreation is WebAuthn 7.1 but for its last steps, which need the store.
func (s *Service) verifyCreation(account *idp.Account, response []byte, session webauthn.SessionData) (*protocol.ParsedCredentialCreationData, *webauthn.Credential, error) {
	m, clientData, err := open(response)
	if err != nil {
		return nil, nil, err
	}
	if err := s.checkClientData(clientData, protocol.CreateCeremony, session.Challenge); err != nil {
		return nil, nil, err
	}
	if err := checkAttestationObject(m.AttestationObject); err != nil {
		return nil, nil, err
	}
	parsed, err := protocol.ParseCredentialCreationResponseBytes(response)
	if err != nil {
		return nil, nil, reject(ReasonMalformed)
	}
	object := parsed.Response.AttestationObject
	if len(object.AuthData.AttData.CredentialID) < 16 { // WebAuthn 4, credential ID: at least 16 bytes
		return nil, nil, reject(ReasonMalformed)
	}
	if err := checkPublicKey(object.RawAuthData, object.AuthData.AttData.CredentialPublicKey); err != nil {
		return nil, nil, err
	}
	credential, err := s.web.CreateCredential(user{account: account}, session, parsed)
	if err != nil || session.Mediation != protocol.MediationConditional && !(credential.Flags.UserPresent && credential.Flags.UserVerified) {
		return nil, nil, reject(ReasonVerify)
	}
	if rk := credential.Extensions.RK; rk != nil && !*rk {
		return nil, nil, reject(ReasonVerify) // not discoverable: it could never sign in
	}
	return parsed, credential, nil
}

// attested reports whether the firm's trust list vouches for the hardware. A credential
// that can leave its device is not hardware, whatever the statement says (PG-08).
func (s *Service) attested(object protocol.AttestationObject, p idp.Passkey) bool {
	roots := s.o.Hardware[AAGUIDText(p.AAGUID)]
	if roots == nil || p.BackupEligible {
		return false
	}
	switch metadata.AuthenticatorAttestationType(p.AttestationType) {
	case metadata.BasicFull, metadata.AttCA, metadata.AnonCA:
	default:
		return false
	}
	chain, _ := object.AttStatement["x5c"].([]any)
	var leaf *x509.Certificate
	intermediates := x509.NewCertPool()
	for i, raw := range chain {
		der, _ := raw.([]byte)
		cert, err := x509.ParseCertificate(der)
		if err != nil {
			return false
		}
		if i == 0 {
			leaf = cert
		} else {
			intermediates.AddCert(cert)
		}
	}
	if leaf == nil {
		return false
	}
	_, err := leaf.Verify(x509.VerifyOptions{
		Roots: roots, Intermediates: intermediates, CurrentTime: s.o.Now(), KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageAny},
	})
	return err == nil
}

// usableTransports keeps what may be sent back to browsers; the values are a hint from the
// client and open-ended (WebAuthn 5.8.4).
func usableTransports(in []protocol.AuthenticatorTransport) []string {
	var out []string
	for _, t := range in {
		if s := string(t); s != "" && len(s) <= 32 && len(out) < 8 && !slices.Contains(out, s) && lowerToken(s) {
			out = append(out, s)
		}
	}
	return out
}

func lowerToken(s string) bool {
	for _, c := range s {
		if (c < 'a' || c > 'z') && c != '-' {
			return false
		}
	}
	return true
}
