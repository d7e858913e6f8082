package idptest

import (
	"net/http"
	"net/netip"
	"strings"

	"sekisho/config"
)

// HTTPSIssuer is the issuer of providers made with Options.Edit set to BehindProxy.
const HTTPSIssuer = "https://id.example"

// BehindProxy makes a provider whose issuer is https and whose TLS ends at a proxy on the
// same machine.
func BehindProxy(c *config.Config) {
	c.Issuer = HTTPSIssuer
	c.Passkey.RPID, c.Passkey.Origins = "id.example", []string{HTTPSIssuer}
	c.Listen.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32"), netip.MustParsePrefix("::1/128")}
}

// ViaProxy is a browser with an address of its own in front of that proxy. forwarded is
// what the browser itself claims in X-Forwarded-For, "" for nothing.
func (p *Provider) ViaProxy(address, forwarded string) *Browser {
	b := p.NewBrowser()
	b.Origin = p.Config.Issuer
	b.Client.Transport = &proxy{listener: strings.TrimPrefix(p.URL, "http://"), address: address, forwarded: forwarded}
	return b
}

// proxy ends TLS: it takes requests for the https issuer and passes them on in the clear.
type proxy struct{ listener, address, forwarded string }

func (x *proxy) RoundTrip(r *http.Request) (*http.Response, error) {
	out := r.Clone(r.Context())
	if out.Host == "" {
		out.Host = r.URL.Host
	}
	out.URL.Scheme, out.URL.Host = "http", x.listener
	chain := x.address
	if x.forwarded != "" {
		chain = x.forwarded + ", " + x.address
	}
	out.Header.Set("X-Forwarded-For", chain)
	resp, err := http.DefaultTransport.RoundTrip(out)
	if resp != nil {
		resp.Request = r
	}
	return resp, err
}
