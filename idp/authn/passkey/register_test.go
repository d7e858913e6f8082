package passkey_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"sekisho/idp"
	"sekisho/idp/authn/internal/authntest"
	"sekisho/idp/authn/passkey"
	"sekisho/storage"
	"sekisho/storage/storagetest"
)

// PG-18, D3, D5: a registration, its record, and what happens beside it.
func TestRegister(t *testing.T) {
	b, ctx := open(t), context.Background()
	d := newDevice(t)
	d.flags |= be | bs
	d.aaguid, _ = hex.DecodeString("fbfc3007154e4ecc8c0b6e020557d7bd")
	c := b.beginCreate(t, b.account)
	trusted := b.clock.Now().Add(72 * time.Hour)
	var told idp.Passkey
	got, err := b.FinishRegistration(ctx, passkey.Registration{
		Binding: flow, Account: b.account, ChallengeID: c.ChallengeID, Response: d.create(t, c.PublicKey),
		Name: "  わたしの\u202e スマホ\n", AddedACR: "urn:sekisho:acr:email", TrustedFrom: trusted,
		Effects: func(p idp.Passkey) (idp.Effects, error) {
			told = p
			return idp.Effects{Outbox: []idp.OutboxMessage{{ID: idp.NewID(), Kind: "mail", AccountID: p.AccountID, CreatedAt: b.clock.Now()}}}, nil
		},
	})
	if err != nil {
		t.Fatal(err, passkey.ReasonOf(err))
	}
	want := idp.Passkey{
		ID: got.ID, AccountID: b.account.ID, CredentialID: d.id, PublicKey: encode(cose(d.key.Public())), AAGUID: d.aaguid,
		Transports: []string{"internal"}, UserVerified: true, BackupEligible: true, BackupState: true, AttestationType: "none",
		RPID: rpID, Name: "わたしの スマホ", CreatedAt: b.clock.Now(), AddedACR: "urn:sekisho:acr:email", TrustedFrom: trusted,
	}
	if fmt.Sprint(got) != fmt.Sprint(want) || fmt.Sprint(told) != fmt.Sprint(want) {
		t.Errorf("PG-18: record\n%v, want\n%v", got, want)
	}
	if held := b.stored(t, b.account); len(held) != 1 || fmt.Sprint(held[0]) != fmt.Sprint(want) {
		t.Errorf("PG-18: stored %v", held)
	}
	if n := len(authntest.Outbox(t, b.store, b.clock.Now())); n != 1 {
		t.Errorf("D4: %d notices", n)
	}
	t.Run("without a word of the customer's the provider names it", func(t *testing.T) {
		d := newDevice(t)
		d.aaguid = got.AAGUID
		if p := b.register(t, b.account, d); p.Name != "Apple Passwords" {
			t.Errorf("%q", p.Name)
		}
	})
}

// PG-07, PG-09, PG-14, PG-15, PG-01: what the browser is asked for.
func TestCreationOptions(t *testing.T) {
	b := open(t)
	b.account.LoginName = strings.Repeat("長", 300)
	d := newDevice(t)
	b.register(t, b.account, d)
	c := b.beginCreate(t, b.account)
	var o struct {
		Challenge string
		RP        struct{ ID, Name string }
		User      struct{ ID, Name, DisplayName string }
		Params    []struct{ Alg int } `json:"pubKeyCredParams"`
		Timeout   int
		Exclude   []struct {
			ID         string
			Transports []string
		} `json:"excludeCredentials"`
		Selection struct {
			Attachment  *string `json:"authenticatorAttachment"`
			ResidentKey string
			Require     bool   `json:"requireResidentKey"`
			UV          string `json:"userVerification"`
		} `json:"authenticatorSelection"`
		Attestation string
	}
	if err := json.Unmarshal(c.PublicKey, &o); err != nil {
		t.Fatal(err)
	}
	if raw, err := b64.DecodeString(o.Challenge); err != nil || len(raw) != 32 {
		t.Errorf("PG-01: challenge of %d bytes", len(raw))
	}
	if o.RP.ID != rpID || o.RP.Name != "青葉証券" || o.Attestation != "none" {
		t.Errorf("RP %+v, attestation %q", o.RP, o.Attestation)
	}
	if o.User.ID != b64.EncodeToString(b.account.UserHandle) || strings.Contains(o.User.ID, b.account.Subject) {
		t.Errorf("PG-14: user.id %q", o.User.ID)
	}
	if n := len([]rune(o.User.Name)); n != 64 || len([]rune(o.User.DisplayName)) != 64 {
		t.Errorf("PG-14: user.name of %d characters", n)
	}
	if fmt.Sprint(o.Params) != "[{-8} {-7} {-257}]" {
		t.Errorf("PG-09: algorithms %v", o.Params)
	}
	if o.Selection.ResidentKey != "required" || !o.Selection.Require || o.Selection.Attachment != nil {
		t.Errorf("PG-15: selection %+v", o.Selection)
	}
	if o.Selection.UV != "required" {
		t.Errorf("PG-07: user verification %q", o.Selection.UV)
	}
	if len(o.Exclude) != 1 || o.Exclude[0].ID != b64.EncodeToString(d.id) || !slices.Equal(o.Exclude[0].Transports, []string{"internal"}) {
		t.Errorf("PG-15: excluded %+v", o.Exclude)
	}
	if o.Timeout != 300000 || !c.ExpiresAt.Equal(b.clock.Now().Add(5*time.Minute)) {
		t.Errorf("PG-01: timeout %d, expires %v", o.Timeout, c.ExpiresAt)
	}
	t.Run("PG-14 an account without a random handle cannot begin", func(t *testing.T) {
		for _, n := range []int{0, 15, 65} {
			a := *b.account
			a.UserHandle = make([]byte, n)
			if _, err := b.BeginRegistration(context.Background(), &a, flow); err == nil {
				t.Errorf("handle of %d bytes", n)
			}
		}
	})
}

// PG-02 to PG-12, IN-06: every bent message is refused, stores nothing and burns its challenge.
func TestRegistrationRefuses(t *testing.T) {
	rsaKey, err := rsa.GenerateKey(rand.Reader, 1024)
	if err != nil {
		t.Fatal(err)
	}
	_, edKey, _ := ed25519.GenerateKey(rand.Reader)
	p384, _ := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	for name, tc := range map[string]struct {
		device func(*device)
		bends  []bend
		reason passkey.Reason
	}{
		"PG-02 type missing":         {nil, []bend{client("type", nil)}, passkey.ReasonClientData},
		"PG-02 type empty":           {nil, []bend{client("type", "")}, passkey.ReasonClientData},
		"PG-02 type get":             {nil, []bend{client("type", "webauthn.get")}, passkey.ReasonClientData},
		"PG-02 type no string":       {nil, []bend{client("type", 1)}, passkey.ReasonClientData},
		"PG-02 type in other case":   {nil, []bend{client("type", "webauthn.Create")}, passkey.ReasonClientData},
		"PG-02 member in other case": {nil, []bend{client("Type", "webauthn.create"), client("type", nil)}, passkey.ReasonClientData},

		"PG-03 challenge missing":   {nil, []bend{client("challenge", nil)}, passkey.ReasonClientData},
		"PG-03 challenge empty":     {nil, []bend{client("challenge", "")}, passkey.ReasonClientData},
		"PG-03 challenge no string": {nil, []bend{client("challenge", []int{1})}, passkey.ReasonClientData},
		"PG-03 challenge padded":    {nil, []bend{change("challenge", func(s string) string { return s + "=" })}, passkey.ReasonClientData},
		"PG-03 challenge altered":   {nil, []bend{change("challenge", func(s string) string { return "A" + s[1:] + "A" })}, passkey.ReasonClientData},
		"PG-03 challenge cut":       {nil, []bend{change("challenge", func(s string) string { return s[:42] })}, passkey.ReasonClientData},
		"PG-03 not base64url":       {nil, []bend{client("challenge", "%%%%")}, passkey.ReasonClientData},

		"PG-04 http":                 {nil, []bend{client("origin", "http://id.aoba.example")}, passkey.ReasonClientData},
		"PG-04 other port":           {nil, []bend{client("origin", origin+":8443")}, passkey.ReasonClientData},
		"PG-04 default port":         {nil, []bend{client("origin", origin+":443")}, passkey.ReasonClientData},
		"PG-04 subdomain":            {nil, []bend{client("origin", "https://x.id.aoba.example")}, passkey.ReasonClientData},
		"PG-04 parent domain":        {nil, []bend{client("origin", "https://aoba.example")}, passkey.ReasonClientData},
		"PG-04 suffix":               {nil, []bend{client("origin", "https://evil-id.aoba.example")}, passkey.ReasonClientData},
		"PG-04 prefix":               {nil, []bend{client("origin", origin+".evil.example")}, passkey.ReasonClientData},
		"PG-04 trailing dot":         {nil, []bend{client("origin", origin+".")}, passkey.ReasonClientData},
		"PG-04 path":                 {nil, []bend{client("origin", origin+"/")}, passkey.ReasonClientData},
		"PG-04 upper case":           {nil, []bend{client("origin", "https://ID.aoba.example")}, passkey.ReasonClientData},
		"PG-04 scheme in upper case": {nil, []bend{client("origin", "HTTPS://id.aoba.example")}, passkey.ReasonClientData},
		"PG-04 user info":            {nil, []bend{client("origin", "https://x@id.aoba.example")}, passkey.ReasonClientData},
		"PG-04 null":                 {nil, []bend{client("origin", "null")}, passkey.ReasonClientData},
		"PG-04 missing":              {nil, []bend{client("origin", nil)}, passkey.ReasonClientData},
		"PG-04 Android app":          {nil, []bend{client("origin", "android:apk-key-hash:AAAA")}, passkey.ReasonClientData},

		"PG-05 cross origin":             {nil, []bend{client("crossOrigin", true)}, passkey.ReasonClientData},
		"PG-05 cross origin as a string": {nil, []bend{client("crossOrigin", "false")}, passkey.ReasonClientData},
		"PG-05 top origin":               {nil, []bend{client("topOrigin", "https://aoba.example")}, passkey.ReasonClientData},
		"PG-05 top origin, our own":      {nil, []bend{client("topOrigin", origin), client("crossOrigin", true)}, passkey.ReasonClientData},

		"IN-06 client data twice a member": {nil, []bend{rawClient(func(s string) string { return strings.Replace(s, "{", `{"type":"webauthn.get",`, 1) })}, passkey.ReasonClientData},
		"IN-06 client data with BOM":       {nil, []bend{rawClient(func(s string) string { return "\ufeff" + s })}, passkey.ReasonClientData},
		"IN-06 client data not UTF-8":      {nil, []bend{rawClient(func(s string) string { return strings.Replace(s, "{", "{\"x\":\"\xff\",", 1) })}, passkey.ReasonClientData},
		"IN-06 client data with NaN":       {nil, []bend{rawClient(func(s string) string { return strings.Replace(s, "{", `{"x":NaN,`, 1) })}, passkey.ReasonClientData},
		"IN-06 client data an array":       {nil, []bend{rawClient(func(s string) string { return "[" + s + "]" })}, passkey.ReasonClientData},

		"PG-06 RP ID of the parent": {nil, []bend{func(m *message) { m.rpID = "aoba.example" }}, passkey.ReasonVerify},
		"PG-06 RP ID the origin":    {nil, []bend{func(m *message) { m.rpID = origin }}, passkey.ReasonVerify},

		"PG-07 not present":             {nil, []bend{flags(uv | at)}, passkey.ReasonVerify},
		"PG-07 not verified":            {nil, []bend{flags(up | at)}, passkey.ReasonVerify},
		"PG-08 backed up but cannot be": {nil, []bend{flags(up | uv | at | bs)}, passkey.ReasonVerify},

		"PG-09 RS1":                       {nil, []bend{withKey(map[int]any{3: -65535})}, passkey.ReasonPublicKey},
		"PG-09 ES384, not offered":        {func(d *device) { d.key = p384 }, nil, passkey.ReasonPublicKey},
		"PG-09 ES256K":                    {nil, []bend{withKey(map[int]any{3: -47, -1: 8})}, passkey.ReasonPublicKey},
		"PG-09 RSA of 1024 bits":          {func(d *device) { d.key = rsaKey }, nil, passkey.ReasonPublicKey},
		"PG-09 wrong curve":               {nil, []bend{withKey(map[int]any{-1: 2})}, passkey.ReasonPublicKey},
		"PG-09 algorithm of another type": {nil, []bend{withKey(map[int]any{3: -8})}, passkey.ReasonPublicKey},
		"PG-09 type of another algorithm": {nil, []bend{withKey(map[int]any{1: 1})}, passkey.ReasonPublicKey},
		"PG-09 off the curve":             {nil, []bend{withKey(map[int]any{-2: make([]byte, 32)})}, passkey.ReasonPublicKey},
		"PG-09 zero point":                {nil, []bend{withKey(map[int]any{-2: make([]byte, 32), -3: make([]byte, 32)})}, passkey.ReasonPublicKey},
		"PG-09 short coordinate":          {nil, []bend{withKey(map[int]any{-2: make([]byte, 31)})}, passkey.ReasonPublicKey},
		"PG-09 extra label":               {nil, []bend{withKey(map[int]any{4: []int{1}})}, passkey.ReasonPublicKey},
		"PG-09 missing label":             {nil, []bend{withKey(map[int]any{-3: nil})}, passkey.ReasonPublicKey},
		"PG-09 Ed25519 zero point":        {func(d *device) { d.key = edKey }, []bend{withKey(map[int]any{-2: make([]byte, 32)})}, passkey.ReasonPublicKey},
		"PG-09 Ed25519 small order":       {func(d *device) { d.key = edKey }, []bend{withKey(map[int]any{-2: smallOrder(t)})}, passkey.ReasonPublicKey},
		"PG-09 Ed448 curve":               {func(d *device) { d.key = edKey }, []bend{withKey(map[int]any{-1: 7})}, passkey.ReasonPublicKey},
		"PG-09 key with long integers":    {nil, []bend{func(m *message) { m.key = append([]byte{m.key[0], 0x18, 0x01}, m.key[2:]...) }}, passkey.ReasonPublicKey},
		"PG-09 key out of order":          {nil, []bend{func(m *message) { m.key = slices.Concat(m.key[:1], m.key[3:5], m.key[1:3], m.key[5:]) }}, passkey.ReasonPublicKey},

		"PG-10 id missing":       {nil, []bend{inAnswer("id", nil)}, passkey.ReasonMalformed},
		"PG-10 id empty":         {nil, []bend{inAnswer("id", "")}, passkey.ReasonMalformed},
		"PG-10 id a number":      {nil, []bend{inAnswer("id", 7)}, passkey.ReasonMalformed},
		"PG-10 id not base64url": {nil, []bend{func(m *message) { m.answer = func(a, _ map[string]any) { a["id"], a["rawId"] = "+/+/", "+/+/" } }}, passkey.ReasonMalformed},
		"PG-10 id with line breaks": {nil, []bend{func(m *message) {
			m.answer = func(a, _ map[string]any) { a["id"] = a["id"].(string) + "\n"; a["rawId"] = a["id"] }
		}}, passkey.ReasonMalformed},
		"PG-10 rawId differs": {nil, []bend{inAnswer("rawId", "AAAA")}, passkey.ReasonMalformed},
		"PG-10 id is not the attested": {nil, []bend{func(m *message) {
			m.answer = func(a, _ map[string]any) { a["id"] = b64.EncodeToString(make([]byte, 32)); a["rawId"] = a["id"] }
		}}, passkey.ReasonVerify},
		"PG-10 type missing":            {nil, []bend{inAnswer("type", nil)}, passkey.ReasonMalformed},
		"PG-10 type password":           {nil, []bend{inAnswer("type", "password")}, passkey.ReasonMalformed},
		"PG-10 response missing":        {nil, []bend{inAnswer("response", nil)}, passkey.ReasonMalformed},
		"PG-10 response an array":       {nil, []bend{inAnswer("response", []int{})}, passkey.ReasonMalformed},
		"PG-10 client data missing":     {nil, []bend{inResponse("clientDataJSON", nil)}, passkey.ReasonMalformed},
		"PG-10 client data empty":       {nil, []bend{inResponse("clientDataJSON", "")}, passkey.ReasonMalformed},
		"PG-10 client data plain":       {nil, []bend{inResponse("clientDataJSON", "{}")}, passkey.ReasonMalformed},
		"PG-10 object missing":          {nil, []bend{inResponse("attestationObject", nil)}, passkey.ReasonMalformed},
		"PG-10 object a number":         {nil, []bend{inResponse("attestationObject", 5)}, passkey.ReasonMalformed},
		"PG-10 object no CBOR":          {nil, []bend{func(m *message) { m.rawObject = []byte{0xff, 0xff} }}, passkey.ReasonMalformed},
		"PG-10 object a string":         {nil, []bend{func(m *message) { m.rawObject = encode("x") }}, passkey.ReasonMalformed},
		"PG-10 object nested deep":      {nil, []bend{func(m *message) { m.rawObject = append(slices.Repeat([]byte{0x81}, 4000), 0x80) }}, passkey.ReasonMalformed},
		"PG-10 object trailing":         {nil, []bend{bendObject(func(raw []byte) []byte { return append(raw, 0) })}, passkey.ReasonMalformed},
		"PG-10 object cut":              {nil, []bend{bendObject(func(raw []byte) []byte { return raw[:len(raw)-1] })}, passkey.ReasonMalformed},
		"PG-10 fmt missing":             {nil, []bend{without("fmt")}, passkey.ReasonMalformed},
		"PG-10 attStmt missing":         {nil, []bend{without("attStmt")}, passkey.ReasonMalformed},
		"PG-10 authData missing":        {nil, []bend{without("authData")}, passkey.ReasonMalformed},
		"PG-10 fmt a number":            {nil, []bend{member("fmt", 1)}, passkey.ReasonMalformed},
		"PG-10 attStmt an array":        {nil, []bend{member("attStmt", []int{})}, passkey.ReasonMalformed},
		"PG-10 attStmt null":            {nil, []bend{member("attStmt", nil)}, passkey.ReasonMalformed},
		"PG-10 authData a string":       {nil, []bend{member("authData", "x")}, passkey.ReasonMalformed},
		"PG-10 authData empty":          {nil, []bend{member("authData", []byte{})}, passkey.ReasonMalformed},
		"PG-10 another member":          {nil, []bend{member("x", 1)}, passkey.ReasonMalformed},
		"PG-10 AT unset, data there":    {nil, []bend{func(m *message) { m.authData = m.authenticatorData(); m.authData[32] &^= at }}, passkey.ReasonMalformed},
		"PG-10 AT set, data missing":    {nil, []bend{func(m *message) { m.authData = m.authenticatorData()[:37] }}, passkey.ReasonMalformed},
		"PG-10 no attested credential":  {nil, []bend{flags(up | uv)}, passkey.ReasonMalformed},
		"PG-10 authData cut in the key": {nil, []bend{func(m *message) { m.authData = m.authenticatorData(); m.authData = m.authData[:len(m.authData)-9] }}, passkey.ReasonMalformed},
		"PG-10 authData trailing":       {nil, []bend{func(m *message) { m.trailing = []byte{0} }}, passkey.ReasonMalformed},
		"PG-10 ED set, data missing":    {nil, []bend{flags(up | uv | at | ed)}, passkey.ReasonMalformed},
		"PG-10 ED set, data no CBOR":    {nil, []bend{flags(up | uv | at | ed), func(m *message) { m.trailing = []byte{0xff} }}, passkey.ReasonMalformed},
		"PG-10 id length beyond data":   {nil, []bend{func(m *message) { m.authData = m.authenticatorData(); m.authData[53], m.authData[54] = 3, 0xff }}, passkey.ReasonMalformed},
		"IN-06 answer twice a member":   {nil, []bend{func(m *message) { m.answer = func(a, _ map[string]any) { a["x"] = json.RawMessage(`{"y":1,"y":2}`) } }}, passkey.ReasonMalformed},
		"PG-10 answer too large":        {nil, []bend{inAnswer("x", strings.Repeat("x", 70000))}, passkey.ReasonMalformed},
		"not discoverable":              {nil, []bend{inAnswer("clientExtensionResults", map[string]any{"credProps": map[string]any{"rk": false}})}, passkey.ReasonVerify},

		"PG-11 none with a statement":   {nil, []bend{func(m *message) { m.statement = map[string]any{"alg": -7} }}, passkey.ReasonMalformed},
		"PG-11 unknown format":          {nil, []bend{func(m *message) { m.format = "unknown" }}, passkey.ReasonVerify},
		"PG-11 empty format":            {nil, []bend{func(m *message) { m.format = "" }}, passkey.ReasonVerify},
		"PG-11 packed without members":  {nil, []bend{func(m *message) { m.format = "packed" }}, passkey.ReasonVerify},
		"PG-11 tpm without members":     {nil, []bend{func(m *message) { m.format = "tpm" }}, passkey.ReasonVerify},
		"PG-11 apple without members":   {nil, []bend{func(m *message) { m.format = "apple" }}, passkey.ReasonVerify},
		"PG-11 u2f without members":     {nil, []bend{func(m *message) { m.format = "fido-u2f" }}, passkey.ReasonVerify},
		"PG-11 android without members": {nil, []bend{func(m *message) { m.format = "android-key" }}, passkey.ReasonVerify},

		"PG-12 id of 1024 bytes": {func(d *device) { d.id = make([]byte, 1024) }, nil, passkey.ReasonMalformed},
		"PG-12 id of 15 bytes":   {func(d *device) { d.id = make([]byte, 15) }, nil, passkey.ReasonMalformed},
	} {
		t.Run(name, func(t *testing.T) {
			b, d := open(t), newDevice(t)
			if tc.device != nil {
				tc.device(d)
			}
			c := b.beginCreate(t, b.account)
			_, err := b.finishCreate(c, d.create(t, c.PublicKey, tc.bends...))
			refused(t, err, tc.reason)
			if held := b.stored(t, b.account); len(held) != 0 {
				t.Errorf("stored %v", held)
			}
			_, err = b.finishCreate(c, newDevice(t).create(t, c.PublicKey))
			refused(t, err, passkey.ReasonChallenge)
		})
	}
}

// change edits a string member of the client data.
func change(name string, f func(string) string) bend {
	return func(m *message) { client(name, f(m.clientData[name].(string)))(m) }
}

func rawClient(f func(string) string) bend {
	return func(m *message) { m.rawClientData = []byte(f(string(m.client()))) }
}

func objectOf(m *message) map[string]any {
	return map[string]any{"fmt": m.format, "attStmt": m.statement, "authData": m.authenticatorData()}
}

func without(name string) bend {
	return func(m *message) { m.object = objectOf(m); delete(m.object, name) }
}

func member(name string, value any) bend {
	return func(m *message) { m.object = objectOf(m); m.object[name] = value }
}

func bendObject(f func([]byte) []byte) bend {
	return func(m *message) { m.rawObject = f(encode(objectOf(m))) }
}

func smallOrder(t *testing.T) []byte {
	t.Helper()
	raw, err := hex.DecodeString("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85")
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// PG-09, PG-12, PG-10: what must be accepted.
func TestRegistrationAccepts(t *testing.T) {
	rsaKey, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	_, edKey, _ := ed25519.GenerateKey(rand.Reader)
	for name, tc := range map[string]struct {
		device func(*device)
		bends  []bend
	}{
		"PG-09 ES256":                            {nil, nil},
		"PG-09 EdDSA":                            {func(d *device) { d.key = edKey }, nil},
		"PG-09 RS256":                            {func(d *device) { d.key = rsaKey }, nil},
		"PG-12 id of 1023 bytes":                 {func(d *device) { d.id = slices.Repeat([]byte{7}, 1023) }, nil},
		"PG-08 backed up":                        {func(d *device) { d.flags |= be | bs }, nil},
		"unknown client data members":            {nil, []bend{client("new_keys_may_be_added_here", "x"), client("extra", map[string]any{"a": 1})}},
		"client data without crossOrigin":        {nil, []bend{client("crossOrigin", nil)}},
		"outputs of extensions nobody asked for": {nil, []bend{inAnswer("clientExtensionResults", map[string]any{"prf": map[string]any{"enabled": true}, "credProps": map[string]any{"rk": true}})}},
		"authenticator extension data":           {nil, []bend{flags(up | uv | at | ed), func(m *message) { m.trailing = encode(map[string]any{"credProtect": 3}) }}},
		"odd transports":                         {nil, []bend{inResponse("transports", []string{"hybrid", "hybrid", "X Y", "", "internal"})}},
	} {
		t.Run(name, func(t *testing.T) {
			b, d := open(t), newDevice(t)
			if tc.device != nil {
				tc.device(d)
			}
			c := b.beginCreate(t, b.account)
			p, err := b.finishCreate(c, d.create(t, c.PublicKey, tc.bends...))
			if err != nil {
				t.Fatal(err, passkey.ReasonOf(err))
			}
			if slices.Contains(p.Transports, "X Y") || len(p.Transports) > 2 {
				t.Errorf("transports %q", p.Transports)
			}
			d.handle = b.account.UserHandle
			c = b.beginGet(t, nil)
			if _, err := b.finishGet(c, d.get(t, c.PublicKey)); err != nil {
				t.Errorf("signing in with it: %v %v", err, passkey.ReasonOf(err))
			}
		})
	}
}

// PG-01: a challenge belongs to one ceremony.
func TestRegistrationChallenge(t *testing.T) {
	ctx := context.Background()
	finish := func(b bench, id string, binding passkey.Binding, account *idp.Account, response []byte) error {
		_, err := b.FinishRegistration(ctx, passkey.Registration{Binding: binding, Account: account, ChallengeID: id, Response: response})
		return err
	}
	t.Run("PG-01 replay", func(t *testing.T) {
		b, d := open(t), newDevice(t)
		c := b.beginCreate(t, b.account)
		response := d.create(t, c.PublicKey)
		if err := finish(b, c.ChallengeID, flow, b.account, response); err != nil {
			t.Fatal(err)
		}
		refused(t, finish(b, c.ChallengeID, flow, b.account, response), passkey.ReasonChallenge)
	})
	t.Run("PG-01 another browser", func(t *testing.T) {
		b := open(t)
		c := b.beginCreate(t, b.account)
		other := passkey.Binding{FlowID: flow.FlowID, BrowserHash: []byte("other")}
		refused(t, finish(b, c.ChallengeID, other, b.account, newDevice(t).create(t, c.PublicKey)), passkey.ReasonChallenge)
	})
	t.Run("PG-01 another interaction", func(t *testing.T) {
		b := open(t)
		c := b.beginCreate(t, b.account)
		other := passkey.Binding{FlowID: "other", BrowserHash: flow.BrowserHash}
		refused(t, finish(b, c.ChallengeID, other, b.account, newDevice(t).create(t, c.PublicKey)), passkey.ReasonChallenge)
	})
	t.Run("PG-01 another account", func(t *testing.T) {
		b := open(t)
		other, _ := authntest.Account(t, b.store, b.clock.Now(), "87654321")
		c := b.beginCreate(t, b.account)
		refused(t, finish(b, c.ChallengeID, flow, other, newDevice(t).create(t, c.PublicKey)), passkey.ReasonChallenge)
	})
	t.Run("PG-01 challenge of an authentication", func(t *testing.T) {
		b := open(t)
		c := b.beginGet(t, nil)
		refused(t, finish(b, c.ChallengeID, flow, b.account, newDevice(t).create(t, c.PublicKey)), passkey.ReasonChallenge)
	})
	t.Run("PG-01 challenge of another ceremony of the flow", func(t *testing.T) {
		b := open(t)
		one, two := b.beginCreate(t, b.account), b.beginCreate(t, b.account)
		refused(t, finish(b, one.ChallengeID, flow, b.account, newDevice(t).create(t, two.PublicKey)), passkey.ReasonClientData)
	})
	t.Run("PG-01 too late", func(t *testing.T) {
		b := open(t)
		c := b.beginCreate(t, b.account)
		b.clock.Add(5 * time.Minute)
		if err := finish(b, c.ChallengeID, flow, b.account, newDevice(t).create(t, c.PublicKey)); !errors.Is(err, idp.ErrExpired) {
			t.Error(err)
		}
	})
	t.Run("PA-14 the oldest of too many open ones is gone", func(t *testing.T) {
		b := open(t)
		oldest := b.beginCreate(t, b.account)
		for range 5 {
			b.clock.Add(time.Second)
			b.beginCreate(t, b.account)
		}
		refused(t, finish(b, oldest.ChallengeID, flow, b.account, newDevice(t).create(t, oldest.PublicKey)), passkey.ReasonChallenge)
	})
}

// PG-13, D5: uniqueness and the cap, also when many finish at once, on both databases.
func TestRegistrationRaces(t *testing.T) {
	ctx := context.Background()
	race := func(t *testing.T, b bench, n int, device func(i int) *device) (stored int) {
		ceremonies, bindings := make([]passkey.Ceremony, n), make([]passkey.Binding, n)
		for i := range n {
			bindings[i] = passkey.Binding{FlowID: fmt.Sprint("flow", i), BrowserHash: []byte("browser")}
			var err error
			if ceremonies[i], err = b.BeginRegistration(ctx, b.account, bindings[i]); err != nil {
				t.Fatal(err)
			}
		}
		for _, err := range authntest.Race(n, func(i int) error {
			_, err := b.FinishRegistration(ctx, passkey.Registration{Binding: bindings[i], Account: b.account,
				ChallengeID: ceremonies[i].ChallengeID, Response: device(i).create(t, ceremonies[i].PublicKey)})
			return err
		}) {
			if err == nil {
				stored++
			} else if !errors.Is(err, idp.ErrExists) && !errors.Is(err, idp.ErrTooMany) {
				t.Error(err)
			}
		}
		return stored
	}
	storagetest.Each(t, func(t *testing.T, store *storage.Store) {
		b := openOn(t, store)
		t.Run("PG-13 one credential, fifty finishes", func(t *testing.T) {
			d := newDevice(t)
			if n := race(t, b, 50, func(int) *device { return d }); n != 1 || len(b.stored(t, b.account)) != 1 {
				t.Errorf("%d finishes stored, %d in the table", n, len(b.stored(t, b.account)))
			}
			other, _ := authntest.Account(t, store, b.clock.Now(), "87654321")
			theirs := b
			theirs.account = other
			c := theirs.beginCreate(t, other)
			if _, err := theirs.finishCreate(c, d.create(t, c.PublicKey)); !errors.Is(err, idp.ErrExists) {
				t.Errorf("PG-13: another account: %v", err)
			}
		})
		t.Run("D5 three passkeys, fifty finishes", func(t *testing.T) {
			if n := race(t, b, 50, func(int) *device { return newDevice(t) }); n != 2 || len(b.stored(t, b.account)) != 3 {
				t.Errorf("%d more stored, %d in the table", n, len(b.stored(t, b.account)))
			}
			if _, err := b.BeginRegistration(ctx, b.account, flow); !errors.Is(err, idp.ErrTooMany) {
				t.Errorf("D5: a fourth begins: %v", err)
			}
		})
	})
}

// D9, PG-17: renaming is of one's own.
func TestRename(t *testing.T) {
	b, ctx := open(t), context.Background()
	p := b.register(t, b.account, newDevice(t))
	if err := b.Rename(ctx, b.account.ID, p.ID, " 会社の\tパソコン "); err != nil {
		t.Fatal(err)
	}
	if got := b.stored(t, b.account)[0].Name; got != "会社の パソコン" {
		t.Errorf("D9: %q", got)
	}
	if err := b.Rename(ctx, b.account.ID, p.ID, "\u200b\n"); !errors.Is(err, idp.ErrRejected) {
		t.Errorf("an invisible name: %v", err)
	}
	other, _ := authntest.Account(t, b.store, b.clock.Now(), "87654321")
	if err := b.Rename(ctx, other.ID, p.ID, "x"); !errors.Is(err, idp.ErrNotFound) {
		t.Errorf("PG-17: somebody else's: %v", err)
	}
}

// PA-13, PG-04: configuration that would let in more than the firm's own pages.
func TestOrigins(t *testing.T) {
	for name, tc := range map[string]struct {
		rpID   string
		origin string
		ok     bool
	}{
		"own":                        {rpID, origin, true},
		"below":                      {"aoba.example", origin, true},
		"localhost over http":        {"localhost", "http://localhost:9000", true},
		"PA-13 none":                 {rpID, "", false},
		"PA-13 another domain":       {rpID, "https://evil.example", false},
		"PA-13 look-alike":           {rpID, "https://evil-id.aoba.example", false},
		"PA-13 http":                 {rpID, "http://id.aoba.example", false},
		"PA-13 http below localhost": {"localhost", "http://x.localhost", false},
		"PA-13 path":                 {rpID, origin + "/x", false},
		"PA-13 upper case":           {rpID, "https://ID.aoba.example", false},
		"PA-13 native app":           {rpID, "android:apk-key-hash:x", false},
		"no RP ID":                   {"", "https://", false},
		"address":                    {"127.0.0.1", "https://127.0.0.1", false},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := passkey.New(passkey.Options{RPID: tc.rpID, RPName: "x", Origins: []string{tc.origin}, Now: time.Now})
			if (err == nil) != tc.ok {
				t.Error(err)
			}
		})
	}
}
