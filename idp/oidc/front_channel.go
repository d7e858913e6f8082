package oidc

// checkFrontChannel refuses parameters in the browser from a client whose requests are
// pushed (PR-01). There is no exception: without a pushed authorization request such a
// client cannot sign anyone in.
func checkFrontChannel(c *checking) *Error {
	if !c.pushed && mustPush(c.client, c.rules) {
		return NewError(InvalidRequest, "the authorization request of this client must be pushed")
	}
	return nil
}
