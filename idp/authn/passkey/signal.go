package passkey

import (
	"encoding/base64"

	"sekisho/idp"
	"sekisho/idp/keys"
)

// Signals is what the device of a signed-in customer may be told about the passkeys it
// holds for the account (WebAuthn L3 section 5.1.10), in the words of registration.
type Signals struct {
	RPID, UserID      string // UserID and Credentials in base64url
	Credentials       []string
	Name, DisplayName string
}

// Signals names all of the account's passkeys; held must be complete, for a device forgets
// those that are left out.
func (s *Service) Signals(account *idp.Account, held []idp.Passkey) Signals {
	u := user{account: account}
	out := Signals{
		RPID: s.o.RPID, UserID: base64.RawURLEncoding.EncodeToString(account.UserHandle),
		Name: u.WebAuthnName(), DisplayName: u.WebAuthnDisplayName(),
	}
	for _, p := range held {
		out.Credentials = append(out.Credentials, base64.RawURLEncoding.EncodeToString(p.CredentialID))
	}
	return out
}

// Presented is the credential id a response names, nil when it names none.
func Presented(response []byte) []byte {
	var e envelope
	if len(response) > maxResponse || keys.UnmarshalObject(response, &e) != nil {
		return nil
	}
	return bytesOf(e.ID)
}
