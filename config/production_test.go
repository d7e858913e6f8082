package config

import (
	"net/netip"
	"slices"
	"testing"
	"time"
)

// ready is a configuration that production starts with.
func ready() *Config {
	c := Default()
	c.Issuer = "https://login.aoba-sec.co.jp"
	c.Listen.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}
	c.Database.URL = "postgres://sekisho:kZ8vQ2mN4pR7@db.internal/sekisho"
	c.KEK.Secret = NewSecret("CKrX3PoGEmQKWAowdHlwZS5nb29nbGVhcGlz")
	c.Firm.Name = Text{"ja": "青葉証券", "en": "Aoba Securities"}
	c.Firm.HelpDesk = HelpDesk{Phone: "0120-123-456", Hours: Text{"ja": "平日 8:00〜18:00", "en": "Weekdays"}}
	c.Mail.Kind, c.Mail.From = MailSMTP, "no-reply@login.aoba-sec.co.jp"
	c.Mail.SMTP.Host = "smtp.internal"
	c.Password.Pepper.Secret = NewSecret("Qm9vbSBzaGFrZSB0aGUgcm9vbQ")
	return c
}

func TestProductionStarts(t *testing.T) {
	for name, change := range map[string]func(*Config){
		"behind a proxy":     func(*Config) {},
		"TLS of its own":     func(c *Config) { c.Listen.TrustedProxies, c.Listen.TLS = nil, TLS{"cert.pem", "key.pem"} },
		"mail on loopback":   func(c *Config) { c.Mail.SMTP.Host, c.Mail.SMTP.TLS = "127.0.0.1", SMTPPlain },
		"skew of 60 s":       func(c *Config) { c.Tokens.ClockSkew = time.Minute },
		"no passwords":       func(c *Config) { c.Assurance.PasswordAllowed, c.Password.Pepper.Secret = false, Secret{} },
		"one language":       func(c *Config) { c.Languages = []string{"ja"}; delete(c.Firm.HelpDesk.Hours, "en") },
		"a parent as rp_id":  func(c *Config) { c.Passkey.RPID = "aoba-sec.co.jp" },
		"one pass, 46 MiB":   func(c *Config) { c.Password.Argon2 = Argon2{MemoryKiB: 47104, Time: 1, Threads: 1} },
		"SQLite in a file":   func(c *Config) { c.Database.URL = "sqlite:/var/lib/sekisho/sekisho.db" },
		"issuer with a port": func(c *Config) { c.Issuer = "https://login.aoba-sec.co.jp:8443" },
	} {
		c := ready()
		change(c)
		if err := c.Validate(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// OP-02: production refuses to start, and says at which key.
func TestProductionRefuses(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*Config)
		key    string
		always bool // refused in development too
	}{
		"OP-02 http issuer":           {func(c *Config) { c.Issuer = "http://login.aoba-sec.co.jp" }, "issuer", true},
		"OP-02 http issuer, loopback": {func(c *Config) { c.Issuer = "http://localhost:9000" }, "issuer", false},
		"OP-02 no KEK":                {func(c *Config) { c.KEK.Secret = Secret{} }, "kek", false},
		"OP-02 sample KEK":            {func(c *Config) { c.KEK.Secret = NewSecret("changeme-changeme-changeme-changeme") }, "kek", false},
		"OP-02 short KEK":             {func(c *Config) { c.KEK.Secret = NewSecret("CKrX3PoGEmQK") }, "kek", false},
		"OP-02 no pepper":             {func(c *Config) { c.Password.Pepper.Secret = Secret{} }, "password.pepper", false},
		"OP-02 sample pepper":         {func(c *Config) { c.Password.Pepper.Secret = NewSecret("replace-me-0123456789") }, "password.pepper", false},
		"OP-02 pepper of one letter":  {func(c *Config) { c.Password.Pepper.Secret = NewSecret("xxxxxxxxxxxxxxxxxxxxxxxx") }, "password.pepper", false},
		"short pepper":                {func(c *Config) { c.Password.Pepper.Secret = NewSecret("Qm9vbSB") }, "password.pepper", true},
		"OP-02 sample mail password": {func(c *Config) {
			c.Mail.SMTP.Username, c.Mail.SMTP.Password = "sekisho", NewSecret("password")
		}, "mail.smtp.password_file", false},
		"OP-02 sample database password": {func(c *Config) { c.Database.URL = "postgres://sekisho:sekisho@db/sekisho" }, "database.url", false},
		"OP-02 development mail":         {func(c *Config) { c.Mail.Kind = MailDevelopment }, "mail.kind", false},
		"OP-02 no kind of mail":          {func(c *Config) { c.Mail.Kind = "" }, "mail.kind", true},
		"OP-02 smtp without a server":    {func(c *Config) { c.Mail.SMTP.Host = "" }, "mail.smtp.host", true},
		"OP-02 mail in clear":            {func(c *Config) { c.Mail.SMTP.TLS = SMTPPlain }, "mail.smtp.tls", true},
		"OP-02 sample sender":            {func(c *Config) { c.Mail.From = "no-reply@aoba.example" }, "mail.from", false},
		"OP-02 plain listener":           {func(c *Config) { c.Listen.TrustedProxies = nil }, "listen.tls", false},
		"OP-02 clock skew":               {func(c *Config) { c.Tokens.ClockSkew = 61 * time.Second }, "tokens.clock_skew", false},
		"OP-02 database in memory":       {func(c *Config) { c.Database.URL = "sqlite::memory:" }, "database.url", false},
		"OP-02 debug":                    {func(c *Config) { c.Log.Level = "debug" }, "log.level", false},
		"OP-02 no help desk":             {func(c *Config) { c.Firm.HelpDesk.Phone = " " }, "firm.help_desk.phone", false},
		"OP-02 no help desk in English":  {func(c *Config) { delete(c.Firm.HelpDesk.Hours, "en") }, "firm.help_desk.hours.en", false},
		"OP-02 sample firm":              {func(c *Config) { c.Firm.Name = Default().Firm.Name }, "firm.name.ja", false},
		"OP-02 cheap hashes":             {func(c *Config) { c.Password.Argon2.Time = 1 }, "password.argon2", false},
		"OP-02 http origin": {func(c *Config) {
			c.Passkey.Origins, c.Passkey.RelatedOrigins = []string{c.Issuer, "http://localhost:1"}, []string{"http://localhost:1"}
		}, "passkey.origins", false},
	} {
		t.Run(name, func(t *testing.T) {
			for _, mode := range []string{Production, Development} {
				config := ready()
				config.Mode = mode
				c.change(config)
				got := problems(t, config.Validate())
				found := slices.ContainsFunc(got, func(p Problem) bool { return p.Key == c.key && p.Wrong != "" })
				if want := mode == Production || c.always; found != want {
					t.Errorf("%s: %s refused %v, want %v; all: %v", mode, c.key, found, want, got)
				}
				if mode == Development && !c.always && len(got) > 0 {
					t.Errorf("development: %v", got)
				}
			}
		})
	}
}

// OP-02: a firm that configured nothing is told everything at once, and production is
// what it gets without asking.
func TestNothingConfigured(t *testing.T) {
	_, err := Load("", nil)
	got := problems(t, err)
	for _, key := range []string{"issuer", "kek", "password.pepper", "mail.kind", "listen.tls", "firm.help_desk.phone", "firm.name.ja"} {
		if !slices.ContainsFunc(got, func(p Problem) bool { return p.Key == key }) {
			t.Errorf("%s is not reported in %v", key, got)
		}
	}
}
