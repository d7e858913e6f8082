package config

import (
	"net/netip"
	"strings"
)

// MTLS says where clients present certificates.
type MTLS struct {
	Origin      string `koanf:"origin" doc:"Public origin of the endpoints that take client certificates, such as https://mtls.login.example.co.jp. It is not the issuer's. Empty: no client certificates."`
	Addr        string `koanf:"addr" validate:"omitempty,listen" doc:"Address and port of a listener that asks for client certificates, where TLS ends at the provider. It uses the certificate of listen.tls unless mtls.tls names one."`
	TLS         TLS    `koanf:"tls" doc:"Certificate of that listener."`
	CAFile      string `koanf:"ca_file" doc:"PEM file of the authorities that issue certificates for tls_client_auth. Empty: only self_signed_tls_client_auth and certificate-bound tokens."`
	ProxyHeader string `koanf:"proxy_header" doc:"Header in which a trusted proxy that ends TLS passes the client's certificate on: Client-Cert (RFC 9440), or any with PEM in percent-encoding. The proxy must replace what clients send under that name. Empty: no header is believed."`
}

// Enabled reports whether clients can present certificates at all.
func (m MTLS) Enabled() bool { return m.Origin != "" }

// Certificate is the pair the listener shows.
func (l Listen) mtlsCertificate() TLS {
	if l.MTLS.TLS.Enabled() {
		return l.MTLS.TLS
	}
	return l.TLS
}

// MTLSCertificate is the certificate of the listener that asks for client certificates.
func (c *Config) MTLSCertificate() TLS { return c.Listen.mtlsCertificate() }

func (c *Config) checkMTLS() (problems Problems) {
	m := c.Listen.MTLS
	if !m.Enabled() {
		if m != (MTLS{}) {
			problems.add("listen.mtls.origin", "is missing although other keys of listen.mtls are set", "write the origin of the addresses for client certificates")
		}
		return problems
	}
	u, err := origin(m.Origin)
	issuer, _ := origin(c.Issuer)
	switch {
	case err != nil || u.Scheme != "https":
		problems.add("listen.mtls.origin", "is no https origin", "write one such as https://mtls.login.example.co.jp, without a slash at its end")
	case issuer != nil && issuer.Host == u.Host:
		problems.add("listen.mtls.origin", "is the issuer's: browsers would be asked for certificates", "use another host name or port")
	}
	if m.Addr == "" && m.ProxyHeader == "" {
		problems.add("listen.mtls", "has neither addr nor proxy_header: no certificate could arrive", "name a listener, or the header of a trusted proxy")
	}
	t := c.MTLSCertificate()
	switch {
	case m.Addr == "":
	case t.CertFile == "" || t.KeyFile == "":
		problems.add("listen.mtls.tls", "has no certificate for the listener", "name cert_file and key_file here or under listen.tls")
	case m.Addr == c.Listen.Addr || m.Addr == c.Operations.Addr || m.Addr == c.Listen.RedirectAddr:
		problems.add("listen.mtls.addr", "is another listener's", "choose another port")
	}
	return append(problems, checkProxyHeader(m.ProxyHeader, c.Listen.TrustedProxies)...)
}

func checkProxyHeader(name string, proxies []netip.Prefix) (problems Problems) {
	switch {
	case name == "":
	case len(proxies) == 0:
		problems.add("listen.mtls.proxy_header", "is set although no proxy is trusted", "name the proxies under listen.trusted_proxies")
	case strings.Trim(strings.ToLower(name), "abcdefghijklmnopqrstuvwxyz0123456789-") != "":
		problems.add("listen.mtls.proxy_header", "is no name of a header", "write one such as Client-Cert")
	}
	return problems
}
