package config

import (
	"fmt"
	"maps"
	"net"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	_ "time/tzdata" // time zones in containers that have none
)

// listenable accepts what a listener can be bound to.
func listenable(addr string) bool {
	_, port, err := net.SplitHostPort(addr)
	if err != nil {
		return false
	}
	n, err := strconv.ParseUint(port, 10, 16)
	return err == nil && n <= 65535
}

// loopback reports whether host names this very machine.
func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || strings.HasSuffix(host, ".localhost") || ip != nil && ip.IsLoopback()
}

// origin reads an origin: scheme, host and optional port, nothing else.
func origin(s string) (*url.URL, error) {
	u, err := url.Parse(s)
	switch {
	case err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https":
		return nil, fmt.Errorf("is no http or https address")
	case u.User != nil || u.RawQuery != "" || u.Fragment != "" || u.ForceQuery || strings.Contains(s, "#"):
		return nil, fmt.Errorf("holds more than scheme, host and port")
	case u.Path != "":
		return nil, fmt.Errorf("has a path")
	case u.Host != strings.ToLower(u.Host):
		return nil, fmt.Errorf("has upper-case letters in its host")
	case u.Scheme == "https" && u.Port() == "443" || u.Scheme == "http" && u.Port() == "80" || strings.HasSuffix(u.Host, ":"):
		return nil, fmt.Errorf("names a port that is implied")
	}
	return u, nil
}

func (c *Config) checkIssuer() (problems Problems) {
	if c.Issuer == "" {
		return nil // said already
	}
	u, err := origin(c.Issuer)
	if err != nil {
		problems.add("issuer", fmt.Sprintf("%q %v", c.Issuer, err), "write an origin such as https://login.example.co.jp, without a slash at its end")
		return problems
	}
	if u.Scheme == "http" && !loopback(u.Hostname()) && c.Mode != Production {
		problems.add("issuer", "is http outside this machine", "use https, or http://localhost with a port")
	}
	return append(problems, c.checkFormerIssuers()...)
}

func (c *Config) checkListen() (problems Problems) {
	t := c.Listen.TLS
	if (t.CertFile == "") != (t.KeyFile == "") {
		problems.add("listen.tls", "has only one of cert_file and key_file", "name both or neither")
	}
	if r := c.Listen.RedirectAddr; r != "" {
		switch {
		case r == c.Listen.Addr || r == c.Operations.Addr:
			problems.add("listen.redirect_addr", "is another listener's", "choose another port, such as :80")
		case strings.HasPrefix(c.Issuer, "http:"):
			problems.add("listen.redirect_addr", "is set although the issuer is http", "leave it out")
		}
	}
	if c.Operations.Addr != "" && c.Operations.Addr == c.Listen.Addr {
		problems.add("operations.addr", "is the public listener's", "choose another port, so that metrics stay inside")
	}
	for i, p := range c.Listen.TrustedProxies {
		if p.IsValid() && p.Bits() == 0 {
			problems.add(fmt.Sprintf("listen.trusted_proxies.%d", i), "trusts everybody's X-Forwarded-For", "name the proxies' own network")
		}
	}
	return problems
}

func (c *Config) checkMail() (problems Problems) {
	if c.Mail.Kind != MailSMTP {
		return nil
	}
	s := c.Mail.SMTP
	if s.Host == "" {
		problems.add("mail.smtp.host", "is missing", "name the mail server")
	}
	if c.Mail.From == "" {
		problems.add("mail.from", "is missing", "write the sender address")
	}
	if s.TLS == SMTPPlain && s.Username != "" {
		problems.add("mail.smtp.tls", "is none although a password is sent", "write starttls or tls")
	}
	if s.TLS == SMTPPlain && s.Host != "" && !loopback(s.Host) {
		problems.add("mail.smtp.tls", fmt.Sprintf("is none although %s is another machine: codes would travel in clear", s.Host), "write starttls or tls")
	}
	if s.Username != "" && s.Password.Empty() {
		problems.add("mail.smtp.password_file", "is missing although username is set", "name a file, or put the password in "+s.PasswordEnv)
	}
	return problems
}

// checkLanguages looks at the languages of every text.
func (c *Config) checkLanguages() (problems Problems) {
	known := []string{"ja", "en"}
	texts := map[string]Text{"firm.name": c.Firm.Name, "firm.account_word": c.Firm.AccountWord,
		"firm.help_desk.hours": c.Firm.HelpDesk.Hours}
	for name, o := range c.rules() {
		texts[name+".deny_reason"] = o.DenyReason
		texts[name+".name"] = o.Name
	}
	for key, text := range texts {
		for lang := range text {
			if !slices.Contains(known, lang) {
				problems.add(key+"."+lang, "is not a language of the pages", suggestion(key, lang, known))
			}
		}
	}
	for _, lang := range c.Languages {
		for _, key := range []string{"firm.name", "firm.account_word"} {
			if slices.Contains(known, lang) && strings.TrimSpace(texts[key][lang]) == "" {
				problems.add(key+"."+lang, "is missing", "write it, or take the language out of languages")
			}
		}
	}
	return problems
}

// rules are all operation rules by key path, those before a date included.
func (c *Config) rules() map[string]Operation {
	out := map[string]Operation{}
	add := func(key string, o *Operation) {
		for ; o != nil; o = o.Before {
			out[key] = *o
			key += ".before"
		}
	}
	add("assurance.sign_in", &c.Assurance.SignIn)
	for name, o := range c.Assurance.Operations {
		add("assurance.operations."+name, &o)
	}
	return out
}

func (c *Config) checkAssurance() (problems Problems) {
	rules := c.rules()
	for _, key := range slices.Sorted(maps.Keys(rules)) {
		o := rules[key]
		switch {
		case !o.From.IsZero() && o.Before == nil:
			problems.add(key+".before", "is missing although from is set", "write the rule that holds until then")
		case o.From.IsZero() && o.Before != nil:
			problems.add(key+".from", "is missing although before is set", "write when this rule begins")
		case o.Before != nil && !o.Before.From.Before(o.From):
			problems.add(key+".before.from", "is not earlier than "+o.From.Format(time.RFC3339), "order rules from the latest to the earliest")
		}
	}
	for name := range c.Assurance.Operations {
		if !mapKey(name) {
			problems.add("assurance.operations."+name, "is not a usable name", "use lower-case letters, digits and single underscores")
		}
	}
	if c.Assurance.SignIn.MaxAge > c.Session.Absolute {
		problems.add("assurance.sign_in.max_age", "is longer than session.absolute, which ends it anyway", "write at most "+durationText(c.Session.Absolute))
	}
	return problems
}

func (c *Config) checkSession() (problems Problems) {
	if c.Session.Idle > c.Session.Absolute {
		problems.add("session.idle", "is longer than session.absolute", "write at most "+durationText(c.Session.Absolute))
	}
	if shortest := min(c.Session.Idle, c.Interaction.Lifetime); c.Session.WarnBefore >= shortest {
		problems.add("session.warn_before", "is not less than session.idle and interaction.lifetime", "write less than "+durationText(shortest))
	}
	return problems
}

func (c *Config) checkTokens() (problems Problems) {
	t := c.Tokens
	if longest := max(t.Access, t.IDToken); t.KeyKeepAfter < longest {
		problems.add("tokens.key_keep_after", "is shorter than the life of a token: the last ones signed could not be verified", "write at least "+durationText(longest))
	}
	if t.RotateEvery > 0 && t.RotateEvery <= t.KeyOverlap {
		problems.add("tokens.rotate_every", "is not longer than key_overlap", "write more than "+durationText(t.KeyOverlap))
	}
	return problems
}
