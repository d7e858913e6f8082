package mtls_test

import (
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"sekisho/idp"
	"sekisho/idp/idptest"
	"sekisho/idp/mtls"
)

var epoch = time.Date(2026, 4, 1, 9, 0, 0, 0, time.UTC)

// MT-01: a distinguished name matches part by part, as RFC 4514 writes it, and not by how
// it looks.
func TestSubjectDN(t *testing.T) {
	multi := pkix.RDNSequence{
		{{Type: asn1.ObjectIdentifier{2, 5, 4, 6}, Value: "JP"}},
		{{Type: asn1.ObjectIdentifier{2, 5, 4, 11}, Value: "青葉"}, {Type: asn1.ObjectIdentifier{2, 5, 4, 3}, Value: "a+b, c"}},
	}
	raw, err := asn1.Marshal(multi)
	if err != nil {
		t.Fatal(err)
	}
	c := idptest.NewCertificate(t, nil, epoch, func(c *x509.Certificate) { c.RawSubject = raw })
	for dn, want := range map[string]bool{
		`CN=a\+b\, c+OU=青葉,C=JP`:               true,
		`OU=青葉+CN=a\+b\, c,C=JP`:               true,
		`cn=a\2bb\2c c + ou=\e9\9d\92葉 , c=JP`: true,
		`CN=a\+b\, c+OU=青葉,C=jp`:               false,
		`CN=a\+b\, c,OU=青葉,C=JP`:               false,
		`C=JP,CN=a\+b\, c+OU=青葉`:               false,
		`CN=a\+b\, c+OU=青葉`:                    false,
		`CN=a\+b\, c+OU=青葉,C=JP,O=x`:           false,
		`CN=a+b\, c+OU=青葉,C=JP`:                false,
		``:                                     false,
	} {
		if got := mtls.IssuedTo(c.Leaf, &idp.ClientMetadata{TLSSubjectDN: dn}); got != want {
			t.Errorf("%q: %v", dn, got)
		}
	}
	for dn, want := range map[string]bool{
		"CN=x": true, `CN=x\20`: true, "CN=x y , O = z": true, "": false, "CN": false, "CN=": false, "CN=,": false, "XX=y": false, `CN=\`: false,
		`CN=a"b`: false, "CN=#04": false, "CN=a;O=b": false, `CN=\zz`: false,
	} {
		if got := mtls.ValidDN(dn); got != want {
			t.Errorf("ValidDN(%q): %v", dn, got)
		}
	}
}

// MT-01: one registered subject, of one kind; no wildcard, no common name instead.
func TestSubjectAlternativeNames(t *testing.T) {
	uri, _ := url.Parse("https://a.example/x")
	c := idptest.NewCertificate(t, nil, epoch, func(c *x509.Certificate) {
		c.Subject.CommonName = "cn.example"
		c.DNSNames, c.URIs = []string{"A.example", "*.wild.example"}, []*url.URL{uri}
		c.IPAddresses, c.EmailAddresses = []net.IP{net.ParseIP("2001:db8::7"), net.ParseIP("192.0.2.7")}, []string{"Desk@a.example"}
	})
	for name, x := range map[string]struct {
		m    idp.ClientMetadata
		want bool
	}{
		"dns": {idp.ClientMetadata{TLSSANDNS: "a.example"}, true}, "wildcard": {idp.ClientMetadata{TLSSANDNS: "x.wild.example"}, false},
		"common name": {idp.ClientMetadata{TLSSANDNS: "cn.example"}, false}, "uri": {idp.ClientMetadata{TLSSANURI: "https://a.example/x"}, true},
		"another uri": {idp.ClientMetadata{TLSSANURI: "https://a.example/"}, false}, "ip": {idp.ClientMetadata{TLSSANIP: "192.0.2.7"}, true},
		"ip 6": {idp.ClientMetadata{TLSSANIP: "2001:DB8:0::7"}, true}, "another ip": {idp.ClientMetadata{TLSSANIP: "192.0.2.8"}, false}, "no ip": {idp.ClientMetadata{TLSSANIP: "a.example"}, false},
		"email": {idp.ClientMetadata{TLSSANEmail: "Desk@a.example"}, true}, "another email": {idp.ClientMetadata{TLSSANEmail: "desk@a.example"}, false},
		"none registered": {idp.ClientMetadata{}, false}, "two registered": {idp.ClientMetadata{TLSSANDNS: "a.example", TLSSANIP: "192.0.2.7"}, false},
	} {
		if got := mtls.IssuedTo(c.Leaf, &x.m); got != x.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

func TestAuthorities(t *testing.T) {
	ca := idptest.NewAuthority(t, epoch, "CA")
	good := &mtls.Certificate{Leaf: idptest.NewCertificate(t, ca, epoch, nil).Leaf}
	a, err := mtls.ParseAuthorities(ca.PEM())
	if err != nil {
		t.Fatal(err)
	}
	if err := a.Issued(good, epoch); err != nil {
		t.Error(err)
	}
	var nobody *mtls.Authorities
	for name, err := range map[string]error{
		"MT-01 later": a.Issued(good, epoch.Add(25*time.Hour)), "MT-01 earlier": a.Issued(good, epoch.Add(-2*time.Hour)),
		"MT-01 no authority configured": nobody.Issued(good, epoch), "MT-01 the authority itself": a.Issued(&mtls.Certificate{Leaf: ca.Leaf}, epoch),
	} {
		if err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	for _, bundle := range []string{"", "nothing"} {
		if _, err := mtls.ParseAuthorities([]byte(bundle)); err == nil {
			t.Errorf("%q is a bundle", bundle)
		}
	}
	if _, err := mtls.LoadAuthorities("does-not-exist.pem"); err == nil {
		t.Error("a file that is not there")
	}
}

// MT-02: the certificate, or the bare key, of a registration.
func TestRegistered(t *testing.T) {
	own, other := idptest.NewCertificate(t, nil, epoch, nil), idptest.NewCertificate(t, nil, epoch, nil)
	c := &mtls.Certificate{Leaf: own.Leaf}
	for name, x := range map[string]struct {
		set  []jose.JSONWebKey
		at   time.Time
		want bool
	}{
		"the certificate":   {[]jose.JSONWebKey{{Key: own.Leaf.PublicKey, Certificates: []*x509.Certificate{own.Leaf}}}, epoch, true},
		"the key":           {[]jose.JSONWebKey{{Key: other.Leaf.PublicKey}, {Key: own.Leaf.PublicKey}}, epoch, true},
		"another":           {[]jose.JSONWebKey{{Key: other.Leaf.PublicKey}}, epoch, false},
		"nothing":           {nil, epoch, false},
		"its time has gone": {[]jose.JSONWebKey{{Key: own.Leaf.PublicKey}}, epoch.Add(48 * time.Hour), false},
	} {
		if got := mtls.Registered(c, x.set, x.at); got != x.want {
			t.Errorf("MT-02 %s: %v", name, got)
		}
	}
}

// MT-04: handlers see a certificate of the connection or of a trusted proxy, and never a header.
func TestSource(t *testing.T) {
	c, other := idptest.NewCertificate(t, nil, epoch, nil), idptest.NewCertificate(t, nil, epoch, nil)
	trusted := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}
	for name, x := range map[string]struct {
		source mtls.Source
		edit   func(*http.Request)
		want   string
	}{
		"nothing":          {mtls.Source{}, func(*http.Request) {}, ""},
		"the connection":   {mtls.Source{}, func(r *http.Request) { r.TLS = &tls.ConnectionState{PeerCertificates: []*x509.Certificate{c.Leaf}} }, c.X5T()},
		"the proxy":        {mtls.Source{Header: "Client-Cert", Proxies: trusted}, func(r *http.Request) { r.RemoteAddr = "10.1.2.3:9"; r.Header.Set("Client-Cert", c.Header()) }, c.X5T()},
		"MT-04 a stranger": {mtls.Source{Header: "Client-Cert", Proxies: trusted}, func(r *http.Request) { r.Header.Set("Client-Cert", c.Header()) }, ""},
		"MT-04 a forwarder": {mtls.Source{Header: "Client-Cert", Proxies: trusted}, func(r *http.Request) {
			r.Header.Set("X-Forwarded-For", "10.1.2.3")
			r.Header.Set("Client-Cert", c.Header())
		}, ""},
		"MT-04 no address":     {mtls.Source{Header: "Client-Cert", Proxies: trusted}, func(r *http.Request) { r.RemoteAddr = ""; r.Header.Set("Client-Cert", c.Header()) }, ""},
		"MT-04 not configured": {mtls.Source{Proxies: trusted}, func(r *http.Request) { r.RemoteAddr = "10.1.2.3:9"; r.Header.Set("Client-Cert", c.Header()) }, ""},
		"the connection before a header": {mtls.Source{Header: "Client-Cert", Proxies: trusted}, func(r *http.Request) {
			r.RemoteAddr, r.TLS = "192.0.2.1:9", &tls.ConnectionState{PeerCertificates: []*x509.Certificate{c.Leaf}}
			r.Header.Set("Client-Cert", other.Header())
		}, c.X5T()},
	} {
		t.Run(name, func(t *testing.T) {
			r := httptest.NewRequest(http.MethodPost, "/token", nil)
			x.edit(r)
			x.source.Take(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
				got := ""
				if p := mtls.Presented(r.Context()); p != nil {
					got = p.Thumbprint()
				}
				if got != x.want || r.Header.Get("Client-Cert") != "" {
					t.Errorf("presented %q, header %q", got, r.Header.Get("Client-Cert"))
				}
			})).ServeHTTP(httptest.NewRecorder(), r)
		})
	}
}

// IN-07: whatever stands in a header or a registration, reading it ends.
func FuzzCertificateHeader(f *testing.F) {
	c := idptest.NewCertificate(f, nil, epoch, nil)
	f.Add(c.Header(), c.Header())
	f.Add(url.PathEscape(string(c.PEM())), ":AA==:,")
	f.Add(`CN=a\`, "%")
	source := mtls.Source{Header: "Client-Cert", Proxies: []netip.Prefix{netip.MustParsePrefix("0.0.0.0/0")}}
	f.Fuzz(func(t *testing.T, leaf, chain string) {
		r := httptest.NewRequest(http.MethodPost, "/token", nil)
		r.Header["Client-Cert"], r.Header["Client-Cert-Chain"] = []string{leaf}, []string{chain}
		source.Take(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			if p := mtls.Presented(r.Context()); p != nil && p.Leaf == nil {
				t.Error("a certificate without a leaf")
			}
		})).ServeHTTP(httptest.NewRecorder(), r)
		mtls.ValidDN(leaf)
	})
}
