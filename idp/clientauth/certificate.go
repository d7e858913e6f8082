package clientauth

import (
	"context"

	"sekisho/idp"
	"sekisho/idp/mtls"
)

// checkCertificate proves a client by the certificate of the request (RFC 8705 2).
func (a *Authenticator) checkCertificate(ctx context.Context, client *idp.Client) *failure {
	presented := mtls.Presented(ctx)
	if presented == nil {
		return refuse("certificate_missing")
	}
	if client.Metadata.TokenEndpointAuthMethod == idp.AuthTLS {
		switch {
		case a.Authorities.Issued(presented, a.Now()) != nil:
			return refuse("certificate_not_issued")
		case !mtls.IssuedTo(presented.Leaf, &client.Metadata):
			return refuse("certificate_other_subject")
		}
		return nil
	}
	registered, err := a.Keys.Of(ctx, client, "")
	if err != nil {
		return refuse("client_keys_unavailable")
	}
	if !mtls.Registered(presented, registered, a.Now()) {
		return refuse("certificate_not_registered")
	}
	return nil
}
