package config

import (
	"net/netip"
	"slices"
	"strings"
	"testing"
)

// mutual sets up a listener for client certificates and then spoils it.
func mutual(edit func(*MTLS, *Config)) func(*Config) {
	return func(c *Config) {
		c.Listen.MTLS = MTLS{Origin: "https://mtls.aoba-sec.co.jp", Addr: ":9443", TLS: TLS{"cert.pem", "key.pem"}}
		c.Listen.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}
		edit(&c.Listen.MTLS, c)
	}
}

func TestMutualTLSConfiguration(t *testing.T) {
	for name, edit := range map[string]func(*MTLS, *Config){
		"a listener": func(*MTLS, *Config) {}, "a proxy": func(m *MTLS, _ *Config) { m.Addr, m.TLS, m.ProxyHeader = "", TLS{}, "Client-Cert" },
		"the certificate of the public listener": func(m *MTLS, c *Config) { m.TLS, c.Listen.TLS = TLS{}, TLS{"a.pem", "b.pem"} },
		"off":                                    func(m *MTLS, _ *Config) { *m = MTLS{} },
	} {
		c := ready()
		mutual(edit)(c)
		if err := c.Validate(); err != nil {
			t.Errorf("MT-05 %s: %v", name, err)
		}
	}
}

func TestMutualTLSMistakes(t *testing.T) {
	for name, x := range map[string]struct {
		change func(*Config)
		key    string
	}{
		"certificates at the issuer's": {mutual(func(m *MTLS, c *Config) { m.Origin = c.Issuer }), "listen.mtls.origin"},
		"certificates over http":       {mutual(func(m *MTLS, _ *Config) { m.Origin = "http://mtls.aoba-sec.co.jp" }), "listen.mtls.origin"},
		"certificates at no origin":    {mutual(func(m *MTLS, _ *Config) { m.Origin = "" }), "listen.mtls.origin"},
		"certificates from nowhere":    {mutual(func(m *MTLS, _ *Config) { m.Addr = "" }), "listen.mtls"},
		"certificates without TLS":     {mutual(func(m *MTLS, c *Config) { m.TLS, c.Listen.TLS = TLS{}, TLS{} }), "listen.mtls.tls"},
		"certificates on a taken port": {mutual(func(m *MTLS, c *Config) { m.Addr = c.Listen.Addr }), "listen.mtls.addr"},
		"certificates from anybody":    {mutual(func(m *MTLS, c *Config) { m.ProxyHeader, c.Listen.TrustedProxies = "Client-Cert", nil }), "listen.mtls.proxy_header"},
		"certificates in no header":    {mutual(func(m *MTLS, _ *Config) { m.ProxyHeader = "Client Cert" }), "listen.mtls.proxy_header"},
		"nonces at times":              {func(c *Config) { c.Tokens.DPoPNonce = "sometimes" }, "tokens.dpop_nonce"},
	} {
		c := ready()
		x.change(c)
		err := c.Validate()
		if err == nil || !slices.ContainsFunc(strings.Split(err.Error(), "\n"), func(line string) bool { return strings.Contains(line, x.key) }) {
			t.Errorf("%s: %v, want a problem of %s", name, err, x.key)
		}
	}
}
