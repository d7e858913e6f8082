package token

import (
	"slices"

	"github.com/go-jose/go-jose/v4"

	"sekisho/idp"
	"sekisho/idp/keys"
)

func signatureAlgorithm(alg string) jose.SignatureAlgorithm { return jose.SignatureAlgorithm(alg) }

// idTokenAlg is the algorithm of a client's ID tokens: the registered one (ID-01).
// Without one a client of the oidc profile gets RS256, the default of OIDC Registration 2,
// where the provider holds such a key, and every other client the provider's default. A
// fapi2 client never gets RS256 (ID-02); asking for it yields "", which nothing signs.
func idTokenAlg(client *idp.Client, held []string) string {
	alg := client.Metadata.IDTokenAlg
	switch {
	case alg == keys.RS256 && client.Metadata.ClientProfile == idp.ProfileFAPI2:
		return ""
	case alg != "":
		return alg
	case client.Metadata.ClientProfile == idp.ProfileOIDC && slices.Contains(held, keys.RS256):
		return keys.RS256
	case len(held) > 0:
		return held[0]
	}
	return ""
}

// accessTokenAlg is the registered one, else the ID token's.
func accessTokenAlg(client *idp.Client, held []string) string {
	if alg := client.Metadata.AccessTokenAlg; alg != "" {
		return alg
	}
	return idTokenAlg(client, held)
}
