package httpsafe

import (
	"context"
	"net/http"
	"net/netip"
	"strings"
)

type clientAddressKey struct{}

// maxHops bounds how much of X-Forwarded-For is read, from the right.
const maxHops = 32

// WithClientAddress finds out whose request it is. X-Forwarded-For counts only when the
// connection comes from a trusted proxy; then the right-most address that is not itself
// a trusted proxy is the client, since everything to its left was written by strangers
// (IN-08). Forwarded, X-Forwarded-Host and X-Forwarded-Proto are never read: the issuer
// is configured, not guessed.
func WithClientAddress(trusted []netip.Prefix) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			address := clientAddress(r, trusted)
			next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), clientAddressKey{}, address)))
		})
	}
}

// ClientAddress is the client's address, without zone or port; invalid outside a request.
func ClientAddress(ctx context.Context) netip.Addr {
	address, _ := ctx.Value(clientAddressKey{}).(netip.Addr)
	return address
}

// ClientIP is ClientAddress as text, "" when unknown.
func ClientIP(r *http.Request) string {
	if a := ClientAddress(r.Context()); a.IsValid() {
		return a.String()
	}
	return ""
}

func clientAddress(r *http.Request, trusted []netip.Prefix) netip.Addr {
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return netip.Addr{}
	}
	address := peer.Addr().Unmap().WithZone("")
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for i := len(hops) - 1; i >= 0 && i >= len(hops)-maxHops && contains(trusted, address); i-- {
		next, ok := parseHop(hops[i])
		if !ok {
			break // the proxy nearest to us wrote something else: stop at what is certain
		}
		address = next
	}
	return address
}

// parseHop reads an address, with a port where a proxy adds one.
func parseHop(hop string) (netip.Addr, bool) {
	hop = strings.TrimSpace(hop)
	if a, err := netip.ParseAddr(strings.Trim(hop, "[]")); err == nil {
		return a.Unmap().WithZone(""), true
	}
	if p, err := netip.ParseAddrPort(hop); err == nil {
		return p.Addr().Unmap().WithZone(""), true
	}
	return netip.Addr{}, false
}

func contains(prefixes []netip.Prefix, a netip.Addr) bool {
	for _, p := range prefixes {
		if p.Contains(a) {
			return true
		}
	}
	return false
}
