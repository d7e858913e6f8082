package keys

import "github.com/go-jose/go-jose/v4"

// Kind is what a signed token is for. Its value is the typ header (RFC 8725 3.11), so
// that no token is ever taken for one of another kind.
type Kind string

const (
	KindAccessToken Kind = "at+jwt" // RFC 9068 2.1
	KindIDToken     Kind = "JWT"
	KindLogoutToken Kind = "logout+jwt" // OIDC Back-Channel Logout 2.4
	// KindUserInfo is a signed UserInfo response. It carries no typ: relying parties'
	// libraries expect none, and without one it cannot pass for an ID token here.
	KindUserInfo Kind = ""
	// KindAuthorizationResponse carries none for the same reason: JARM names no type.
	KindAuthorizationResponse      = KindUserInfo
	KindIntrospection         Kind = "token-introspection+jwt" // RFC 9701 5
	KindReceipt               Kind = "sekisho-receipt+jwt"     // of an approved transaction
)

// rule is the closed table's row for one kind (TL-02).
type rule struct {
	verifies bool // the provider accepts it back
	retired  bool // a retired key still verifies it
}

var rules = map[Kind]rule{
	KindAccessToken: {verifies: true},
	// An ID token comes back only as id_token_hint, long after it and its key have
	// expired; it authenticates nobody (DJ-04).
	KindIDToken:     {verifies: true, retired: true},
	KindLogoutToken: {},
	KindUserInfo:    {},

	KindIntrospection: {},
	// A receipt is verified by others, years later, with the key set they kept.
	KindReceipt: {},
}

var ownAlgorithms = []jose.SignatureAlgorithm{jose.ES256, jose.PS256, jose.EdDSA, jose.RS256}
