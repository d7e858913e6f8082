package passkey_test

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/hex"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"sekisho/idp/authn/passkey"
)

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
