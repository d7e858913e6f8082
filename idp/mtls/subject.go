package mtls

import (
	"crypto/x509"
	"net/netip"
	"slices"
	"strings"

	"sekisho/idp"
)

// subjects are the five ways of registering whom a certificate must be issued to (RFC 8705
// 2.1.2). Each has the registered value and whether a certificate is for it.
func subjects(m *idp.ClientMetadata) []struct {
	value   string
	matches func(*x509.Certificate, string) bool
} {
	return []struct {
		value   string
		matches func(*x509.Certificate, string) bool
	}{
		{m.TLSSubjectDN, func(c *x509.Certificate, dn string) bool { return sameDN(c.RawSubject, dn) }},
		{m.TLSSANDNS, hasDNS}, {m.TLSSANURI, hasURI}, {m.TLSSANIP, hasIP},
		{m.TLSSANEmail, func(c *x509.Certificate, address string) bool { return slices.Contains(c.EmailAddresses, address) }},
	}
}

// IssuedTo reports whether a certificate is for the one subject the client is registered
// with. A client registered with none, or several, has no certificate.
func IssuedTo(c *x509.Certificate, m *idp.ClientMetadata) bool {
	registered, matched := 0, false
	for _, s := range subjects(m) {
		if s.value != "" {
			registered++
			matched = s.matches(c, s.value)
		}
	}
	return registered == 1 && matched
}

// hasDNS knows no wildcards: a certificate for many hosts is none for one client.
func hasDNS(c *x509.Certificate, host string) bool {
	return slices.ContainsFunc(c.DNSNames, func(name string) bool { return strings.EqualFold(name, host) })
}

func hasURI(c *x509.Certificate, uri string) bool {
	for _, u := range c.URIs {
		if u.String() == uri {
			return true
		}
	}
	return false
}

func hasIP(c *x509.Certificate, text string) bool {
	want, err := netip.ParseAddr(text)
	if err != nil {
		return false
	}
	for _, ip := range c.IPAddresses {
		if a, ok := netip.AddrFromSlice(ip); ok && a.Unmap() == want.Unmap() {
			return true
		}
	}
	return false
}
