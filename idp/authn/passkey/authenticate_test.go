package passkey_test

import (
	"bytes"
	"context"
	"encoding/asn1"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math/big"
	"strings"
	"testing"
	"time"

	"github.com/descope/virtualwebauthn"

	"sekisho/idp"
	"sekisho/idp/authn/passkey"
	"sekisho/storage"
)

// D1, PA-11: signing in without a name, and what is committed.
func TestAuthenticate(t *testing.T) {
	b, d := open(t), newDevice(t)
	d.flags |= be
	p := b.register(t, b.account, d)
	b.clock.Add(time.Hour)
	d.flags |= bs
	d.count = 7
	c := b.beginGet(t, nil)
	got, err := b.finishGet(c, d.get(t, c.PublicKey))
	if err != nil {
		t.Fatal(err, passkey.ReasonOf(err))
	}
	if got.Account.ID != b.account.ID || got.Passkey.ID != p.ID {
		t.Errorf("D1: %+v", got)
	}
	now := b.clock.Now()
	if want := (idp.PasskeyUse{PasskeyID: p.ID, SignCount: 7, BackupState: true, UsedAt: now}); got.Use != want {
		t.Errorf("PA-11: use %+v, want %+v", got.Use, want)
	}
	want := idp.AuthenticationEvent{AccountID: b.account.ID, Method: idp.MethodPasskey, CredentialID: p.ID, At: now, UserVerified: true,
		BackupEligible: true, BackupState: true, AuthenticatorAAGUID: "00000000-0000-0000-0000-000000000000"}
	if got.Event != want {
		t.Errorf("event %+v, want %+v", got.Event, want)
	}
	if before := b.stored(t, b.account)[0]; before.SignCount != 0 || before.BackupState || !before.LastUsedAt.IsZero() {
		t.Errorf("PA-11: the record moved before the session was made: %+v", before)
	}
	if err := b.commit(t, got); err != nil {
		t.Fatal(err)
	}
	if after := b.stored(t, b.account)[0]; after.SignCount != 7 || !after.BackupState || !after.LastUsedAt.Equal(now) {
		t.Errorf("PA-06, PA-11: record after %+v", after)
	}
}

// A second, independent software authenticator agrees.
func TestForeignAuthenticator(t *testing.T) {
	b := open(t)
	rp := virtualwebauthn.RelyingParty{ID: rpID, Name: "x", Origin: origin}
	device := virtualwebauthn.NewAuthenticatorWithOptions(virtualwebauthn.AuthenticatorOptions{UserHandle: b.account.UserHandle})
	// RSA: the library's EC keys drop leading zeros of coordinates, one in 128 times.
	key := virtualwebauthn.NewCredential(virtualwebauthn.KeyTypeRSA)
	c := b.beginCreate(t, b.account)
	creation, err := virtualwebauthn.ParseAttestationOptions(string(c.PublicKey))
	if err != nil {
		t.Fatal(err)
	}
	p, err := b.finishCreate(c, []byte(virtualwebauthn.CreateAttestationResponse(rp, device, key, *creation)))
	if err != nil {
		t.Fatal(err, passkey.ReasonOf(err))
	}
	if p.AttestationType != "basic_surrogate" || p.Attested {
		t.Errorf("PG-11: self attestation recorded as %q, trusted %v", p.AttestationType, p.Attested)
	}
	c = b.beginGet(t, nil)
	assertion, err := virtualwebauthn.ParseAssertionOptions(string(c.PublicKey))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := b.finishGet(c, []byte(virtualwebauthn.CreateAssertionResponse(rp, device, key, *assertion))); err != nil {
		t.Fatal(err, passkey.ReasonOf(err))
	}
}

// PA-02, PA-05, PA-09, PA-10: what the browser is asked for.
func TestRequestOptions(t *testing.T) {
	type options struct {
		Challenge string
		Timeout   int
		RPID      string `json:"rpId"`
		UV        string `json:"userVerification"`
		Allow     []struct {
			ID         string
			Transports []string
		} `json:"allowCredentials"`
	}
	read := func(t *testing.T, c passkey.Ceremony) (o options) {
		if err := json.Unmarshal(c.PublicKey, &o); err != nil {
			t.Fatal(err)
		}
		if raw, err := b64.DecodeString(o.Challenge); err != nil || len(raw) != 32 || o.RPID != rpID {
			t.Errorf("PA-01: %+v", o)
		}
		if o.UV != "required" {
			t.Errorf("PA-05: user verification %q", o.UV)
		}
		return o
	}
	b, d := open(t), newDevice(t)
	if _, err := b.BeginAuthentication(context.Background(), b.account, false, flow); !errors.Is(err, idp.ErrNotFound) {
		t.Errorf("step-up of an account without passkeys: %v", err)
	}
	b.register(t, b.account, d)
	t.Run("PA-09 PA-10 sign-in names no credential", func(t *testing.T) {
		for _, autofill := range []bool{false, true} {
			c, err := b.BeginAuthentication(context.Background(), nil, autofill, flow)
			if err != nil {
				t.Fatal(err)
			}
			o := read(t, c)
			if len(o.Allow) != 0 || o.Timeout < 300000 || o.Timeout > 600000 ||
				c.ExpiresAt.Sub(b.clock.Now()).Milliseconds() != int64(o.Timeout) {
				t.Errorf("PA-10: %+v", o)
			}
		}
	})
	t.Run("PA-02 step-up names the account's", func(t *testing.T) {
		o := read(t, b.beginGet(t, b.account))
		if len(o.Allow) != 1 || o.Allow[0].ID != b64.EncodeToString(d.id) || fmt.Sprint(o.Allow[0].Transports) != "[internal]" {
			t.Errorf("%+v", o)
		}
	})
}

// raw is an ECDSA signature as two fixed numbers instead of DER.
func raw(sig []byte) []byte {
	var rs struct{ R, S *big.Int }
	if _, err := asn1.Unmarshal(sig, &rs); err != nil {
		panic(err)
	}
	return append(rs.R.FillBytes(make([]byte, 32)), rs.S.FillBytes(make([]byte, 32))...)
}

func signature(f func([]byte) []byte) bend { return func(m *message) { m.signature = f } }

// PA-01 to PA-07: every bent assertion is one and the same refusal.
func TestAuthenticationRefuses(t *testing.T) {
	for name, tc := range map[string]struct {
		bends  []bend
		reason passkey.Reason
	}{
		"PA-04 type create":         {[]bend{client("type", "webauthn.create")}, passkey.ReasonClientData},
		"PA-04 type missing":        {[]bend{client("type", nil)}, passkey.ReasonClientData},
		"PA-04 payment type":        {[]bend{client("type", "payment.get")}, passkey.ReasonClientData},
		"PA-04 challenge altered":   {[]bend{change("challenge", func(s string) string { return s[1:] + "A" })}, passkey.ReasonClientData},
		"PA-04 challenge padded":    {[]bend{change("challenge", func(s string) string { return s + "=" })}, passkey.ReasonClientData},
		"PA-04 challenge missing":   {[]bend{client("challenge", nil)}, passkey.ReasonClientData},
		"PA-04 origin of another":   {[]bend{client("origin", "https://evil.example")}, passkey.ReasonClientData},
		"PA-04 origin below ours":   {[]bend{client("origin", "https://x.id.aoba.example")}, passkey.ReasonClientData},
		"PA-04 origin upper case":   {[]bend{client("origin", "https://ID.AOBA.example")}, passkey.ReasonClientData},
		"PA-04 origin default port": {[]bend{client("origin", origin+":443")}, passkey.ReasonClientData},
		"PA-04 cross origin":        {[]bend{client("crossOrigin", true)}, passkey.ReasonClientData},
		"PA-04 top origin":          {[]bend{client("topOrigin", origin)}, passkey.ReasonClientData},
		"IN-06 twice a member":      {[]bend{rawClient(func(s string) string { return strings.Replace(s, "{", `{"origin":"https://evil.example",`, 1) })}, passkey.ReasonClientData},

		"PA-05 another RP ID":    {[]bend{func(m *message) { m.rpID = "evil.example" }}, passkey.ReasonVerify},
		"PA-05 not present":      {[]bend{flags(uv)}, passkey.ReasonVerify},
		"PA-05 not verified":     {[]bend{flags(up)}, passkey.ReasonVerify},
		"PA-06 BE appears":       {[]bend{flags(up | uv | be)}, passkey.ReasonVerify},
		"PA-06 BS without BE":    {[]bend{flags(up | uv | bs)}, passkey.ReasonVerify},
		"PA-07 flipped bit":      {[]bend{signature(func(s []byte) []byte { s[len(s)-1] ^= 1; return s })}, passkey.ReasonVerify},
		"PA-07 trailing byte":    {[]bend{signature(func(s []byte) []byte { return append(s, 0) })}, passkey.ReasonVerify},
		"PA-07 cut":              {[]bend{signature(func(s []byte) []byte { return s[:len(s)-1] })}, passkey.ReasonVerify},
		"PA-07 junk":             {[]bend{signature(func([]byte) []byte { return []byte("junk") })}, passkey.ReasonVerify},
		"PA-07 not DER":          {[]bend{signature(raw)}, passkey.ReasonVerify},
		"PA-07 long form of DER": {[]bend{signature(func(s []byte) []byte { return append([]byte{s[0], 0x81}, s[1:]...) })}, passkey.ReasonVerify},
		"PA-07 padded integer":   {[]bend{signature(padded)}, passkey.ReasonVerify},
		"PA-07 zero numbers":     {[]bend{signature(func([]byte) []byte { return []byte{0x30, 6, 2, 1, 0, 2, 1, 0} })}, passkey.ReasonVerify},
		"PA-07 empty":            {[]bend{signature(func([]byte) []byte { return nil })}, passkey.ReasonVerify},
		"PA-07 missing":          {[]bend{inResponse("signature", nil)}, passkey.ReasonVerify},
		"PA-07 wrong key":        {[]bend{signature(func([]byte) []byte { return newDevice(t).sign([]byte("x")) })}, passkey.ReasonVerify},
		"PA-07 data after the signature was made": {[]bend{func(m *message) {
			m.answer = func(_, r map[string]any) {
				data, _ := b64.DecodeString(r["authenticatorData"].(string))
				data[36]++
				r["authenticatorData"] = b64.EncodeToString(data)
			}
		}}, passkey.ReasonVerify},

		"PA-03 no user handle":        {[]bend{func(m *message) { m.handle = nil }}, passkey.ReasonUserHandle},
		"PA-03 empty user handle":     {[]bend{func(m *message) { m.handle = []byte{} }}, passkey.ReasonUserHandle},
		"PA-03 other user handle":     {[]bend{func(m *message) { m.handle = make([]byte, 32) }}, passkey.ReasonUserHandle},
		"PA-03 handle cut":            {[]bend{func(m *message) { m.handle = m.handle[:16] }}, passkey.ReasonUserHandle},
		"PA-09 unknown credential":    {[]bend{func(m *message) { m.id = bytes.Repeat([]byte{1}, 32) }}, passkey.ReasonCredential},
		"malformed id":                {[]bend{inAnswer("id", "")}, passkey.ReasonMalformed},
		"malformed type":              {[]bend{inAnswer("type", "x")}, passkey.ReasonMalformed},
		"no authenticator data":       {[]bend{inResponse("authenticatorData", nil)}, passkey.ReasonMalformed},
		"short authenticator data":    {[]bend{func(m *message) { m.authData = make([]byte, 36) }}, passkey.ReasonMalformed},
		"trailing authenticator data": {[]bend{func(m *message) { m.trailing = []byte{0} }}, passkey.ReasonMalformed},
		"no response":                 {[]bend{inAnswer("response", nil)}, passkey.ReasonMalformed},
		"user handle a number":        {[]bend{inResponse("userHandle", 5)}, passkey.ReasonMalformed},
	} {
		t.Run(name, func(t *testing.T) {
			b, d := open(t), newDevice(t)
			b.register(t, b.account, d)
			c := b.beginGet(t, nil)
			good := d.get(t, c.PublicKey)
			got, err := b.finishGet(c, d.get(t, c.PublicKey, tc.bends...))
			refused(t, err, tc.reason)
			if got.Account != nil {
				t.Errorf("a refusal names %+v", got.Account)
			}
			// PA-01: the right answer comes too late for a challenge that was answered wrongly.
			_, err = b.finishGet(c, good)
			refused(t, err, passkey.ReasonChallenge)
			if p := b.stored(t, b.account)[0]; !p.LastUsedAt.IsZero() || p.SignCount != 0 {
				t.Errorf("PA-11: the record moved: %+v", p)
			}
			c = b.beginGet(t, nil)
			if _, err := b.finishGet(c, d.get(t, c.PublicKey)); err != nil {
				t.Errorf("with a new challenge: %v", err)
			}
		})
	}
}

// padded puts a needless zero byte before the first number.
func padded(sig []byte) []byte {
	out := append([]byte{sig[0], sig[1] + 1, sig[2], sig[3] + 1, 0}, sig[4:]...)
	return out
}

// PA-09: a refusal for an unknown credential reads the database as often as one for a
// wrong signature.
func TestEqualWork(t *testing.T) {
	b, d := open(t), newDevice(t)
	b.register(t, b.account, d)
	work := map[string]int{}
	for name, bends := range map[string][]bend{
		"wrong signature":    {signature(raw)},
		"unknown credential": {func(m *message) { m.id = bytes.Repeat([]byte{1}, 32) }},
		"wrong user handle":  {func(m *message) { m.handle = make([]byte, 32) }},
	} {
		c := b.beginGet(t, nil)
		ctx, counter := storage.WithStatementCounter(context.Background())
		_, err := b.FinishAuthentication(ctx, passkey.Authentication{Binding: flow, ChallengeID: c.ChallengeID, Response: d.get(t, c.PublicKey, bends...)})
		if !errors.Is(err, passkey.ErrRejected) {
			t.Fatal(err)
		}
		work[name] = counter.Count()
	}
	for _, n := range maps.All(work) {
		if n != work["wrong signature"] || n == 0 {
			t.Errorf("PA-09: statements %v", work)
		}
	}
}
