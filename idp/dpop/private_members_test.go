package dpop_test

import (
	"encoding/json"
	"testing"

	"github.com/go-jose/go-jose/v4"

	"sekisho/idp/oidc"
)

// DP-01: a key that gives anything away but its public half is refused, whichever member of
// RFC 7518 section 6 it gives away and whether or not a library reads it.
func TestNoPrivateMemberInAProof(t *testing.T) {
	v, _ := verifier()
	for _, alg := range []jose.SignatureAlgorithm{jose.ES256, jose.PS256} {
		k := keyOf(t, alg)
		public, err := json.Marshal(jose.JSONWebKey{Key: k.Key.Public()})
		if err != nil {
			t.Fatal(err)
		}
		for _, member := range []string{"d", "p", "q", "dp", "dq", "qi", "oth", "k"} {
			for name, value := range map[string]any{"a value": "AQAB", "nothing": "", "null": nil, "a list": []any{}} {
				key := map[string]any{}
				if err := json.Unmarshal(public, &key); err != nil {
					t.Fatal(err)
				}
				key[member] = value
				proof := k.Sign(k.Claims("POST", endpoint, nil), map[string]any{"typ": "dpop+jwt", "jwk": key})
				if _, e := v.Key(post(proof)); e == nil || e.Code != oidc.InvalidDPoPProof {
					t.Errorf("DP-01 %s with %s %s: %v", alg, member, name, e)
				}
			}
		}
	}
}
