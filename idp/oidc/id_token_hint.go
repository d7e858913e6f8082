package oidc

import (
	"encoding/json"
	"errors"
	"strings"

	"sekisho/idp/httpsafe"
)

// maxJWTLength bounds any JWT taken from a request (IN-02).
const maxJWTLength = 16 << 10

// checkIDTokenHint looks at the shape only; the authorization endpoint verifies it with
// VerifyIDTokenHint, since keys are not known here.
func checkIDTokenHint(c *checking) *Error {
	hint := c.sent.get("id_token_hint")
	if hint != "" && !compactJWS(hint) {
		return NewError(InvalidRequest, "id_token_hint is not an ID token")
	}
	c.request.IDTokenHint = hint
	return nil
}

// IDTokenHint is what a genuine ID token of this provider says about an earlier sign-in.
type IDTokenHint struct {
	ClientID string
	Subject  string
	SID      string // "" when the token had none
}

// ErrIDTokenHint is every reason not to believe an id_token_hint; it never says which.
var ErrIDTokenHint = errors.New("not a genuine ID token of this issuer")

// VerifyIDTokenHint verifies an id_token_hint (OIDC Core 3.1.2.1, RP-Initiated Logout 2).
// verify checks signature and typ as for an ID token against the provider's own keys,
// retired ones included, and returns the payload; keys.Ring does. An expired token is
// accepted: it still names the person. A token of another issuer, for several
// audiences, or of another kind (an access token, a logout token) is not.
func VerifyIDTokenHint(raw, issuer string, verify func(jws string) (payload []byte, err error)) (IDTokenHint, error) {
	if !compactJWS(raw) {
		return IDTokenHint{}, ErrIDTokenHint
	}
	payload, err := verify(raw)
	if err != nil {
		return IDTokenHint{}, ErrIDTokenHint
	}
	var claims struct {
		Issuer   string          `json:"iss"`
		Subject  string          `json:"sub"`
		Audience audience        `json:"aud"`
		SID      string          `json:"sid"`
		Events   json.RawMessage `json:"events"`    // logout tokens
		ClientID json.RawMessage `json:"client_id"` // RFC 9068 access tokens
	}
	if httpsafe.StrictJSON(payload) != nil || json.Unmarshal(payload, &claims) != nil {
		return IDTokenHint{}, ErrIDTokenHint
	}
	if claims.Issuer != issuer || issuer == "" || claims.Subject == "" || len(claims.Audience) != 1 ||
		claims.Audience[0] == "" || claims.Events != nil || claims.ClientID != nil {
		return IDTokenHint{}, ErrIDTokenHint
	}
	return IDTokenHint{ClientID: claims.Audience[0], Subject: claims.Subject, SID: claims.SID}, nil
}

// audience is aud, which may be one string or a list (RFC 7519 section 4.1.3).
type audience []string

func (a *audience) UnmarshalJSON(raw []byte) error {
	var one string
	if json.Unmarshal(raw, &one) == nil {
		*a = audience{one}
		return nil
	}
	return json.Unmarshal(raw, (*[]string)(a))
}

func compactJWS(s string) bool {
	parts := strings.Split(s, ".")
	return len(s) <= maxJWTLength && len(parts) == 3 && parts[0] != "" && parts[1] != "" &&
		base64URL(parts[0]) && base64URL(parts[1]) && base64URL(parts[2])
}
