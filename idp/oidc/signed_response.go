package oidc

import (
	"slices"
	"time"

	"sekisho/idp"
)

// Response modes of JWT Secured Authorization Response Mode (JARM 2.3). fragment.jwt is for
// responses with tokens in them, which do not exist here.
const (
	ModeJWT         = "jwt" // stands for query.jwt with response_type code
	ModeQueryJWT    = "query.jwt"
	ModeFormPostJWT = "form_post.jwt"
)

// SignedResponseModes are for clients that registered an algorithm for them.
var SignedResponseModes = []string{ModeQueryJWT, ModeFormPostJWT}

// responseLife is how long a signed response may be on its way; JARM 4.1 wants ten minutes
// at most.
const responseLife = 5 * time.Minute

// signedAlg is what a response in the mode is signed with, "" for one that is not signed. A
// client whose registration is of earlier days gets its ID tokens' algorithm.
func signedAlg(client *idp.Client, mode string) string {
	if !slices.Contains(SignedResponseModes, mode) {
		return ""
	}
	if alg := client.Metadata.AuthorizationAlg; alg != "" {
		return alg
	}
	return client.Metadata.IDTokenAlg
}

// defaultMode is query, as OAuth says, unless the client is registered for signed responses
// only: then not even a refusal of the mode goes unsigned.
func defaultMode(client *idp.Client) string {
	modes := client.Metadata.ResponseModes
	for _, mode := range []string{ModeQuery, ModeQueryJWT, ModeFormPostJWT} {
		if slices.Contains(modes, mode) {
			return mode
		}
	}
	return ModeQuery
}

// signed puts every parameter of a response into one that is signed (JARM 4.1; JA-08). The
// issuer is inside; outside it would be said twice.
func (p Responder) signed(d destination, fields [][2]string) ([][2]string, error) {
	claims := map[string]any{"iss": p.Issuer, "aud": d.clientID, "exp": p.Now().Add(responseLife).Unix()}
	for _, f := range p.complete(fields, d.state) {
		if f[0] == "iss" {
			continue
		}
		claims[f[0]] = f[1]
	}
	jwt, err := p.Sign(d.alg, claims)
	return [][2]string{{"response", jwt}}, err
}
