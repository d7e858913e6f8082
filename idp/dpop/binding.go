package dpop

import "sekisho/idp/oidc"

// CodeKey is the key an authorization code is to be bound to, from the dpop_jkt parameter
// of the request and the key proved beside it when it was pushed (RFC 9449 10, 10.1):
// either, or both when they are the same. "" binds to none.
func CodeKey(parameter, proved string) (string, *oidc.Error) {
	if parameter != "" && proved != "" && parameter != proved {
		return "", refusal("dpop_jkt is not the thumbprint of the key of the DPoP proof")
	}
	if proved != "" {
		return proved, nil
	}
	return parameter, nil
}
