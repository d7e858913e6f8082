package passkey_test

import (
	"context"
	"crypto/ed25519"
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
