package mtls

import (
	"net/http"
	"net/netip"
)

// forwarded are the headers in which proxies pass certificates on, besides a configured
// one. None of them ever reaches a handler.
var forwarded = []string{
	"Client-Cert", "Client-Cert-Chain", "X-Client-Cert", "X-Forwarded-Client-Cert", "X-Ssl-Client-Cert", "X-Ssl-Cert", "Ssl-Client-Cert", "X-Amzn-Mtls-Clientcert",
}

// Source says where certificates come from.
type Source struct {
	// Header in which a proxy passes the certificate on; "" when TLS ends here.
	Header string
	// Proxies whose header is believed.
	Proxies []netip.Prefix
}

// Take puts the request's certificate where Presented finds it, and takes certificate
// headers off the request whoever sent them (MT-04). A header that is malformed, was sent
// twice or by somebody else is no certificate.
func (s Source) Take(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		certificate := s.of(r)
		r.Header = r.Header.Clone()
		Strip(r.Header, s.Header)
		if certificate != nil {
			r = r.WithContext(WithCertificate(r.Context(), certificate))
		}
		next.ServeHTTP(w, r)
	})
}

// Strip takes certificate headers off a request; more names one besides the usual ones.
func Strip(h http.Header, more string) {
	for _, name := range forwarded {
		h.Del(name)
	}
	h.Del(more)
}

func (s Source) of(r *http.Request) *Certificate {
	if r.TLS != nil && len(r.TLS.PeerCertificates) > 0 {
		return &Certificate{Leaf: r.TLS.PeerCertificates[0], Chain: r.TLS.PeerCertificates[1:]}
	}
	if s.Header == "" || !s.trusts(r.RemoteAddr) {
		return nil
	}
	return fromHeaders(r.Header.Values(s.Header), r.Header.Values(s.Header+"-Chain"))
}

// trusts looks at the other end of the connection, not at what it says of itself.
func (s Source) trusts(remote string) bool {
	peer, err := netip.ParseAddrPort(remote)
	if err != nil {
		return false
	}
	for _, p := range s.Proxies {
		if p.Contains(peer.Addr().Unmap().WithZone("")) {
			return true
		}
	}
	return false
}
