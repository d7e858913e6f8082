package dpop

import (
	"net/http"

	"sekisho/idp/oidc"
)

// maxProof bounds a proof in bytes: an RSA key of 4096 bits with its signature fits well.
const maxProof = 8 << 10

// header is the one DPoP header of a request (RFC 9449 4.3, check 1).
func header(r *http.Request) (string, *oidc.Error) {
	sent := r.Header.Values("DPoP")
	switch {
	case len(sent) == 0:
		return "", refusal("the DPoP header is missing")
	case len(sent) > 1:
		return "", refusal("the DPoP header was sent more than once")
	case len(sent[0]) > maxProof:
		return "", refusal("the DPoP proof is too large")
	}
	return sent[0], nil
}
