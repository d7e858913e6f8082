package passkey

import (
	"context"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"

	"sekisho/idp"
)

// BeginConditional offers the account a passkey that the browser may add without a dialog
// (WebAuthn L3 section 5.1.3, conditional mediation). Nobody is asked to touch or to show
// anything, so neither user presence nor user verification is demanded of this ceremony,
// and of no other (section 7.1, step 15); using the passkey takes both, as ever. The
// caller has seen a password and a second factor just now. idp.ErrTooMany at the cap.
func (s *Service) BeginConditional(ctx context.Context, account *idp.Account, b Binding) (Ceremony, error) {
	return s.beginRegistration(ctx, account, protocol.MediationConditional, b, webauthn.WithAuthenticatorSelection(protocol.AuthenticatorSelection{
		ResidentKey: protocol.ResidentKeyRequirementRequired, RequireResidentKey: protocol.ResidentKeyRequired(),
		UserVerification: protocol.VerificationPreferred,
	}))
}
