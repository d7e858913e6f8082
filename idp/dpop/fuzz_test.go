package dpop_test

import (
	"testing"

	"github.com/go-jose/go-jose/v4"
)

// IN-07: whatever is sent as a proof, the verifier answers.
func FuzzProof(f *testing.F) {
	k := keyOf(f, jose.ES256)
	f.Add(k.Proof("POST", endpoint, nil))
	f.Add(k.Proof("GET", "https://op.example/%7Etoken?x#y", map[string]any{"iat": 1e300}))
	f.Add("eyJhbGciOiJub25lIn0.e30.")
	f.Add("..")
	f.Fuzz(func(t *testing.T, proof string) {
		v, _ := verifier()
		if jkt, e := v.Key(post(proof)); e == nil && len(jkt) != 43 {
			t.Errorf("accepted with thumbprint %q", jkt)
		}
	})
}
