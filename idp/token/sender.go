package token

import (
	"net/http"

	zoidc "github.com/zitadel/oidc/v3/pkg/oidc"

	"sekisho/idp"
	"sekisho/idp/mtls"
	"sekisho/idp/oidc"
)

// Proofs checks DPoP proofs and uses them up; *dpop.Verifier is one.
type Proofs interface {
	// Key is the thumbprint of the key a request proves, "" when it has no proof.
	Key(r *http.Request) (jkt string, e *oidc.Error)
	// Holder is the same for a request that presents this access token and must have a proof.
	Holder(r *http.Request, accessToken string) (jkt string, e *oidc.Error)
}

// constrain finds the key that the tokens will be bound to. A client registered for one
// kind of binding gets no token without it (FAPI 2.0 SP 5.3.2.1; TK-11, DP-08); any other
// client's tokens are bound when it sends a DPoP proof.
func (e *Endpoint) constrain(r *request) *oidc.Error {
	byCertificate, byProof := bindings(r.client)
	if byCertificate {
		return e.constrainByCertificate(r)
	}
	if e.Proofs == nil {
		if byProof {
			return e.reject(r, oidc.NewError(oidc.InvalidRequest, "tokens of this client must be bound to a key"))
		}
		return nil
	}
	jkt, err := e.Proofs.Key(r.http)
	switch {
	case err != nil && err.Code == oidc.UseDPoPNonce:
		return err // how a first request goes, nothing to record
	case err != nil:
		return e.reject(r, err)
	case jkt == "" && byProof:
		return e.reject(r, oidc.NewError(oidc.InvalidDPoPProof, "tokens of this client must be bound to a key: the DPoP header is missing"))
	}
	r.bound.JKT = jkt
	return nil
}

// bindings says which binding a client's tokens must have. A fapi2 client always has one;
// where its registration, from earlier days, names none, it is DPoP.
func bindings(client *idp.Client) (byCertificate, byProof bool) {
	m := client.Metadata
	return m.CertificateBound, m.DPoPBound || m.ClientProfile == idp.ProfileFAPI2 && !m.CertificateBound
}

func (e *Endpoint) constrainByCertificate(r *request) *oidc.Error {
	if _, both := r.http.Header["Dpop"]; both {
		return e.reject(r, oidc.NewError(oidc.InvalidRequest, "tokens of this client are bound to its certificate; leave the DPoP header out"))
	}
	presented := mtls.Presented(r.ctx())
	if presented == nil {
		return e.reject(r, oidc.NewError(oidc.InvalidRequest, "tokens of this client are bound to its certificate: use the address in mtls_endpoint_aliases and present it"))
	}
	r.bound.X5T = presented.Thumbprint()
	return nil
}

// tokenType is what a client is told to present the token as.
func tokenType(bound idp.Confirmation) string {
	if bound.JKT != "" {
		return oidc.SchemeDPoP
	}
	return zoidc.BearerToken // a certificate-bound token is sent as a bearer token (RFC 8705 3)
}

func (c *AccessTokenClaims) tokenType() string {
	if c.Confirmation == nil {
		return zoidc.BearerToken
	}
	return tokenType(*c.Confirmation)
}

// boundTo is what a new refresh token is bound to: for a public client the key it proved,
// for any other its authentication (RFC 9449 5, RFC 8705 7.1; RT-05).
func boundTo(r *request) string {
	if !r.client.Public() {
		return ""
	}
	return r.bound.String()
}

// checkCodeKey lets a code that was bound to a key be redeemed with that key only (DP-07).
func checkCodeKey(key string, proved idp.Confirmation) *oidc.Error {
	switch {
	case key == "" || key == proved.JKT:
		return nil
	case proved.JKT == "":
		return oidc.NewError(oidc.InvalidDPoPProof, "the code is bound to a key: the DPoP header is missing")
	}
	return oidc.NewError(oidc.InvalidGrant, "the code is bound to another DPoP key")
}

// checkRefreshKey is the same for a refresh token (RT-05).
func checkRefreshKey(key string, proved idp.Confirmation) *oidc.Error {
	switch {
	case key == "" || key == proved.String():
		return nil
	case !proved.Bound():
		return oidc.NewError(oidc.InvalidDPoPProof, "the refresh token is bound to a key, and the request proves none")
	}
	return oidc.NewError(oidc.InvalidGrant, "the refresh token is bound to another key")
}
