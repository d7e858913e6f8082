package token

import (
	"sekisho/idp"
	"sekisho/idp/oidc"
)

// constrain refuses tokens to a client whose profile wants them bound to a key (FAPI 2.0
// SP 5.3.2.1). No binding is implemented, so there is no proof such a client could send:
// it fails closed rather than getting a bearer token.
func (e *Endpoint) constrain(r *request) *oidc.Error {
	if r.client.Metadata.ClientProfile == idp.ProfileFAPI2 {
		return e.reject(r, oidc.NewError(oidc.InvalidRequest, "tokens of this client must be bound to a key; no proof was accepted"))
	}
	return nil
}
