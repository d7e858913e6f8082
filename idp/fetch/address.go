package fetch

import "net/netip"

// special lists what no registered address may lead to (IANA special-purpose registries,
// RFC 6890), beside what netip classifies by itself.
var special = prefixes(
	"0.0.0.0/8",                                         // this network
	"100.64.0.0/10",                                     // carrier-grade NAT; some clouds' metadata
	"168.63.129.16/32",                                  // Azure's host service: a public address in form only
	"192.0.0.0/24",                                      // protocol assignments; Oracle's metadata
	"192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", // documentation
	"192.88.99.0/24", // 6to4 relays
	"198.18.0.0/15",  // benchmarks
	"240.0.0.0/4",    // reserved, broadcast
	// IPv6: only 2000::/3 is global unicast; inside it these are not.
	"2001::/23",     // protocol assignments, Teredo
	"2001:db8::/32", // documentation
	"2002::/16",     // 6to4: embeds any IPv4 address
	"3fff::/20",     // documentation
)

var globalUnicast6 = netip.MustParsePrefix("2000::/3")

func prefixes(list ...string) []netip.Prefix {
	out := make([]netip.Prefix, len(list))
	for i, s := range list {
		out[i] = netip.MustParsePrefix(s)
	}
	return out
}

// Public reports whether an address is an ordinary one of the public Internet (IN-04).
// An IPv4 address mapped into IPv6 is judged as the IPv4 address; other embeddings
// (NAT64, 6to4, Teredo, IPv4-compatible) are never public.
func Public(a netip.Addr) bool {
	if !a.IsValid() || a.Zone() != "" {
		return false
	}
	a = a.Unmap()
	if a.IsUnspecified() || a.IsLoopback() || a.IsPrivate() || a.IsLinkLocalUnicast() || a.IsMulticast() {
		return false
	}
	if a.Is6() && !globalUnicast6.Contains(a) {
		return false
	}
	for _, p := range special {
		if p.Contains(a) {
			return false
		}
	}
	return true
}
