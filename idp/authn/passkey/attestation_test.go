package passkey_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/hex"
	"math/big"
	"strings"
	"testing"
	"time"

	"sekisho/idp/authn/passkey"
)

const model = "7d2afadd-bf6b-44a2-a66b-e831fceb8eff"

// maker is an authenticator vendor with its own root.
type maker struct {
	root *x509.Certificate
	key  *ecdsa.PrivateKey
}

func newMaker(t *testing.T) maker {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "Root"}, NotBefore: time.Unix(0, 0),
		NotAfter: time.Date(2100, 1, 1, 0, 0, 0, 0, time.UTC), IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	root, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return maker{root, key}
}

// leaf makes an attestation certificate of WebAuthn 8.2.1 and the device that signs by it.
func (m maker) leaf(t *testing.T, change func(*x509.Certificate)) (*device, []byte) {
	t.Helper()
	aaguid, err := hex.DecodeString(strings.ReplaceAll(model, "-", ""))
	if err != nil {
		t.Fatal(err)
	}
	value, err := asn1.Marshal(aaguid)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(2), NotBefore: time.Unix(0, 0), NotAfter: time.Date(2100, 1, 1, 0, 0, 0, 0, time.UTC), BasicConstraintsValid: true,
		Subject:         pkix.Name{Country: []string{"JP"}, Organization: []string{"Maker"}, OrganizationalUnit: []string{"Authenticator Attestation"}, CommonName: "Model"},
		ExtraExtensions: []pkix.Extension{{Id: asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 45724, 1, 1, 4}, Value: value}},
	}
	if change != nil {
		change(template)
	}
	signer := newDevice(t)
	der, err := x509.CreateCertificate(rand.Reader, template, m.root, signer.key.Public(), m.key)
	if err != nil {
		t.Fatal(err)
	}
	return signer, der
}

// PG-11, PG-08: attestation is asked for and believed only where the firm's policy names
// the model and its roots; a broken statement is refused either way.
func TestHardware(t *testing.T) {
	good := newMaker(t)
	trusting := func(o *passkey.Options) {
		pool := x509.NewCertPool()
		pool.AddCert(good.root)
		o.Hardware = map[string]*x509.CertPool{model: pool}
	}
	for name, tc := range map[string]struct {
		policy   bool
		maker    maker
		leaf     func(*x509.Certificate)
		device   func(*device)
		bends    []bend
		attested bool
		refused  bool
	}{
		"PG-11 trusted model":                   {policy: true, maker: good, attested: true},
		"PG-11 no policy":                       {maker: good},
		"PG-11 another root":                    {policy: true, maker: newMaker(t)},
		"PG-11 expired leaf":                    {policy: true, maker: good, leaf: func(c *x509.Certificate) { c.NotAfter = time.Unix(1, 0) }, refused: true},
		"PG-11 leaf is a CA":                    {policy: true, maker: good, leaf: func(c *x509.Certificate) { c.IsCA = true }, refused: true},
		"PG-11 leaf for another model":          {policy: true, maker: good, device: func(d *device) { d.aaguid = make([]byte, 16) }, refused: true},
		"PG-11 signature by another key":        {policy: true, maker: good, bends: []bend{func(m *message) { m.statement.(map[string]any)["sig"] = newDevice(t).sign([]byte("x")) }}, refused: true},
		"PG-08 a synced passkey is no hardware": {policy: true, maker: good, device: func(d *device) { d.flags |= be }},
	} {
		t.Run(name, func(t *testing.T) {
			var b bench
			if tc.policy {
				b = open(t, trusting)
			} else {
				b = open(t)
			}
			d := newDevice(t)
			d.aaguid, _ = hex.DecodeString(strings.ReplaceAll(model, "-", ""))
			if tc.device != nil {
				tc.device(d)
			}
			signer, leaf := tc.maker.leaf(t, tc.leaf)
			c := b.beginCreate(t, b.account)
			if want := strings.Contains(string(c.PublicKey), `"attestation":"direct"`); want != tc.policy {
				t.Errorf("options %s", c.PublicKey)
			}
			p, err := b.finishCreate(c, d.create(t, c.PublicKey, append([]bend{d.packed(signer, leaf)}, tc.bends...)...))
			if tc.refused {
				refused(t, err, passkey.ReasonVerify)
				return
			}
			if err != nil {
				t.Fatal(err, passkey.ReasonOf(err))
			}
			if p.Attested != tc.attested || p.AttestationType != "basic_full" {
				t.Errorf("attested %v by %q, want %v", p.Attested, p.AttestationType, tc.attested)
			}
			d.handle = b.account.UserHandle
			c = b.beginGet(t, nil)
			a, err := b.finishGet(c, d.get(t, c.PublicKey))
			if err != nil || a.Event.HardwareAttested != tc.attested {
				t.Errorf("event %+v, %v", a.Event, err)
			}
		})
	}
	t.Run("PG-11 self attestation is verified", func(t *testing.T) {
		b, d := open(t, trusting), newDevice(t)
		d.aaguid, _ = hex.DecodeString(strings.ReplaceAll(model, "-", ""))
		c := b.beginCreate(t, b.account)
		_, err := b.finishCreate(c, d.create(t, c.PublicKey, d.packed(newDevice(t))))
		refused(t, err, passkey.ReasonVerify)
		c = b.beginCreate(t, b.account)
		p, err := b.finishCreate(c, d.create(t, c.PublicKey, d.packed(d)))
		if err != nil || p.Attested {
			t.Errorf("PG-11: %+v, %v", p, err)
		}
	})
}

// Names of providers are labels only.
func TestProviderName(t *testing.T) {
	aaguid, _ := hex.DecodeString("ea9b8d664d011d213ce4b6b48cb575d4")
	for in, want := range map[string]string{
		string(aaguid): "Google Password Manager", string(make([]byte, 16)): "", "": "", "short": "",
	} {
		if got := passkey.ProviderName([]byte(in)); got != want {
			t.Errorf("ProviderName(%x) = %q, want %q", in, got, want)
		}
	}
}
