package config

import (
	"fmt"
	"net/url"
	"slices"
)

// checkFormerIssuers holds the earlier origins of a provider that moved (B11).
func (c *Config) checkFormerIssuers() (problems Problems) {
	for i, o := range c.FormerIssuers {
		key := fmt.Sprintf("former_issuers.%d", i)
		u, err := origin(o)
		switch {
		case err != nil:
			problems.add(key, fmt.Sprintf("%q %v", o, err), "write an origin such as https://login.example.co.jp, without a slash at its end")
		case o == c.Issuer:
			problems.add(key, "is the issuer itself", "list earlier ones only")
		case u.Scheme == "http" && !loopback(u.Hostname()):
			problems.add(key, "is http outside this machine", "list https origins only")
		}
	}
	return problems
}

// movedAway reports whether the passkeys belong to the domain of a former issuer, which
// browsers let the issuer use as a related origin.
func (c *Config) movedAway() bool {
	return slices.Contains(c.Passkey.RelatedOrigins, c.Issuer) && slices.ContainsFunc(c.FormerIssuers, func(o string) bool {
		u, err := url.Parse(o)
		return err == nil && within(u.Hostname(), c.Passkey.RPID)
	})
}
