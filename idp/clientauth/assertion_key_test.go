package clientauth

import (
	"crypto/rsa"
	"math/big"
	"testing"

	"github.com/go-jose/go-jose/v4"
)

// IN-03: a client's key costs no more to check with than registration would have let it.
func TestCostlyKeysAreNotTried(t *testing.T) {
	of := func(bits uint, e int) jose.JSONWebKey {
		n := new(big.Int).Lsh(big.NewInt(1), bits-1)
		return jose.JSONWebKey{Key: &rsa.PublicKey{N: n.SetBit(n, 0, 1), E: e}, Use: "sig"}
	}
	for name, c := range map[string]struct {
		key  jose.JSONWebKey
		want bool
	}{
		"2048 bits": {of(2048, 65537), true}, "4096 bits": {of(4096, 3), true},
		"1024 bits": {of(1024, 65537), false}, "8192 bits": {of(8192, 65537), false}, "a million bits": {of(1_000_000, 65537), false},
		"exponent 1": {of(2048, 1), false}, "an even exponent": {of(2048, 65536), false}, "a huge exponent": {of(2048, 1<<40+1), false},
	} {
		for _, alg := range []string{"PS256", "RS256"} {
			if usable(c.key, alg) != c.want {
				t.Errorf("IN-03: %s with %s: %v", name, alg, !c.want)
			}
		}
	}
}

// FuzzJWKS (IN-07): whatever stands in a key set, reading it ends, and what comes out are
// public keys, each of which verifies one kind of signature or none.
func FuzzJWKS(f *testing.F) {
	for _, seed := range []string{
		`{"keys":[]}`, `{"keys":[{"kty":"EC","crv":"P-256","x":"","y":""}]}`, `{"keys":[{"kty":"oct","k":"c2VjcmV0"}]}`,
		`{"keys":[{"kty":"RSA","n":"AQ","e":"AQAB"},{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}`,
		`{"keys":[{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo","d":"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A"}]}`,
		`{"keys":[{"kty":"EC","x5c":["MIIB"]}],"keys":[]}`, `{"keys":[null,7,"x",{}]}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		set, err := parseJWKS(raw)
		if err != nil && set != nil {
			t.Fatal("keys beside an error")
		}
		for _, k := range set {
			if !k.IsPublic() || !k.Valid() {
				t.Fatalf("a key that is not public: %T", k.Key)
			}
			kinds := 0
			for _, alg := range []string{"ES256", "EdDSA", "PS256"} {
				if usable(k, alg) {
					kinds++
				}
			}
			if kinds > 1 || usable(k, "none") || usable(k, "HS256") {
				t.Fatalf("%T verifies %d kinds", k.Key, kinds)
			}
		}
	})
}
