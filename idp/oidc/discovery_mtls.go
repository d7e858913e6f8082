package oidc

import (
	"fmt"
	"net/url"
	"strings"
)

// mtlsAliases are the addresses at which clients present certificates: the same endpoints
// on another origin, so that no browser is ever asked for a certificate at the issuer's
// (RFC 8705 5; MT-05).
func (f DiscoveryFacts) mtlsAliases() map[string]string {
	if f.MutualTLS == "" {
		return nil
	}
	aliases := map[string]string{}
	for name, endpoint := range map[string]string{
		"token_endpoint": f.Token, "userinfo_endpoint": f.UserInfo, "introspection_endpoint": f.Introspection, "revocation_endpoint": f.Revocation,
		"pushed_authorization_request_endpoint": f.PushedRequests, "device_authorization_endpoint": f.Device,
		"sekisho_redemption_endpoint": f.Redemption,
	} {
		if path, ok := strings.CutPrefix(endpoint, f.Issuer); ok && endpoint != "" {
			aliases[name] = f.MutualTLS + path
		}
	}
	return aliases
}

func (f DiscoveryFacts) checkMutualTLS() error {
	if f.MutualTLS == "" {
		return nil
	}
	u, err := url.Parse(f.MutualTLS)
	if err != nil || u.Scheme != "https" || u.Host == "" || u.Path != "" || f.MutualTLS == f.Issuer {
		return fmt.Errorf("discovery: the origin for client certificates is not an https origin of its own")
	}
	return nil
}
