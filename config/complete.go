package config

import "net/url"

// complete fills in what is empty and follows from something else.
func (c *Config) complete() {
	if u, err := url.Parse(c.Issuer); err == nil && u.Host != "" {
		if c.Passkey.RPID == "" {
			c.Passkey.RPID = u.Hostname()
		}
		if len(c.Passkey.Origins) == 0 {
			c.Passkey.Origins = []string{c.Issuer}
		}
	}
	first := "ja"
	if len(c.Languages) > 0 {
		first = c.Languages[0]
	}
	if c.TOTP.Issuer == "" {
		c.TOTP.Issuer = c.Firm.Name.In(first)
	}
}
