package oidc

import "sekisho/idp"

// checkFrontChannel refuses parameters in the browser from a client whose profile has
// them pushed (FAPI 2.0 Security Profile 5.3.2.2). There is no exception: without a
// pushed authorization request such a client cannot sign anyone in.
func checkFrontChannel(c *checking) *Error {
	if c.client.Metadata.ClientProfile == idp.ProfileFAPI2 {
		return NewError(InvalidRequest, "the authorization request of this client must be pushed")
	}
	return nil
}
