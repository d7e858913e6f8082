package register

import (
	"slices"

	"sekisho/idp"
	"sekisho/idp/oidc"
)

// operatorGrants refuses grants that only an operator gives, unless the client has them
// already: a stranger's own token would be for the firm's API, and one who exchanges tokens
// would act for its customers; a stranger's device would ask customers who cannot see
// where it leads.
func operatorGrants(m idp.ClientMetadata, held *idp.Client) *oidc.Error {
	for _, grant := range []string{oidc.GrantClientCredentials, oidc.GrantTokenExchange, oidc.GrantDeviceCode} {
		if slices.Contains(m.GrantTypes, grant) && !held.HasGrant(grant) {
			return oidc.NewError(oidc.InvalidClientMetadata, "grant_types "+grant+" is for clients that an operator registers")
		}
	}
	return nil
}
