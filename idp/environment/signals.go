package environment

import (
	"net/http"
	"net/netip"
	"strings"

	"sekisho/idp/session"
)

// Signals are what a request says of its browser, made coarse.
type Signals struct {
	Browser, Platform string // "" when the browser says nothing that is understood
	Network           string // IPv4 /24 or IPv6 /48; "" without an address
	Language          string
}

// SignalsOf reads a request that came from this address.
func SignalsOf(r *http.Request, ip string) Signals {
	browser, platform := session.Family(r.UserAgent())
	return Signals{Browser: browser, Platform: platform, Network: network(ip), Language: language(r.Header.Get("Accept-Language"))}
}

func network(ip string) string {
	address, err := netip.ParseAddr(ip)
	if err != nil {
		return ""
	}
	address = address.Unmap().WithZone("")
	bits := 48
	if address.Is4() {
		bits = 24
	}
	prefix, err := address.Prefix(bits)
	if err != nil {
		return ""
	}
	return prefix.String()
}

// language is the primary subtag of the language named first (RFC 9110 section 12.5.4).
func language(accept string) string {
	first, _, _ := strings.Cut(accept, ",")
	first, _, _ = strings.Cut(first, ";")
	first, _, _ = strings.Cut(strings.TrimSpace(first), "-")
	if len(first) > 8 {
		return ""
	}
	return strings.ToLower(first)
}
