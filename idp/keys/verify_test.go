package keys

import (
	"crypto/x509"
	"encoding/base64"
	"errors"
	"strings"
	"testing"

	"github.com/go-jose/go-jose/v4"

	"sekisho/idp"
)

func forge(t testing.TB, key jose.SigningKey, typ, payload string) string {
	t.Helper()
	signer, err := jose.NewSigner(key, (&jose.SignerOptions{}).WithType(jose.ContentType(typ)))
	if err != nil {
		t.Fatal(err)
	}
	jws, err := signer.Sign([]byte(payload))
	if err != nil {
		t.Fatal(err)
	}
	token, err := jws.CompactSerialize()
	if err != nil {
		t.Fatal(err)
	}
	return token
}

// TL-02: what verifies is a closed table of kind, algorithm and key.
func TestVerifyRefuses(t *testing.T) {
	s, v, c := &rows{}, newVault(t), newClock()
	r := openRing(t, s, v, c, ES256, PS256, RS256)
	at, err := r.Sign(ES256, KindAccessToken, map[string]any{"sub": "s"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.Verify(KindAccessToken, at); err != nil {
		t.Fatal(err)
	}
	id, kid := signedBy(t, r, ES256)
	_, rsaKid := signedBy(t, r, PS256)
	userinfo, _ := r.Sign(ES256, KindUserInfo, map[string]any{"sub": "s"})
	logout, _ := r.Sign(ES256, KindLogoutToken, map[string]any{"sub": "s"})
	stranger := openRing(t, &rows{}, v, c, ES256)
	strange, _ := stranger.Sign(ES256, KindAccessToken, map[string]any{"sub": "s"})
	private := func(kid string) any {
		for _, row := range s.keys {
			if row.ID == kid {
				return mustPrivate(t, v, row)
			}
		}
		return nil
	}
	parts := strings.Split(at, ".")
	b64 := base64.RawURLEncoding.EncodeToString
	hmacKey := r.held.Load().byID[kid].public
	hmacRaw, _ := hmacKey.MarshalJSON()

	for name, token := range map[string]string{
		"TK-13 ID token as access token":  id,
		"userinfo response":               userinfo,
		"logout token":                    logout,
		"another issuer's key":            strange,
		"empty":                           "",
		"two parts":                       parts[0] + "." + parts[1],
		"four parts":                      at + ".x",
		"no signature":                    parts[0] + "." + parts[1] + ".",
		"alg none":                        b64([]byte(`{"alg":"none","typ":"at+jwt","kid":"`+kid+`"}`)) + "." + parts[1] + ".",
		"alg nOnE":                        b64([]byte(`{"alg":"nOnE","typ":"at+jwt","kid":"`+kid+`"}`)) + "." + parts[1] + ".",
		"altered payload":                 parts[0] + "." + b64([]byte(`{"sub":"t"}`)) + "." + parts[2],
		"HS256 keyed with the public key": forge(t, jose.SigningKey{Algorithm: jose.HS256, Key: jose.JSONWebKey{Key: hmacRaw, KeyID: kid}}, "at+jwt", `{"sub":"s"}`),
		"RS256 with the PS256 key":        forge(t, jose.SigningKey{Algorithm: jose.RS256, Key: jose.JSONWebKey{Key: private(rsaKid), KeyID: rsaKid}}, "at+jwt", `{"sub":"s"}`),
		"no kid":                          forge(t, jose.SigningKey{Algorithm: jose.ES256, Key: private(kid)}, "at+jwt", `{"sub":"s"}`),
		"IN-06 duplicate claim":           forge(t, jose.SigningKey{Algorithm: jose.ES256, Key: jose.JSONWebKey{Key: private(kid), KeyID: kid}}, "at+jwt", `{"sub":"s","sub":"t"}`),
		"payload not an object":           forge(t, jose.SigningKey{Algorithm: jose.ES256, Key: jose.JSONWebKey{Key: private(kid), KeyID: kid}}, "at+jwt", `["sub"]`),
		"too long":                        at + strings.Repeat("A", MaxToken),
	} {
		t.Run(name, func(t *testing.T) {
			if payload, err := r.Verify(KindAccessToken, token); !errors.Is(err, idp.ErrRejected) {
				t.Fatalf("payload %s, err = %v", payload, err)
			}
		})
	}
	t.Run("TK-13 access token as ID token", func(t *testing.T) {
		for _, token := range []string{at, userinfo, logout} {
			if _, err := r.Verify(KindIDToken, token); !errors.Is(err, idp.ErrRejected) {
				t.Fatalf("err = %v", err)
			}
		}
	})
	t.Run("kinds that never come back", func(t *testing.T) {
		if _, err := r.Verify(KindLogoutToken, logout); !errors.Is(err, idp.ErrRejected) {
			t.Fatalf("err = %v", err)
		}
	})
	if _, err := r.Sign("HS256", KindIDToken, nil); !errors.Is(err, ErrAlgorithm) {
		t.Fatalf("err = %v", err)
	}
	if _, err := r.Sign(ES256, "dpop+jwt", nil); err == nil {
		t.Fatal("signed an unknown kind")
	}
}

// IN-06
func TestUnmarshalObject(t *testing.T) {
	var v struct {
		Sub string `json:"sub"`
	}
	if err := UnmarshalObject([]byte(` {"sub":"s","x":{"y":[{"z":1}]}}`), &v); err != nil || v.Sub != "s" {
		t.Fatalf("%v %v", v, err)
	}
	for name, raw := range map[string]string{
		"duplicate":              `{"sub":"a","sub":"b"}`,
		"escaped duplicate":      `{"sub":"a","\u0073ub":"b"}`,
		"nested duplicate":       `{"x":{"y":1,"y":2}}`,
		"duplicate in an array":  `{"x":[{"y":1,"y":2}]}`,
		"byte order mark":        "\ufeff{}",
		"invalid UTF-8":          "{\"sub\":\"\xff\"}",
		"number out of range":    `{"x":1e999}`,
		"NaN":                    `{"x":NaN}`,
		"trailing text":          `{} {}`,
		"array":                  `[]`,
		"string":                 `"{}"`,
		"null":                   `null`,
		"empty":                  ``,
		"unterminated":           `{"sub":"a"`,
		"wrong type for a field": `{"sub":1}`,
	} {
		if err := UnmarshalObject([]byte(raw), &v); !errors.Is(err, ErrJSON) {
			t.Errorf("%s: err = %v", name, err)
		}
	}
	v.Sub = ""
	if err := UnmarshalObject([]byte(`{"SUB":"a"}`), &v); err != nil || v.Sub != "" {
		t.Errorf("names are compared without case: %+v %v", v, err)
	}
}

func mustPrivate(t testing.TB, v *Vault, row idp.SigningKey) any {
	t.Helper()
	der, err := v.Open(PurposeSigning, SealContext(row.ID), row.Sealed)
	if err != nil {
		t.Fatal(err)
	}
	return parsePKCS8(t, der)
}

// FuzzJWT (IN-07): nothing that is not signed by the ring verifies, and nothing panics.
func FuzzJWT(f *testing.F) {
	r := openRing(f, &rows{}, newVault(f), newClock(), ES256)
	at, err := r.Sign(ES256, KindAccessToken, map[string]any{"sub": "s"})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(at)
	f.Add("eyJhbGciOiJub25lIn0.e30.")
	f.Add("..")
	f.Add("e30.e30.e30")
	f.Fuzz(func(t *testing.T, token string) {
		payload, err := r.Verify(KindAccessToken, token)
		if err == nil && string(payload) != `{"sub":"s"}` {
			t.Fatalf("%q verified with payload %q", token, payload)
		}
		if err != nil && !errors.Is(err, idp.ErrRejected) {
			t.Fatalf("err = %v", err)
		}
	})
}

func parsePKCS8(t testing.TB, der []byte) any {
	t.Helper()
	key, err := x509.ParsePKCS8PrivateKey(der)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func BenchmarkSign(b *testing.B) {
	r := openRing(b, &rows{}, newVault(b), newClock(), ES256)
	claims := map[string]any{"sub": "s", "iss": "https://op.example", "aud": "https://api.example"}
	for b.Loop() {
		if _, err := r.Sign(ES256, KindAccessToken, claims); err != nil {
			b.Fatal(err)
		}
	}
}
