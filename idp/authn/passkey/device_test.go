package passkey_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"maps"
	"slices"
	"testing"

	"github.com/go-webauthn/webauthn/protocol/webauthncbor"
)

const (
	up byte = 1 << 0
	uv byte = 1 << 2
	be byte = 1 << 3
	bs byte = 1 << 4
	at byte = 1 << 6
	ed byte = 1 << 7
)

var b64 = base64.RawURLEncoding

// device is a software authenticator and the browser around it. Every message it makes
// can be bent before it is signed and after.
type device struct {
	id     []byte
	key    crypto.Signer
	flags  byte
	count  uint32
	aaguid []byte
	handle []byte
}

func newDevice(t testing.TB) *device {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	d := &device{id: make([]byte, 32), key: key, flags: up | uv, aaguid: make([]byte, 16)}
	rand.Read(d.id)
	return d
}

// cose is the COSE_Key of a public key (RFC 9053), as a map to bend.
func cose(public crypto.PublicKey) map[int]any {
	switch k := public.(type) {
	case *ecdsa.PublicKey:
		size := (k.Curve.Params().BitSize + 7) / 8
		point, _ := k.Bytes()
		alg, crv := -7, 1
		switch size {
		case 48:
			alg, crv = -35, 2
		case 66:
			alg, crv = -36, 3
		}
		return map[int]any{1: 2, 3: alg, -1: crv, -2: point[1 : 1+size], -3: point[1+size:]}
	case ed25519.PublicKey:
		return map[int]any{1: 1, 3: -8, -1: 6, -2: []byte(k)}
	case *rsa.PublicKey:
		return map[int]any{1: 3, 3: -257, -1: k.N.Bytes(), -2: []byte{1, 0, 1}}
	}
	return nil
}

func encode(v any) []byte {
	raw, err := webauthncbor.Marshal(v)
	if err != nil {
		panic(err) // a test's own mistake
	}
	return raw
}

// sign is deterministic for ECDSA (RFC 6979), as the specification's vectors are.
func (d *device) sign(message []byte) []byte {
	if _, ok := d.key.(ed25519.PrivateKey); ok {
		sig, _ := d.key.Sign(nil, message, crypto.Hash(0))
		return sig
	}
	hash := crypto.SHA256
	if k, ok := d.key.(*ecdsa.PrivateKey); ok && k.Curve != elliptic.P256() {
		hash = map[elliptic.Curve]crypto.Hash{elliptic.P384(): crypto.SHA384, elliptic.P521(): crypto.SHA512}[k.Curve]
	}
	h := hash.New()
	h.Write(message)
	sig, err := d.key.Sign(nil, h.Sum(nil), hash)
	if err != nil {
		panic(err)
	}
	return sig
}

// message is one answer in the making.
type message struct {
	clientData    map[string]any
	rawClientData []byte // instead of clientData
	rpID          string
	flags         byte
	count         uint32
	aaguid, id    []byte
	key           []byte // encoded COSE_Key
	trailing      []byte // after the authenticator data; extensions when ED is set
	authData      []byte // instead of all of that
	format        string
	statement     any
	object        map[string]any // instead of format, statement, authData
	rawObject     []byte         // instead of object
	signature     func(sig []byte) []byte
	handle        []byte
	answer        func(answer, response map[string]any)
}

type bend func(*message)

func (m *message) client() []byte {
	if m.rawClientData != nil {
		return m.rawClientData
	}
	raw, _ := json.Marshal(m.clientData)
	return raw
}

func (m *message) authenticatorData() []byte {
	if m.authData != nil {
		return m.authData
	}
	hash := sha256.Sum256([]byte(m.rpID))
	data := append(hash[:], m.flags)
	data = binary.BigEndian.AppendUint32(data, m.count)
	if m.flags&at != 0 {
		data = append(data, m.aaguid...)
		data = binary.BigEndian.AppendUint16(data, uint16(len(m.id)))
		data = append(append(data, m.id...), m.key...)
	}
	return append(data, m.trailing...)
}

// challengeOf reads the challenge out of options.
func challengeOf(t testing.TB, publicKey json.RawMessage) string {
	t.Helper()
	var o struct{ Challenge string }
	if err := json.Unmarshal(publicKey, &o); err != nil || o.Challenge == "" {
		t.Fatalf("options %s: %v", publicKey, err)
	}
	return o.Challenge
}

// create answers a registration.
func (d *device) create(t testing.TB, publicKey json.RawMessage, bends ...bend) []byte {
	t.Helper()
	m := &message{
		clientData: map[string]any{"type": "webauthn.create", "challenge": challengeOf(t, publicKey), "origin": origin, "crossOrigin": false},
		rpID:       rpID, flags: d.flags | at, count: d.count, aaguid: d.aaguid, id: d.id, key: encode(cose(d.key.Public())),
		format: "none", statement: map[string]any{},
	}
	for _, b := range bends {
		b(m)
	}
	if m.rawObject == nil {
		if m.object == nil {
			m.object = map[string]any{"fmt": m.format, "attStmt": m.statement, "authData": m.authenticatorData()}
		}
		m.rawObject = encode(m.object)
	}
	response := map[string]any{
		"clientDataJSON": b64.EncodeToString(m.client()), "attestationObject": b64.EncodeToString(m.rawObject), "transports": []string{"internal"},
	}
	return d.seal(m, response)
}

// packed gives the answer a packed statement, self-signed or by another key with its chain
// (WebAuthn 8.2).
func (d *device) packed(signer *device, chain ...[]byte) bend {
	return func(m *message) {
		hash := sha256.Sum256(m.client())
		statement := map[string]any{"alg": cose(signer.key.Public())[3], "sig": signer.sign(append(m.authenticatorData(), hash[:]...))}
		if len(chain) > 0 {
			statement["x5c"] = chain
		}
		m.format, m.statement = "packed", statement
	}
}

// get answers an authentication and counts.
func (d *device) get(t testing.TB, publicKey json.RawMessage, bends ...bend) []byte {
	t.Helper()
	m := &message{
		clientData: map[string]any{"type": "webauthn.get", "challenge": challengeOf(t, publicKey), "origin": origin, "crossOrigin": false},
		rpID:       rpID, flags: d.flags, count: d.count, id: d.id, handle: d.handle,
	}
	for _, b := range bends {
		b(m)
	}
	client, data := m.client(), m.authenticatorData()
	hash := sha256.Sum256(client)
	sig := d.sign(slices.Concat(data, hash[:]))
	if m.signature != nil {
		sig = m.signature(sig)
	}
	response := map[string]any{
		"clientDataJSON": b64.EncodeToString(client), "authenticatorData": b64.EncodeToString(data), "signature": b64.EncodeToString(sig),
	}
	if m.handle != nil {
		response["userHandle"] = b64.EncodeToString(m.handle)
	}
	return d.seal(m, response)
}

func (d *device) seal(m *message, response map[string]any) []byte {
	id := b64.EncodeToString(m.id)
	answer := map[string]any{"id": id, "rawId": id, "type": "public-key", "response": response,
		"clientExtensionResults": map[string]any{}, "authenticatorAttachment": "platform"}
	if m.answer != nil {
		m.answer(answer, response)
	}
	raw, err := json.Marshal(answer)
	if err != nil {
		panic(err)
	}
	return raw
}

// client bends one member of the client data; nil removes it.
func client(name string, value any) bend {
	return func(m *message) {
		m.clientData = maps.Clone(m.clientData)
		if m.clientData[name] = value; value == nil {
			delete(m.clientData, name)
		}
	}
}

// inAnswer bends one member of the outer object, inResponse of the inner; nil removes it.
func inAnswer(name string, value any) bend {
	return func(m *message) { m.answer = func(answer, _ map[string]any) { set(answer, name, value) } }
}

func inResponse(name string, value any) bend {
	return func(m *message) { m.answer = func(_, response map[string]any) { set(response, name, value) } }
}

func set(m map[string]any, name string, value any) {
	if m[name] = value; value == nil {
		delete(m, name)
	}
}

// withKey replaces members of the COSE key; nil removes one.
func withKey(changes map[int]any) bend {
	return func(m *message) {
		var k map[int]any
		if err := webauthncbor.Unmarshal(m.key, &k); err != nil {
			panic(err)
		}
		for label, v := range changes {
			if k[label] = v; v == nil {
				delete(k, label)
			}
		}
		m.key = encode(k)
	}
}

func flags(f byte) bend { return func(m *message) { m.flags = f } }
