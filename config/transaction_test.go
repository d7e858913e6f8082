package config

import "testing"

func TestTransactionPassword(t *testing.T) {
	asks := Operation{Level: LevelPhishingResistant, Once: true, TransactionPassword: true}
	on := func(c *Config) { c.Password.Transaction.Enabled = true }
	for name, c := range map[string]struct {
		edit func(*Config)
		key  string // of the only problem; "" when there is none
	}{
		"A2 off by default":                    {func(*Config) {}, ""},
		"A2 B12 on for withdrawals":            {func(c *Config) { on(c); c.Assurance.Operations["withdrawal"] = asks }, ""},
		"A2 asked for, but nobody has one":     {func(c *Config) { c.Assurance.Operations["withdrawal"] = asks }, "assurance.operations.withdrawal.transaction_password"},
		"B5 not for signing in":                {func(c *Config) { on(c); c.Assurance.SignIn.TransactionPassword = true }, "assurance.sign_in.transaction_password"},
		"PG-16 not for changing the others":    {func(c *Config) { on(c); c.Assurance.Operations["authenticator_change"] = asks }, "assurance.operations.authenticator_change.transaction_password"},
		"A2 a new one is longer than four":     {func(c *Config) { on(c); c.Password.Transaction.MinLength = 4 }, "password.transaction.min_length"},
		"A2 a kind of characters nobody knows": {func(c *Config) { on(c); c.Password.Transaction.Classes = []string{"kana"} }, "password.transaction.classes.0"},
	} {
		t.Run(name, func(t *testing.T) {
			config := Demo("")
			c.edit(config)
			problems := config.validate()
			if c.key == "" && len(problems) > 0 || c.key != "" && (len(problems) != 1 || problems[0].Key != c.key) {
				t.Errorf("%v, want %q", problems, c.key)
			}
		})
	}
	for name, o := range Default().Assurance.Operations {
		if o.TransactionPassword || Default().Password.Transaction.Enabled {
			t.Errorf("A2: %s asks for it by default", name)
		}
	}
}
