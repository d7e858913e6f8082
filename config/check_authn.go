package config

import (
	"fmt"
	"net"
	"regexp"
	"slices"
	"strings"

	"golang.org/x/net/publicsuffix"
)

// checkPasskey holds the relying party ID against the origins (WebAuthn L3 section 5.1.2:
// the ID is the origin's host or a registrable domain above it).
func (c *Config) checkPasskey() (problems Problems) {
	p := c.Passkey
	issuer, err := origin(c.Issuer)
	if err != nil {
		return nil // said already
	}
	suffix, _ := publicsuffix.PublicSuffix(p.RPID)
	switch {
	case p.RPID != strings.ToLower(p.RPID) || strings.ContainsAny(p.RPID, ":/ ") || net.ParseIP(p.RPID) != nil:
		problems.add("passkey.rp_id", fmt.Sprintf("%q is no domain name", p.RPID), "write a lower-case host name without scheme or port")
	case !within(issuer.Hostname(), p.RPID) && !c.movedAway():
		problems.add("passkey.rp_id", fmt.Sprintf("%q does not contain the issuer's host", p.RPID), "write "+issuer.Hostname()+" or a domain above it")
	case p.RPID != "localhost" && suffix == p.RPID:
		problems.add("passkey.rp_id", fmt.Sprintf("%q is a public suffix: passkeys would belong to everybody below it", p.RPID), "write the firm's own domain")
	}
	if !slices.Contains(p.Origins, c.Issuer) {
		problems.add("passkey.origins", "leaves the issuer out", "list "+c.Issuer+" too, or leave origins empty")
	}
	for i, o := range p.Origins {
		problems = append(problems, c.checkOrigin(fmt.Sprintf("passkey.origins.%d", i), o)...)
		if u, err := origin(o); err == nil && !within(u.Hostname(), p.RPID) && !slices.Contains(p.RelatedOrigins, o) {
			problems.add(fmt.Sprintf("passkey.origins.%d", i), fmt.Sprintf("%s is outside of %s", o, p.RPID), "list it under related_origins as well")
		}
	}
	for i, o := range p.RelatedOrigins {
		problems = append(problems, c.checkOrigin(fmt.Sprintf("passkey.related_origins.%d", i), o)...)
	}
	for i, o := range p.AndroidOrigins {
		if !androidOrigin.MatchString(o) {
			problems.add(fmt.Sprintf("passkey.android_origins.%d", i), fmt.Sprintf("%q is no origin of an Android app", o), "write android:apk-key-hash: and the SHA-256 of the signing certificate in base64url, without padding")
		}
	}
	if p.Attestation == AttestationHardware && p.AttestationRoots == "" {
		problems.add("passkey.attestation_roots", "is missing although attestation is hardware", "name a PEM file of the roots the firm trusts")
	}
	return problems
}

// androidOrigin is how Credential Manager names an app: the hash of what signed it.
var androidOrigin = regexp.MustCompile(`^android:apk-key-hash:[A-Za-z0-9_-]{43}$`)

func (c *Config) checkOrigin(key, o string) (problems Problems) {
	u, err := origin(o)
	switch {
	case err != nil:
		problems.add(key, fmt.Sprintf("%q %v", o, err), "write an origin such as https://login.example.co.jp")
	case u.Scheme == "http" && !loopback(u.Hostname()):
		problems.add(key, fmt.Sprintf("%q is http: browsers offer no passkeys there", o), "use https")
	}
	return problems
}

// within reports whether host is domain or below it.
func within(host, domain string) bool {
	return domain != "" && (host == domain || strings.HasSuffix(host, "."+domain))
}

const (
	leastArgon2KiB     = 19456 // with two passes; OWASP Password Storage (PW-05)
	leastArgon2KiBOnce = 47104 // with one
	leastPepper        = 16
)

func (c *Config) checkPassword() (problems Problems) {
	p := c.Password
	if n := len(p.Pepper.Secret.Reveal()); n > 0 && n < leastPepper {
		problems.add("password.pepper", fmt.Sprintf("has %d bytes", n), fmt.Sprintf("make one of at least %d random bytes", leastPepper))
	}
	for id := range p.Pepper.Retired {
		if id == p.Pepper.ID {
			problems.add("password.pepper.retired."+id, "has the name of the pepper in use", "give the new pepper a new id")
		}
	}
	return problems
}
