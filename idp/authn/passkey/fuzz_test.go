package passkey

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"slices"
	"testing"

	"github.com/go-webauthn/webauthn/protocol/webauthncbor"
	"github.com/go-webauthn/webauthn/webauthn"

	"sekisho/idp"
)

// The fuzz targets stand inside the package to reach the verification without a database,
// which under the fuzzer's instrumentation would take all the time there is.

var fuzzAccount = &idp.Account{ID: "a", LoginName: "12345678", UserHandle: make([]byte, 32), Status: idp.AccountActive}

func fuzzService(f *testing.F) *Service {
	f.Helper()
	s, err := New(Options{RPID: "id.aoba.example", RPName: "x", Origins: []string{"https://id.aoba.example"}})
	if err != nil {
		f.Fatal(err)
	}
	return s
}

func fuzzSession(f *testing.F, session *webauthn.SessionData, err error) webauthn.SessionData {
	f.Helper()
	if err != nil {
		f.Fatal(err)
	}
	return *session
}

func frame(id []byte, response map[string]string) []byte {
	text := base64.RawURLEncoding.EncodeToString(id)
	out, _ := json.Marshal(map[string]any{"id": text, "rawId": text, "type": "public-key", "response": response})
	return out
}

func text(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

func clientData(kind, challenge string) []byte {
	return []byte(`{"type":"` + kind + `","challenge":"` + challenge + `","origin":"https://id.aoba.example","crossOrigin":false}`)
}

// IN-07: whatever a browser sends for a registration is a valid credential or refused,
// without a panic. The frame is made well-formed so that the bytes reach the parsers behind.
func FuzzRegistration(f *testing.F) {
	s := fuzzService(f)
	_, begun, err := s.web.BeginRegistration(user{account: fuzzAccount}, webauthn.WithCredentialParameters(algorithms))
	session := fuzzSession(f, begun, err)
	id := slices.Repeat([]byte{7}, 32)
	rp := sha256.Sum256([]byte("id.aoba.example"))
	data := slices.Concat(rp[:], []byte{0x45, 0, 0, 0, 0}, make([]byte, 16), []byte{0, 32}, id, s.decoy.PublicKey)
	client := clientData("webauthn.create", session.Challenge)
	for _, object := range []map[string]any{
		{"fmt": "none", "attStmt": map[string]any{}, "authData": data},
		{"fmt": "packed", "attStmt": map[string]any{"alg": -7, "sig": []byte{0x30}}, "authData": data},
		{"fmt": "packed", "attStmt": map[string]any{"alg": -7, "sig": []byte{1}, "x5c": [][]byte{{0x30}}}, "authData": data},
		{"fmt": "tpm", "attStmt": map[string]any{"ver": "2.0", "alg": -7, "sig": []byte{1}, "x5c": [][]byte{{0x30}}, "certInfo": []byte{1}, "pubArea": []byte{1}}, "authData": data},
		{"fmt": "android-key", "attStmt": map[string]any{"alg": -7, "sig": []byte{1}, "x5c": [][]byte{{0x30}}}, "authData": data},
		{"fmt": "apple", "attStmt": map[string]any{"x5c": [][]byte{{0x30}}}, "authData": data},
		{"fmt": "fido-u2f", "attStmt": map[string]any{"sig": []byte{1}, "x5c": [][]byte{{0x30}}}, "authData": data},
		{"fmt": "compound", "attStmt": []any{map[string]any{"fmt": "none", "attStmt": map[string]any{}}}, "authData": data},
	} {
		raw, err := webauthncbor.Marshal(object)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(raw, client)
	}
	f.Fuzz(func(t *testing.T, object, client []byte) {
		for _, response := range [][]byte{
			frame(id, map[string]string{"clientDataJSON": text(client), "attestationObject": text(object)}), object, client,
		} {
			_, credential, err := s.verifyCreation(fuzzAccount, response, session)
			if err != nil && !errors.Is(err, ErrRejected) {
				t.Fatal(err)
			}
			if err == nil && (!credential.Flags.UserVerified || len(credential.ID) > 1023 || checkKeyAgain(credential.PublicKey) != nil) {
				t.Fatalf("accepted %+v", credential)
			}
		}
	})
}

// checkKeyAgain is checkPublicKey of a key on its own.
func checkKeyAgain(key []byte) error { return checkPublicKey(append(make([]byte, fixed), key...), key) }

// IN-07: the same for assertions. Only the one signed message verifies.
func FuzzAuthentication(f *testing.F) {
	s := fuzzService(f)
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		f.Fatal(err)
	}
	p := s.decoy
	point, err := key.PublicKey.Bytes()
	if err != nil {
		f.Fatal(err)
	}
	if p.PublicKey, err = webauthncbor.Marshal(map[int]any{1: 2, 3: -7, -1: 1, -2: point[1:33], -3: point[33:]}); err != nil {
		f.Fatal(err)
	}
	_, begun, err := s.web.BeginDiscoverableLogin()
	session := fuzzSession(f, begun, err)
	rp := sha256.Sum256([]byte("id.aoba.example"))
	data, client := append(rp[:], 5, 0, 0, 0, 0), clientData("webauthn.get", session.Challenge)
	hash := sha256.Sum256(client)
	signed := slices.Concat(data, hash[:])
	digest := sha256.Sum256(signed)
	sig, err := ecdsa.SignASN1(rand.Reader, key, digest[:])
	if err != nil {
		f.Fatal(err)
	}
	f.Add(data, client, sig)
	f.Add(append([]byte{}, rp[:]...), client, []byte{0x30, 6, 2, 1, 0, 2, 1, 0})
	f.Fuzz(func(t *testing.T, gotData, gotClient, gotSig []byte) {
		for _, response := range [][]byte{
			frame(p.CredentialID, map[string]string{"clientDataJSON": text(gotClient), "authenticatorData": text(gotData), "signature": text(gotSig)}), gotData,
		} {
			parsed, err := s.readAssertion(response, session)
			if err != nil {
				if !errors.Is(err, ErrRejected) {
					t.Fatal(err)
				}
				continue
			}
			hash := sha256.Sum256(gotClient)
			if _, ok := s.verifyAssertion(fuzzAccount, p, session, parsed); ok && !slices.Equal(slices.Concat(gotData, hash[:]), signed) {
				t.Fatal("something else verified")
			}
		}
	})
}
