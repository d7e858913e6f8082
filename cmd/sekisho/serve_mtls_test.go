package main

import (
	"crypto/tls"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"sekisho/idp/idptest"
)

// MT-02, MT-03, MT-05: the program's own listener asks for certificates, and the public
// one does not.
func TestServeMutualTLS(t *testing.T) {
	d := newDesk(t)
	server := d.certificate()
	mutual := address(t)
	own := idptest.NewCertificate(t, nil, time.Now(), nil)
	origin := "https://" + strings.Replace(mutual, "127.0.0.1", "localhost", 1)
	s := d.serve("sekisho.yaml", "issuer: http://localhost:9000", "issuer: https://id.example",
		"listen: {", "listen: {tls: {cert_file: cert.pem, key_file: key.pem}, mtls: {origin: '"+origin+"', addr: '"+mutual+"'}, ")
	file := d.write("client.json", `{"sekisho_profile": "fapi2", "token_endpoint_auth_method": "self_signed_tls_client_auth", "grant_types": ["client_credentials"],
		"tls_client_certificate_bound_access_tokens": true, "sekisho_resources": ["https://api.example"], "jwks": `+string(own.JWKS(t))+`}`)
	var added struct {
		ID string `json:"client_id"`
	}
	d.json(&added, "client", "add", "--id", "machine", "-f", file)

	for name, c := range map[string]struct {
		by   *idptest.Certificate
		want int
	}{"its own": {own, 200}, "another": {idptest.NewCertificate(t, nil, time.Now(), nil), 401}, "none": {nil, 401}} {
		settings := trusting(server)
		if c.by != nil {
			settings.Certificates = []tls.Certificate{{Certificate: [][]byte{c.by.Leaf.Raw}, PrivateKey: c.by.Key}}
		}
		client := &http.Client{Transport: &http.Transport{TLSClientConfig: settings, ForceAttemptHTTP2: true}}
		resp, err := client.PostForm(origin+"/token", url.Values{"grant_type": {"client_credentials"}, "client_id": {"machine"}})
		if err != nil {
			t.Fatal(err)
		}
		a := idptest.Read(t, resp)
		client.CloseIdleConnections()
		if a.Status != c.want {
			t.Errorf("%s: %d %s", name, a.Status, a.Body)
		}
		if cnf, _ := claimsOf(t, a)["cnf"].(map[string]any); c.want == 200 && cnf["x5t#S256"] != own.X5T() {
			t.Errorf("MT-03: cnf %v", cnf)
		}
	}
	for addr, want := range map[string]bool{s.public: false, mutual: true} {
		asked := false
		settings := trusting(server)
		settings.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
			asked = true
			return &tls.Certificate{}, nil
		}
		conn, err := tls.Dial("tcp", addr, settings)
		if err != nil {
			t.Fatal(err)
		}
		conn.Close()
		if asked != want {
			t.Errorf("MT-05: %s asks for a certificate: %v", addr, asked)
		}
	}
}

func claimsOf(t *testing.T, a idptest.Answer) map[string]any {
	t.Helper()
	if a.Status != http.StatusOK {
		return nil
	}
	return idptest.Claims(t, a.String("access_token"))
}
