package config

import (
	"net/url"
	"strings"
	"time"
)

// mostClockSkew is what production allows clients' clocks to be off (FAPI 2.0 Security
// Profile section 5.3.2.1).
const mostClockSkew = 60 * time.Second

// refusal is one thing that production does not start with (OP-02).
type refusal struct {
	key     string
	refused bool
	wrong   string
	right   string
}

// refuse lists what is unsafe, or unhelpful to customers, in front of real ones.
func (c *Config) refuse() (problems Problems) {
	list := c.refuseTransport()
	list = append(list, c.refuseSecrets()...)
	list = append(list, c.refuseRegistration()...)
	list = append(list, c.refusePlaceholders()...)
	for _, r := range list {
		if r.refused {
			problems.add(r.key, r.wrong, r.right)
		}
	}
	return problems
}

func (c *Config) refuseTransport() []refusal {
	out := []refusal{
		{"issuer", strings.HasPrefix(c.Issuer, "http:"), "is http in production", "use https"},
		{"listen.tls", !c.Listen.TLS.Enabled() && len(c.Listen.TrustedProxies) == 0,
			"is missing and no proxy is trusted: passwords would travel in clear", "name cert_file and key_file, or the proxies that end TLS under listen.trusted_proxies"},
		{"mail.kind", c.Mail.Kind != MailSMTP, "is " + c.Mail.Kind + " in production: no code or notice would reach a customer", "write smtp"},
		{"database.url", inMemory(c.Database.URL), "is in memory: a restart would lose every account", "name a file or a PostgreSQL server"},
		{"log.level", c.Log.Level == "debug", "is debug in production", "write info"},
		{"tokens.clock_skew", c.Tokens.ClockSkew > mostClockSkew, "is longer than 60s in production", "write at most 60s"},
	}
	for _, o := range append(c.Passkey.Origins[:len(c.Passkey.Origins):len(c.Passkey.Origins)], c.Passkey.RelatedOrigins...) {
		out = append(out, refusal{"passkey.origins", strings.HasPrefix(o, "http:") && o != c.Issuer, o + " is http in production", "use https"})
	}
	return out
}

func (c *Config) refuseSecrets() []refusal {
	kek, pepper := string(c.KEK.Secret.Reveal()), string(c.Password.Pepper.Secret.Reveal())
	password := string(c.Mail.SMTP.Password.Reveal())
	out := []refusal{
		{"kek", kek == "", "is missing: nothing would protect signing keys and TOTP secrets in the database", "make one with: sekisho keys kek, and name its file under kek.file or put it in " + c.KEK.Env},
		{"kek", kek != "" && (sample(kek) || len(kek) < 32), "is not a keyset but a sample", "make one with: sekisho keys kek"},
		{"password.pepper", pepper == "" && c.Assurance.PasswordAllowed, "is missing: stolen hashes could be guessed without it", "put 32 random bytes in a file named under password.pepper.file, or in " + c.Password.Pepper.Env},
		{"password.pepper", sample(pepper), "is a sample", "make one of 32 random bytes"},
		{"mail.smtp.password_file", sample(password), "holds a sample password", "use the mail server's own"},
		{"password.argon2", weakArgon2(c.Password.Argon2), "costs too little", "use at least 19456 KiB with 2 passes, or 47104 KiB with 1"},
	}
	if u, err := url.Parse(c.Database.URL); err == nil && u.User != nil {
		p, set := u.User.Password()
		out = append(out, refusal{"database.url", set && sample(p), "holds a sample password", "give the database user a password of its own"})
	}
	for id, old := range c.Password.Pepper.Old {
		out = append(out, refusal{"password.pepper.retired." + id, old.Empty(), "is empty", "keep it until no hash names it"})
	}
	return out
}

func (c *Config) refusePlaceholders() []refusal {
	_, domain, _ := strings.Cut(c.Mail.From, "@")
	out := []refusal{
		{"firm.help_desk.phone", strings.TrimSpace(c.Firm.HelpDesk.Phone) == "", "is missing: customers who are stuck need it", "write the telephone number as it is shown"},
		{"mail.from", domain == "localhost" || strings.HasSuffix(domain, ".example") || domain == "example.com", "is a sample address", "write the firm's own"},
	}
	for _, lang := range c.Languages {
		hours, name := c.Firm.HelpDesk.Hours[lang], c.Firm.Name[lang]
		out = append(out,
			refusal{"firm.help_desk.hours." + lang, strings.TrimSpace(hours) == "", "is missing", "write when the help desk answers"},
			refusal{"firm.name." + lang, name == sampleFirmJA || name == sampleFirmEN, "is the sample", "write the firm's name"})
	}
	return out
}

func inMemory(databaseURL string) bool {
	return strings.Contains(databaseURL, ":memory:") || strings.Contains(databaseURL, "mode=memory") || databaseURL == "sqlite:"
}

func weakArgon2(a Argon2) bool {
	return a.MemoryKiB < leastArgon2KiB || a.Time < 2 && a.MemoryKiB < leastArgon2KiBOnce
}
