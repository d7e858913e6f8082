package token

import (
	"crypto/subtle"
	"net/http"
	"strings"

	"sekisho/idp"
	"sekisho/idp/mtls"
	"sekisho/idp/oidc"
)

// presented is an access token with the scheme it was sent in.
type presented struct {
	token string
	dpop  bool // the scheme was DPoP, not Bearer
}

// authorization reads the Authorization header of a request to a resource. found is false
// when it has no token; a second header is an invalid request. Scheme names have no case.
func authorization(r *http.Request) (p presented, found bool, e *oidc.Error) {
	headers := r.Header.Values("Authorization")
	if len(headers) > 1 {
		return p, false, oidc.NewError(oidc.InvalidRequest, "the access token was sent more than once")
	}
	scheme, value, _ := strings.Cut(strings.Join(headers, ""), " ")
	p.token, p.dpop = strings.TrimSpace(value), strings.EqualFold(scheme, oidc.SchemeDPoP)
	return p, p.token != "" && (p.dpop || strings.EqualFold(scheme, "Bearer")), nil
}

// held checks that whoever presents a token holds the key it is bound to, and in the
// scheme that says so: a stolen bound token is worth nothing as a bearer token, and a
// bearer token gains nothing from the DPoP scheme (RFC 9449 7.1, 7.2; RFC 8705 3; DP-06,
// MT-03).
func (v *Verifier) held(r *http.Request, p presented, cnf *idp.Confirmation) *oidc.Error {
	if cnf == nil {
		cnf = &idp.Confirmation{}
	}
	switch {
	case p.dpop != (cnf.JKT != ""):
		return inScheme(true, oidc.NewError(oidc.InvalidToken, "the access token is not one of this authentication scheme"))
	case cnf.JKT != "":
		return inScheme(true, v.heldByKey(r, p.token, cnf.JKT))
	case cnf.X5T != "":
		return heldByCertificate(r, cnf.X5T)
	}
	return nil
}

func (v *Verifier) heldByKey(r *http.Request, token, jkt string) *oidc.Error {
	if v.Proofs == nil {
		return errBearer()
	}
	proved, e := v.Proofs.Holder(r, token)
	if e != nil {
		return e
	}
	if subtle.ConstantTimeCompare([]byte(proved), []byte(jkt)) != 1 {
		return oidc.NewError(oidc.InvalidToken, "the access token is bound to another key")
	}
	return nil
}

func heldByCertificate(r *http.Request, x5t string) *oidc.Error {
	certificate := mtls.Presented(r.Context())
	if certificate == nil || subtle.ConstantTimeCompare([]byte(certificate.Thumbprint()), []byte(x5t)) != 1 {
		return oidc.NewError(oidc.InvalidToken, "the access token is bound to a certificate that was not presented")
	}
	return nil
}

// inScheme makes an error a challenge of the DPoP scheme, with the status of a refused token.
func inScheme(dpop bool, e *oidc.Error) *oidc.Error {
	if e == nil || !dpop {
		return e
	}
	e.Scheme = oidc.SchemeDPoP
	if e.Code == oidc.InvalidDPoPProof || e.Code == oidc.UseDPoPNonce {
		e.Status = http.StatusUnauthorized
	}
	return e
}
