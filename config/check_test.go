package config

import (
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestChecks(t *testing.T) {
	at := func(s string) time.Time {
		d, err := time.Parse(time.RFC3339, s)
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	rule := func(o Operation) func(*Config) { return func(c *Config) { c.Assurance.Operations["x"] = o } }
	for name, c := range map[string]struct {
		change func(*Config)
		key    string
	}{
		"mode":                     {func(c *Config) { c.Mode = "prod" }, "mode"},
		"no issuer":                {func(c *Config) { c.Issuer = "" }, "issuer"},
		"issuer with a path":       {func(c *Config) { c.Issuer += "/idp" }, "issuer"},
		"issuer with a slash":      {func(c *Config) { c.Issuer += "/" }, "issuer"},
		"issuer with a query":      {func(c *Config) { c.Issuer += "?" }, "issuer"},
		"issuer with a fragment":   {func(c *Config) { c.Issuer += "#" }, "issuer"},
		"issuer with a user":       {func(c *Config) { c.Issuer = "https://a@login.aoba-sec.co.jp" }, "issuer"},
		"issuer in capitals":       {func(c *Config) { c.Issuer = "https://Login.aoba-sec.co.jp" }, "issuer"},
		"issuer with port 443":     {func(c *Config) { c.Issuer += ":443" }, "issuer"},
		"issuer without scheme":    {func(c *Config) { c.Issuer = "login.aoba-sec.co.jp" }, "issuer"},
		"language":                 {func(c *Config) { c.Languages = []string{"de"} }, "languages.0"},
		"no language":              {func(c *Config) { c.Languages = nil }, "languages"},
		"time zone":                {func(c *Config) { c.TimeZone = "Tokyo" }, "time_zone"},
		"address":                  {func(c *Config) { c.Listen.Addr = "9000" }, "listen.addr"},
		"port":                     {func(c *Config) { c.Listen.Addr = ":90000" }, "listen.addr"},
		"half a certificate":       {func(c *Config) { c.Listen.TLS.CertFile = "x" }, "listen.tls"},
		"redirects to itself":      {func(c *Config) { c.Listen.RedirectAddr = c.Listen.Addr }, "listen.redirect_addr"},
		"redirects to http":        {func(c *Config) { c.Issuer, c.Listen.RedirectAddr = "http://localhost:9000", ":80" }, "listen.redirect_addr"},
		"redirects from nowhere":   {func(c *Config) { c.Listen.RedirectAddr = "80" }, "listen.redirect_addr"},
		"trusts everybody":         {func(c *Config) { c.Listen.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("0.0.0.0/0")} }, "listen.trusted_proxies.0"},
		"metrics in public":        {func(c *Config) { c.Operations.Addr = c.Listen.Addr }, "operations.addr"},
		"text in another language": {func(c *Config) { c.Firm.Name["jp"] = "x" }, "firm.name.jp"},
		"text missing":             {func(c *Config) { c.Firm.AccountWord = Text{"ja": "x"} }, "firm.account_word.en"},
		"deny reason":              {rule(Operation{Deny: true, DenyReason: Text{"fr": "x"}}), "assurance.operations.x.deny_reason.fr"},
		"colour":                   {func(c *Config) { c.Firm.Accent = "blue" }, "firm.accent"},
		"sender":                   {func(c *Config) { c.Mail.From = "aoba" }, "mail.from"},
		"no sender":                {func(c *Config) { c.Mail.From = "" }, "mail.from"},
		"password in clear": {func(c *Config) {
			c.Mail.SMTP = SMTP{Host: "localhost", TLS: SMTPPlain, Username: "u", Timeout: time.Second}
		}, "mail.smtp.tls"},
		"no password":                   {func(c *Config) { c.Mail.SMTP.Username = "u" }, "mail.smtp.password_file"},
		"mail encryption":               {func(c *Config) { c.Mail.SMTP.TLS = "ssl" }, "mail.smtp.tls"},
		"idle over 1 h":                 {func(c *Config) { c.Session.Idle = 61 * time.Minute }, "session.idle"},
		"absolute over 24 h":            {func(c *Config) { c.Session.Absolute = 25 * time.Hour }, "session.absolute"},
		"idle over absolute":            {func(c *Config) { c.Session.Absolute = 30 * time.Minute }, "session.idle"},
		"sign-in over absolute":         {func(c *Config) { c.Assurance.SignIn.MaxAge = 20 * time.Hour; c.Session.Absolute = 10 * time.Hour }, "assurance.sign_in.max_age"},
		"level":                         {rule(Operation{Level: "high"}), "assurance.operations.x.level"},
		"age too short to be met":       {rule(Operation{MaxAge: time.Second}), "assurance.operations.x.max_age"},
		"date without before":           {rule(Operation{From: at("2026-10-01T00:00:00+09:00")}), "assurance.operations.x.before"},
		"before without date":           {rule(Operation{Before: &Operation{}}), "assurance.operations.x.from"},
		"dates out of order":            {rule(Operation{From: at("2026-10-01T00:00:00Z"), Before: &Operation{From: at("2026-11-01T00:00:00Z"), Before: &Operation{}}}), "assurance.operations.x.before.from"},
		"level before a date":           {rule(Operation{From: at("2026-10-01T00:00:00Z"), Before: &Operation{Level: "?"}}), "assurance.operations.x.before.level"},
		"name of an operation":          {func(c *Config) { c.Assurance.Operations["a b"] = Operation{} }, "assurance.operations.a b"},
		"immediate from":                {func(c *Config) { c.Assurance.ImmediateFrom = "mfa" }, "assurance.immediate_from"},
		"rp_id elsewhere":               {func(c *Config) { c.Passkey.RPID = "aoba.co.jp" }, "passkey.rp_id"},
		"rp_id as an ending":            {func(c *Config) { c.Passkey.RPID = "sec.co.jp" }, "passkey.rp_id"},
		"rp_id of everybody":            {func(c *Config) { c.Passkey.RPID = "co.jp" }, "passkey.rp_id"},
		"rp_id with a port":             {func(c *Config) { c.Passkey.RPID = "login.aoba-sec.co.jp:443" }, "passkey.rp_id"},
		"issuer no origin":              {func(c *Config) { c.Passkey.Origins = []string{"https://aoba-sec.co.jp"} }, "passkey.origins"},
		"origin elsewhere":              {func(c *Config) { c.Passkey.Origins = []string{c.Issuer, "https://aoba.com"} }, "passkey.origins.1"},
		"origin with a path":            {func(c *Config) { c.Passkey.Origins = []string{c.Issuer, c.Issuer + "/"} }, "passkey.origins.1"},
		"related origin by http":        {func(c *Config) { c.Passkey.RelatedOrigins = []string{"http://aoba.com"} }, "passkey.related_origins.0"},
		"hardware without roots":        {func(c *Config) { c.Passkey.Attestation = AttestationHardware }, "passkey.attestation_roots"},
		"no passkeys":                   {func(c *Config) { c.Passkey.Max = 0 }, "passkey.max"},
		"PW-01 minimum below 8":         {func(c *Config) { c.Password.MinLength = 7 }, "password.min_length"},
		"class":                         {func(c *Config) { c.Password.Classes = []string{"emoji"} }, "password.classes.0"},
		"pepper renamed to itself":      {func(c *Config) { c.Password.Pepper.Retired = map[string]string{"1": "x"} }, "password.pepper.retired.1"},
		"mail code lives too long":      {func(c *Config) { c.EmailCode.TTL = 11 * time.Minute }, "email_code.ttl"},
		"mail code too short":           {func(c *Config) { c.EmailCode.Digits = 5 }, "email_code.digits"},
		"hard cap over 100":             {func(c *Config) { c.Throttle.Password.HardCap = 101 }, "throttle.password.hard_cap"},
		"no hard cap":                   {func(c *Config) { c.Throttle.TOTP.HardCap = 0 }, "throttle.totp.hard_cap"},
		"lock that shrinks":             {func(c *Config) { c.Throttle.TOTP.Max = time.Second }, "throttle.totp.max"},
		"half a rate":                   {func(c *Config) { c.Throttle.Address.Burst = 0 }, "throttle.address.burst"},
		"code over 60 s":                {func(c *Config) { c.Tokens.Code = 61 * time.Second }, "tokens.code"},
		"grace over 10 s":               {func(c *Config) { c.Tokens.RefreshGrace = 11 * time.Second }, "tokens.refresh_grace"},
		"refresh that ends before idle": {func(c *Config) { c.Tokens.RefreshAbsolute = time.Hour }, "tokens.refresh_absolute"},
		"algorithm":                     {func(c *Config) { c.Tokens.Algorithms = []string{"none"} }, "tokens.algorithms.0"},
		"key gone before its tokens":    {func(c *Config) { c.Tokens.KeyKeepAfter = 6 * time.Minute }, "tokens.key_keep_after"},
		"rotation faster than overlap":  {func(c *Config) { c.Tokens.RotateEvery = 24 * time.Hour }, "tokens.rotate_every"},
		"log level":                     {func(c *Config) { c.Log.Level = "trace" }, "log.level"},
	} {
		t.Run(name, func(t *testing.T) {
			config := ready()
			c.change(config)
			got := problems(t, config.Validate())
			if !slices.ContainsFunc(got, func(p Problem) bool { return p.Key == c.key && p.Wrong != "" }) {
				t.Errorf("%s is not reported in %v", c.key, got)
			}
		})
	}
}

// PW-01: what a firm gets without asking is twelve characters, for a password that is
// never alone.
func TestPasswordDefaults(t *testing.T) {
	if p := Default().Password; p.MinLength != 12 || len(p.Classes) != 0 {
		t.Errorf("%+v", p)
	}
}

func TestAccentContrast(t *testing.T) {
	for _, c := range []struct {
		light, dark string
		want        []string
	}{
		{"", "", nil},
		{"#1c3f78", "#9db8e8", nil},
		{"#000000", "#ffffff", nil},
		{"#d08000", "", []string{"firm.accent"}},
		{"#9db8e8", "#1c3f78", []string{"firm.accent", "firm.accent_dark"}},
		{"", "#7a5a00", []string{"firm.accent_dark"}},
	} {
		config := ready()
		config.Firm.Accent, config.Firm.AccentDark = c.light, c.dark
		var got []string
		for _, p := range problems(t, config.Validate()) {
			got = append(got, p.Key)
			if !strings.Contains(p.Wrong, "contrast") {
				t.Errorf("%v", p)
			}
		}
		if !slices.Equal(slices.Compact(got), c.want) {
			t.Errorf("%s, %s: refused %v, want %v", c.light, c.dark, got, c.want)
		}
	}
	// The worked values of WCAG: black on white is 21, equal colours are 1, #777777 on white is 4.48.
	for _, c := range []struct {
		a, b uint32
		want float64
	}{{0, white, 21}, {white, white, 1}, {0x777777, white, 4.48}} {
		if got := contrast(c.a, c.b); got < c.want-0.005 || got > c.want+0.005 {
			t.Errorf("contrast(%06x, %06x) = %.3f, want %.2f", c.a, c.b, got, c.want)
		}
	}
}

func TestDistance(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want int
	}{{"", "", 0}, {"idle", "idle", 0}, {"iddle", "idle", 1}, {"ilde", "idle", 1}, {"", "abc", 3}, {"kitten", "sitting", 3}} {
		if got := distance(c.a, c.b); got != c.want {
			t.Errorf("distance(%q, %q) = %d, want %d", c.a, c.b, got, c.want)
		}
	}
}
