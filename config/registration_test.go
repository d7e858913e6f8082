package config

import "testing"

func TestRegistrationConfiguration(t *testing.T) {
	statements := func(edit func(map[string]StatementIssuer)) func(*Config) {
		return func(c *Config) {
			c.Registration.Policy = RegistrationToken
			c.Registration.Statements = map[string]StatementIssuer{"directory": {"https://directory.example", "https://directory.example/jwks"}}
			edit(c.Registration.Statements)
		}
	}
	for name, change := range map[string]func(*Config){
		"off": func(*Config) {}, "by token": func(c *Config) { c.Registration.Policy = RegistrationToken },
		"open on purpose": func(c *Config) { c.Registration.Policy, c.Registration.AllowOpen = RegistrationOpen, true },
		"statements":      statements(func(map[string]StatementIssuer) {}),
	} {
		c := ready()
		if change(c); c.Validate() != nil {
			t.Errorf("%s: %v", name, c.Validate())
		}
	}
	if c := ready(); c.Registration.Enabled() {
		t.Error("AD-01: anybody may register clients by default")
	}
	for name, x := range map[string]struct {
		change func(*Config)
		key    string
	}{
		"OP-02 open in production": {func(c *Config) { c.Registration.Policy = RegistrationOpen }, "registration.policy"},
		"no such policy":           {func(c *Config) { c.Registration.Policy = "closed" }, "registration.policy"},
		"no such profile":          {func(c *Config) { c.Registration.Profile = "lax" }, "registration.profile"},
		"no scope":                 {func(c *Config) { c.Registration.Scopes = nil }, "registration.scopes"},
		"no client":                {func(c *Config) { c.Registration.MaxClients = 0 }, "registration.max_clients"},
		"statements of nobody":     {func(c *Config) { c.Registration.RequireStatement = true }, "registration.require_statement"},
		"keys over http": {statements(func(m map[string]StatementIssuer) {
			m["directory"] = StatementIssuer{"x", "http://directory.example/jwks"}
		}), "registration.statements.directory.jwks_uri"},
		"no issuer": {statements(func(m map[string]StatementIssuer) {
			m["directory"] = StatementIssuer{"", "https://directory.example/jwks"}
		}), "registration.statements.directory.issuer"},
		"one issuer twice": {statements(func(m map[string]StatementIssuer) { m["second"] = m["directory"] }), "registration.statements.second.issuer"},
		"a name of no key": {statements(func(m map[string]StatementIssuer) {
			m["The Directory"] = StatementIssuer{"y", "https://y.example/jwks"}
		}), "registration.statements.The Directory"},
	} {
		c := ready()
		x.change(c)
		err := c.Validate()
		if problems, ok := err.(Problems); !ok || len(problems) != 1 || problems[0].Key != x.key {
			t.Errorf("%s: %v, want %s", name, err, x.key)
		}
	}
}
