package config

import (
	"strings"
	"testing"
)

// B11: a provider that moved keeps its RP ID, and says so twice before that is believed.
func TestFormerIssuers(t *testing.T) {
	for name, c := range map[string]struct {
		edit func(*Config)
		want string // part of the first problem; "": none
	}{
		"moved":            {func(*Config) {}, ""},
		"not related":      {func(c *Config) { c.Passkey.RelatedOrigins = nil }, "passkey.rp_id"},
		"RP ID of nobody":  {func(c *Config) { c.Passkey.RPID = "elsewhere.example" }, "passkey.rp_id"},
		"no former issuer": {func(c *Config) { c.FormerIssuers = nil }, "passkey.rp_id"},
		"itself":           {func(c *Config) { c.FormerIssuers = append(c.FormerIssuers, c.Issuer) }, "former_issuers.1"},
		"in the clear":     {func(c *Config) { c.FormerIssuers = append(c.FormerIssuers, "http://a.example.jp") }, "former_issuers.1"},
		"with a path":      {func(c *Config) { c.FormerIssuers = append(c.FormerIssuers, "https://a.example.jp/x") }, "former_issuers.1"},
	} {
		t.Run(name, func(t *testing.T) {
			d := Demo("")
			d.Issuer, d.FormerIssuers = "https://id.new-firm.jp", []string{"https://login.old-firm.jp"}
			d.Passkey.RPID, d.Passkey.Origins, d.Passkey.RelatedOrigins = "login.old-firm.jp", []string{d.Issuer}, []string{d.Issuer}
			c.edit(d)
			err := d.Validate()
			switch {
			case c.want == "" && err != nil, c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)):
				t.Errorf("B11: %v, want %q", err, c.want)
			}
		})
	}
}
