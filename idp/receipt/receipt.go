package receipt

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"strings"
	"time"

	"sekisho/idp"
	"sekisho/idp/details"
)

// Kinds of evidence.
const (
	ByPasskey = "passkey"         // the authenticator's signature is in the receipt
	ByRecord  = "provider_record" // the provider's word alone
)

// Claims of a receipt. Times are seconds since 1970.
type Claims struct {
	Issuer      string          `json:"iss"`
	Subject     string          `json:"sub"`
	Client      string          `json:"aud"`
	ID          string          `json:"jti"`
	IssuedAt    int64           `json:"iat"` // when the customer approved
	ACR         string          `json:"acr"`
	Level       string          `json:"sekisho_level"`
	AMR         []string        `json:"amr"`
	AuthTime    int64           `json:"auth_time"`
	Details     json.RawMessage `json:"authorization_details"` // in canonical form
	Interaction string          `json:"interaction"`
	// TransactionPassword: it was given as well.
	TransactionPassword bool     `json:"transaction_password,omitempty"`
	Evidence            Evidence `json:"evidence"`
}

// Evidence is what the approval rests on.
type Evidence struct {
	Kind       string `json:"kind"`
	Method     string `json:"method"`
	Credential string `json:"credential,omitempty"` // SHA-256 of the public key, base64url; of other methods the provider's reference
	// The rest belongs to a passkey. Bytes are base64url.
	PublicKey         string `json:"public_key,omitempty"` // COSE_Key
	RPID              string `json:"rp_id,omitempty"`
	Nonce             string `json:"nonce,omitempty"`
	ShownAt           int64  `json:"shown_at,omitempty"`
	AuthenticatorData string `json:"authenticator_data,omitempty"`
	ClientData        string `json:"client_data_json,omitempty"`
	Signature         string `json:"signature,omitempty"`
}

// Assertion is what a passkey signed.
type Assertion struct {
	RPID                                                           string
	ShownAt                                                        time.Time
	Nonce, PublicKey, AuthenticatorData, ClientDataJSON, Signature []byte
}

// Passkey is evidence by a passkey.
func Passkey(a Assertion) Evidence {
	return Evidence{
		Kind: ByPasskey, Method: string(idp.MethodPasskey), Credential: thumbprint(a.PublicKey), PublicKey: encode(a.PublicKey), RPID: a.RPID,
		Nonce: encode(a.Nonce), ShownAt: a.ShownAt.Unix(),
		AuthenticatorData: encode(a.AuthenticatorData), ClientData: encode(a.ClientDataJSON), Signature: encode(a.Signature),
	}
}

// Record is evidence of the provider's own.
func Record(method idp.Method, credential string) Evidence {
	return Evidence{Kind: ByRecord, Method: string(method), Credential: credential}
}

// Read reads a receipt without checking it: one of the provider's own keeping, to be shown to
// its customer. Whoever has it from elsewhere uses Verify.
func Read(compact string) (*Claims, error) {
	parts := strings.Split(compact, ".")
	var c Claims
	if len(parts) != 3 || json.Unmarshal(decode(parts[1]), &c) != nil {
		return nil, flaw("not a receipt")
	}
	return &c, nil
}

func (c *Claims) binding(nonce []byte) details.Binding {
	return details.Binding{
		Nonce: nonce, Details: c.Details, ClientID: c.Client, Subject: c.Subject, Interaction: c.Interaction, ShownAt: time.Unix(c.Evidence.ShownAt, 0),
	}
}

func thumbprint(key []byte) string {
	sum := sha256.Sum256(key)
	return encode(sum[:])
}

func encode(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }
