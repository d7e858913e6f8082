package keys

import (
	"fmt"
	"strings"

	"github.com/go-jose/go-jose/v4"

	"sekisho/idp"
)

// MaxToken is the longest signed token that is looked at, in bytes.
const MaxToken = 16 << 10

// ParseJWS reads a JWS in compact form that uses one of the allowed algorithms, and whose
// payload is a strict JSON object. It verifies nothing. The headers jku, x5u, x5c and jwk
// are never a source of keys (RFC 8725 3.10), and a token with crit or b64 is refused.
// Every failure wraps idp.ErrRejected.
func ParseJWS(token string, allowed []jose.SignatureAlgorithm) (*jose.JSONWebSignature, error) {
	if len(token) > MaxToken || strings.Count(token, ".") != 2 {
		return nil, fmt.Errorf("%w: not a compact JWS", idp.ErrRejected)
	}
	jws, err := jose.ParseSignedCompact(token, allowed)
	if err != nil || len(jws.Signatures) != 1 {
		return nil, fmt.Errorf("%w: not a JWS of an allowed algorithm", idp.ErrRejected)
	}
	for _, name := range []jose.HeaderKey{"crit", "b64"} {
		if _, ok := jws.Signatures[0].Protected.ExtraHeaders[name]; ok {
			return nil, fmt.Errorf("%w: header %q", idp.ErrRejected, name)
		}
	}
	var members map[string]any
	if err := UnmarshalObject(jws.UnsafePayloadWithoutVerification(), &members); err != nil {
		return nil, fmt.Errorf("%w: %v", idp.ErrRejected, err)
	}
	return jws, nil
}
