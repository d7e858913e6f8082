package token

import (
	"encoding/json"
	"mime"
	"net/http"
	"strings"

	"sekisho/idp"
	"sekisho/idp/keys"
	"sekisho/idp/oidc"
)

// ContentTypeIntrospection is the media type of a signed introspection response (RFC 9701 4).
const ContentTypeIntrospection = "application/" + string(keys.KindIntrospection)

// Signer signs with the provider's keys; *keys.Ring is one.
type Signer interface {
	Sign(alg string, kind keys.Kind, claims any) (string, error)
	Algorithms() []string // the default first
}

// wantsSigned reports whether the answer is to be signed: the caller asks for it, or its
// registration forbids anything else (RFC 9701 4 and 6; JA-09).
func wantsSigned(r *http.Request, caller *idp.Client) bool {
	if caller.Metadata.IntrospectionAlg != "" {
		return true
	}
	for _, line := range r.Header.Values("Accept") {
		for _, one := range strings.Split(line, ",") {
			if media, parameters, err := mime.ParseMediaType(one); err == nil && media == ContentTypeIntrospection && parameters["q"] != "0" {
				return true
			}
		}
	}
	return false
}

// introspectionAlg is the registered one, else what the caller's ID tokens would have.
func introspectionAlg(caller *idp.Client, held []string) string {
	if alg := caller.Metadata.IntrospectionAlg; alg != "" {
		return alg
	}
	return idTokenAlg(caller, held)
}

// writeSigned answers with a JWT that speaks to this caller about this token. It has no sub
// and no exp of its own, so that it passes for no other kind of token (RFC 9701 5 and 8.1).
func (i *Introspection) writeSigned(w http.ResponseWriter, r *http.Request, caller *idp.Client, answer any) {
	body, err := json.Marshal(answer)
	if err == nil {
		claims := map[string]any{
			"iss": i.Verifier.Issuer, "aud": caller.ID, "iat": i.Verifier.Now().Unix(), "token_introspection": json.RawMessage(body),
		}
		var jwt string
		if jwt, err = i.Signer.Sign(introspectionAlg(caller, i.Signer.Algorithms()), keys.KindIntrospection, claims); err == nil {
			h := w.Header()
			h.Set("Content-Type", ContentTypeIntrospection)
			h.Set("Cache-Control", "no-store")
			h.Set("Pragma", "no-cache")
			_, _ = w.Write([]byte(jwt))
			return
		}
	}
	oidc.WriteError(w, r, trouble(r.Context(), i.Logger, err))
}
