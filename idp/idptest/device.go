package idptest

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"testing"
	"time"

	"github.com/go-webauthn/webauthn/protocol/webauthncbor"

	"sekisho/idp"
)

// Authenticator data flags (WebAuthn L3 section 6.1).
const (
	UserPresent    byte = 1 << 0
	UserVerified   byte = 1 << 2
	BackupEligible byte = 1 << 3
	BackupState    byte = 1 << 4
	attestedData   byte = 1 << 6
)

// Device is a software authenticator with the browser around it. Unlike Authenticator it
// can bend each part of a message, before it is signed and after.
type Device struct {
	RPID, Origin string
	ID           []byte
	Key          *ecdsa.PrivateKey
	Flags        byte
	Count        uint32
	Handle       []byte
}

// NewDevice is a device-bound authenticator that verifies its user and does not count.
func (p *Provider) NewDevice() *Device {
	p.T.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		p.T.Fatal(err)
	}
	d := &Device{RPID: p.Config.Passkey.RPID, Origin: p.Config.Passkey.Origins[0], ID: make([]byte, 32), Key: key, Flags: UserPresent | UserVerified}
	rand.Read(d.ID)
	return d
}

// GivePasskey registers a device for an account behind the provider's back, as if long
// ago at the strongest level; edit may say otherwise.
func (p *Provider) GivePasskey(a *Account, edit func(*idp.Passkey)) *Device {
	p.T.Helper()
	d := p.NewDevice()
	d.Handle = a.UserHandle
	k := idp.Passkey{
		ID: idp.NewID(), AccountID: a.ID, CredentialID: d.ID, PublicKey: d.publicKey(p.T), AAGUID: make([]byte, 16), UserVerified: true,
		AttestationType: "none", RPID: d.RPID, Name: "Key of " + a.LoginName, CreatedAt: p.Clock.Now().Add(-72 * time.Hour), AddedACR: "phr",
	}
	if edit != nil {
		edit(&k)
	}
	if err := p.Store.AddPasskey(context.Background(), k, 100, idp.Effects{}); err != nil {
		p.T.Fatal(err)
	}
	return d
}

// COSE is the public key as a COSE_Key map (RFC 9053 section 7.1), to be bent.
func (d *Device) COSE(t testing.TB) map[int]any {
	t.Helper()
	point, err := d.Key.PublicKey.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	return map[int]any{1: 2, 3: -7, -1: 1, -2: point[1:33], -3: point[33:]}
}

func (d *Device) publicKey(t testing.TB) []byte { return CBOR(t, d.COSE(t)) }

// CBOR encodes canonically, as CTAP2 demands.
func CBOR(t testing.TB, v any) []byte {
	t.Helper()
	raw, err := webauthncbor.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// Message is an answer in the making.
type Message struct {
	ClientData    map[string]any
	RawClientData []byte // instead of ClientData
	RPID          string
	Flags         byte
	Count         uint32
	ID            []byte
	PublicKey     []byte // encoded COSE_Key
	AAGUID        []byte // of the authenticator's model; nil: zeros
	Trailing      []byte // after the authenticator data
	Format        string
	Statement     any
	RawObject     []byte // instead of Format, Statement and authenticator data
	Signature     func(sig []byte) []byte
	Handle        []byte
	Answer        func(answer, response map[string]any)
}

// Bend changes a message before it is signed.
type Bend func(*Message)

func (d *Device) message(t testing.TB, kind string, options json.RawMessage, bends []Bend) *Message {
	t.Helper()
	var o struct {
		Challenge string `json:"challenge"`
	}
	if err := json.Unmarshal(options, &o); err != nil || o.Challenge == "" {
		t.Fatalf("no challenge in %s", options)
	}
	m := &Message{
		ClientData: map[string]any{"type": kind, "challenge": o.Challenge, "origin": d.Origin, "crossOrigin": false},
		RPID:       d.RPID, Flags: d.Flags, Count: d.Count, ID: d.ID, Handle: d.Handle,
		Format: "none", Statement: map[string]any{}, PublicKey: d.publicKey(t),
		Signature: func(sig []byte) []byte { return sig }, Answer: func(_, _ map[string]any) {},
	}
	for _, bend := range bends {
		bend(m)
	}
	return m
}

func (m *Message) client(t testing.TB) []byte {
	t.Helper()
	if m.RawClientData != nil {
		return m.RawClientData
	}
	raw, err := json.Marshal(m.ClientData)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func (m *Message) authenticatorData() []byte {
	hash := sha256.Sum256([]byte(m.RPID))
	data := append(hash[:], m.Flags)
	data = binary.BigEndian.AppendUint32(data, m.Count)
	if m.Flags&attestedData != 0 {
		model := make([]byte, 16)
		copy(model, m.AAGUID)
		data = append(data, model...)
		data = binary.BigEndian.AppendUint16(data, uint16(len(m.ID)))
		data = append(append(data, m.ID...), m.PublicKey...)
	}
	return append(data, m.Trailing...)
}

// Create answers creation options.
func (d *Device) Create(t testing.TB, options json.RawMessage, bends ...Bend) json.RawMessage {
	t.Helper()
	attested := func(m *Message) { m.Flags |= attestedData }
	m := d.message(t, "webauthn.create", options, append([]Bend{attested}, bends...))
	object := m.RawObject
	if object == nil {
		object = CBOR(t, map[string]any{"fmt": m.Format, "attStmt": m.Statement, "authData": m.authenticatorData()})
	}
	return m.answer(t, map[string]any{
		"clientDataJSON": b64(m.client(t)), "attestationObject": b64(object), "transports": []string{"internal"},
	})
}

// Get answers request options.
func (d *Device) Get(t testing.TB, options json.RawMessage, bends ...Bend) json.RawMessage {
	t.Helper()
	m := d.message(t, "webauthn.get", options, bends)
	client, data := m.client(t), m.authenticatorData()
	hash := sha256.Sum256(client)
	digest := sha256.Sum256(append(append([]byte{}, data...), hash[:]...))
	sig, err := ecdsa.SignASN1(rand.Reader, d.Key, digest[:])
	if err != nil {
		t.Fatal(err)
	}
	return m.answer(t, map[string]any{
		"clientDataJSON": b64(client), "authenticatorData": b64(data), "signature": b64(m.Signature(sig)), "userHandle": b64(m.Handle),
	})
}

func (m *Message) answer(t testing.TB, response map[string]any) json.RawMessage {
	t.Helper()
	answer := map[string]any{
		"id": b64(m.ID), "rawId": b64(m.ID), "type": "public-key", "response": response, "clientExtensionResults": map[string]any{},
	}
	m.Answer(answer, response)
	raw, err := json.Marshal(answer)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func b64(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

// BeginPasskey asks for request options on the page the browser is on.
func (b *Browser) BeginPasskey() JSONAnswer {
	b.T.Helper()
	begun := b.Script(b.Base()+"/passkey/options", map[string]string{"mediation": "optional"})
	if begun.ChallengeID == "" {
		b.T.Fatalf("passkey options: %d next %q %+v", begun.Status, begun.Next, begun.Error)
	}
	return begun
}

// BeginEnrol asks for creation options on the enrolment page the browser is on.
func (b *Browser) BeginEnrol() JSONAnswer {
	b.T.Helper()
	begun := b.Script(b.Base()+"/enrol/options", struct{}{})
	if begun.ChallengeID == "" {
		b.T.Fatalf("enrol options: %d next %q %+v", begun.Status, begun.Next, begun.Error)
	}
	return begun
}

// AnswerPasskey runs a whole assertion up to the provider's answer.
func (b *Browser) AnswerPasskey(d *Device, bends ...Bend) JSONAnswer {
	b.T.Helper()
	begun := b.BeginPasskey()
	return b.Script(b.Base()+"/passkey", Finish{ChallengeID: begun.ChallengeID, Credential: d.Get(b.T, begun.PublicKey, bends...)})
}

// AnswerEnrol runs a whole registration up to the provider's answer.
func (b *Browser) AnswerEnrol(d *Device, bends ...Bend) JSONAnswer {
	b.T.Helper()
	begun := b.BeginEnrol()
	return b.Script(b.Base()+"/enrol/finish", Finish{ChallengeID: begun.ChallengeID, Credential: d.Create(b.T, begun.PublicKey, bends...)})
}

// UsePasskey signs in or steps up with the device and opens the next page.
func (b *Browser) UsePasskey(d *Device) *Page {
	b.T.Helper()
	done := b.AnswerPasskey(d)
	if done.Next == "" {
		b.T.Fatalf("passkey: %d %+v", done.Status, done.Error)
	}
	return b.Get(done.Next)
}
