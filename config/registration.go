package config

import (
	"fmt"
	"maps"
	"net/url"
	"slices"
	"time"
)

// Policies of registration.policy.
const (
	RegistrationOff   = "off"
	RegistrationToken = "initial_access_token"
	RegistrationOpen  = "open"
)

// Registration is relying parties registering themselves (RFC 7591).
type Registration struct {
	Policy           string                     `koanf:"policy" validate:"oneof=off initial_access_token open" doc:"Who may register clients over the wire: nobody, whoever holds a token made by sekisho client token, or anybody."`
	AllowOpen        bool                       `koanf:"allow_open" doc:"Lets production start with policy open."`
	Profile          string                     `koanf:"profile" validate:"oneof=fapi2 oauth21 oidc" doc:"The rules such clients live under, unless the initial access token names others. oidc, without PKCE, is for certification."`
	Scopes           []string                   `koanf:"scopes" validate:"min=1,unique,dive,required" doc:"What such clients may ask for; one that names no scope at its registration may ask for all of it."`
	Resources        []string                   `koanf:"resources" validate:"unique,dive,required" doc:"Resource indicators (RFC 8707) such clients may ask tokens for; the first is the default audience."`
	MaxClients       int                        `koanf:"max_clients" validate:"min=1,max=10000" doc:"How many such clients there may be in all."`
	Rate             Rate                       `koanf:"rate" doc:"Requests to the registration endpoint from one network address to one node."`
	Statements       map[string]StatementIssuer `koanf:"statements" validate:"dive" doc:"Who signs software statements (RFC 7591 section 2.3) that are believed, by a name of your own. What a statement says goes before what the request says."`
	RequireStatement bool                       `koanf:"require_statement" doc:"No registration without a software statement."`
}

// StatementIssuer is somebody whose software statements are believed.
type StatementIssuer struct {
	Issuer  string `koanf:"issuer" validate:"required" doc:"The iss of the statements."`
	JWKSURI string `koanf:"jwks_uri" validate:"required" doc:"Where the issuer publishes its keys."`
}

// Enabled reports whether there is a registration endpoint.
func (r Registration) Enabled() bool { return r.Policy != RegistrationOff && r.Policy != "" }

func defaultRegistration() Registration {
	return Registration{
		Policy: RegistrationOff, Profile: "oauth21", Scopes: []string{"openid", "profile", "email"}, MaxClients: 1000,
		Rate: Rate{Every: 5 * time.Second, Burst: 20},
	}
}

func (c *Config) checkRegistration() (problems Problems) {
	r := c.Registration
	if r.RequireStatement && len(r.Statements) == 0 {
		problems.add("registration.require_statement", "is set although nobody's statements are believed", "name an issuer under registration.statements")
	}
	seen := map[string]bool{}
	for _, name := range slices.Sorted(maps.Keys(r.Statements)) {
		s, key := r.Statements[name], "registration.statements."+name
		u, err := url.Parse(s.JWKSURI)
		if s.JWKSURI != "" && (err != nil || u.Scheme != "https" || u.Host == "") {
			problems.add(key+".jwks_uri", fmt.Sprintf("%q is no https address", s.JWKSURI), "write where the issuer publishes its keys")
		}
		if seen[s.Issuer] {
			problems.add(key+".issuer", "is named twice", "name each issuer once")
		}
		seen[s.Issuer] = true
		if !mapKey(name) {
			problems.add(key, "is not a usable name", "use lower-case letters, digits and single underscores")
		}
	}
	return problems
}

func (c *Config) refuseRegistration() []refusal {
	return []refusal{{"registration.policy", c.Registration.Policy == RegistrationOpen && !c.Registration.AllowOpen,
		"is open in production: anybody could register a relying party", "write initial_access_token, or set registration.allow_open"}}
}
