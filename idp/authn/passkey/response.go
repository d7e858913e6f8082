package passkey

import (
	"encoding/base64"
	"encoding/json"
	"strings"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/protocol/webauthncbor"

	"sekisho/idp/keys"
)

// maxResponse bounds a response in bytes; a TPM attestation with its chain is some 8 KiB.
const maxResponse = 64 << 10

// envelope is the part of RegistrationResponseJSON and AuthenticationResponseJSON that is
// checked before the library reads the whole.
type envelope struct {
	ID       string          `json:"id"`
	RawID    string          `json:"rawId"`
	Type     string          `json:"type"`
	Response json.RawMessage `json:"response"`
}

// members of the response object, all base64url.
type members struct {
	ClientDataJSON    string  `json:"clientDataJSON"`
	AttestationObject string  `json:"attestationObject"`
	AuthenticatorData string  `json:"authenticatorData"`
	Signature         string  `json:"signature"`
	UserHandle        *string `json:"userHandle"`
}

// open reads the outer JSON strictly (PG-10, IN-06): unique members by their exact names,
// of the right types, ids and bytes in unpadded base64url. It returns the client data.
func open(response []byte) (members, []byte, error) {
	var e envelope
	var m members
	if len(response) > maxResponse || keys.UnmarshalObject(response, &e) != nil || keys.UnmarshalObject(e.Response, &m) != nil {
		return m, nil, reject(ReasonMalformed)
	}
	if e.ID == "" || e.ID != e.RawID || e.Type != string(protocol.PublicKeyCredentialType) || bytesOf(e.ID) == nil {
		return m, nil, reject(ReasonMalformed)
	}
	clientData := bytesOf(m.ClientDataJSON)
	if clientData == nil {
		return m, nil, reject(ReasonMalformed)
	}
	return m, clientData, nil
}

var strictBase64 = base64.RawURLEncoding.Strict()

// bytesOf decodes canonical base64url, and nothing else, to at least one byte.
func bytesOf(s string) []byte {
	if strings.ContainsAny(s, "\r\n") { // which the decoder would skip
		return nil
	}
	out, err := strictBase64.DecodeString(s)
	if err != nil || len(out) == 0 {
		return nil
	}
	return out
}

// checkClientData is WebAuthn 7.1 steps 7 to 11 and 7.2 steps 10 to 14, exactly: the
// library compares origins the way browsers do, which also accepts other spellings.
func (s *Service) checkClientData(raw []byte, kind protocol.CeremonyType, challenge string) error {
	var m map[string]any
	if keys.UnmarshalObject(raw, &m) != nil {
		return reject(ReasonClientData)
	}
	origin, _ := m["origin"].(string)
	if m["type"] != string(kind) || m["challenge"] != challenge || challenge == "" || !s.o.takes(kind, origin) {
		return reject(ReasonClientData)
	}
	if crossOrigin, present := m["crossOrigin"]; present && crossOrigin != false {
		return reject(ReasonClientData)
	}
	if _, present := m["topOrigin"]; present {
		return reject(ReasonClientData)
	}
	return nil
}

// checkAttestationObject requires the three members of WebAuthn 6.5.4 and no others; the
// library fills in what is missing.
func checkAttestationObject(encoded string) error {
	var m map[string]webauthncbor.RawMessage
	raw := bytesOf(encoded)
	if raw == nil || webauthncbor.Unmarshal(raw, &m) != nil || len(m) != 3 {
		return reject(ReasonMalformed)
	}
	var format string
	var authData []byte
	if webauthncbor.Unmarshal(m["fmt"], &format) != nil || webauthncbor.Unmarshal(m["authData"], &authData) != nil || len(m["attStmt"]) == 0 {
		return reject(ReasonMalformed)
	}
	var statement map[string]webauthncbor.RawMessage
	if format == string(protocol.AttestationFormatNone) &&
		(webauthncbor.Unmarshal(m["attStmt"], &statement) != nil || statement == nil || len(statement) != 0) {
		return reject(ReasonMalformed)
	}
	return nil
}
