package config

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"
)

// write puts a configuration file and files beside it into a new folder.
func write(t *testing.T, content string, beside ...string) string {
	t.Helper()
	dir := t.TempDir()
	for i := 0; i < len(beside); i += 2 {
		if err := os.WriteFile(filepath.Join(dir, beside[i]), []byte(beside[i+1]), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	path := filepath.Join(dir, "sekisho.yaml")
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

const development = "mode: development\nissuer: http://localhost:9000\n"

func problems(t *testing.T, err error) Problems {
	t.Helper()
	var p Problems
	if err != nil && !errors.As(err, &p) {
		t.Fatalf("%T is not Problems: %v", err, err)
	}
	return p
}

func TestDefaultsHold(t *testing.T) {
	got, err := Load("", []string{"SEKISHO_MODE=development", "SEKISHO_ISSUER=http://localhost:9000"})
	if err != nil {
		t.Fatal(err)
	}
	want := Default()
	want.Mode, want.Issuer = Development, "http://localhost:9000"
	want.complete()
	if !reflect.DeepEqual(plain(reflect.ValueOf(*got)), plain(reflect.ValueOf(*want))) {
		t.Errorf("loaded\n%+v\nwant\n%+v", got, want)
	}
	if got.Passkey.RPID != "localhost" || got.Passkey.Origins[0] != got.Issuer || got.TOTP.Issuer != sampleFirmJA {
		t.Errorf("not completed: %+v %+v", got.Passkey, got.TOTP)
	}
}

func TestFileAndEnvironment(t *testing.T) {
	path := write(t, development+`
languages: [en]
listen:
  trusted_proxies: [10.0.0.0/8]
firm:
  name: {en: Aoba}
  help_desk: {phone: 0312345678}
session: {idle: 30m}
assurance:
  operations:
    withdrawal: {max_age: 2m}
    deposit:
      level: phr
      from: 2026-10-01T00:00:00+09:00
      before: {level: "urn:sekisho:acr:mfa"}
passkey:
kek: {file: kek}
`, "kek", "keyset\n")
	c, err := Load(path, []string{
		"SEKISHO_SESSION__IDLE=20m", "SEKISHO_LISTEN__TRUSTED_PROXIES=192.0.2.0/24, 2001:db8::/32",
		"SEKISHO_ASSURANCE__OPERATIONS__TRADE__DENY=true", "SEKISHO_PEPPER=a pepper of enough bytes",
		"SEKISHO_CONFIG=/etc/sekisho.yaml", "SEKISHO_PORT_9000_TCP=tcp://10.1.1.1:9000", "SEKISHO_SERVICE_HOST=10.1.1.1", "HOME=/root",
	})
	if err != nil {
		t.Fatal(err)
	}
	withdrawal := c.Assurance.Operations["withdrawal"]
	for what, ok := range map[string]bool{
		"environment over file":              c.Session.Idle == 20*time.Minute,
		"default beside it":                  c.Session.Absolute == 24*time.Hour,
		"lists in the environment":           len(c.Listen.TrustedProxies) == 2 && c.Listen.TrustedProxies[1].String() == "2001:db8::/32",
		"one key of an operation":            withdrawal.Level == "phr" && withdrawal.Once && withdrawal.TrustedPasskey && withdrawal.MaxAge == 2*time.Minute,
		"deny from the environment":          c.Assurance.Operations["trade"].Deny && c.Assurance.Operations["trade"].MaxAge == 15*time.Minute,
		"rule before a date":                 c.Assurance.Operations["deposit"].Before.Level == LevelMFA && c.Assurance.Operations["deposit"].From.UTC().Day() == 30,
		"scalars as they are written":        c.Firm.HelpDesk.Phone == "0312345678",
		"an empty section is none":           c.Passkey.Max == 3,
		"secret file beside the file":        string(c.KEK.Secret.Reveal()) == "keyset",
		"secret variable":                    !c.Password.Pepper.Secret.Empty(),
		"one language asks for one only":     c.Languages[0] == "en" && len(c.Languages) == 1,
		"a text stands in for a missing one": c.Firm.Name.In("ja") == sampleFirmJA && Text{"en": "x"}.In("ja") == "x" && Text{}.In("ja") == "",
	} {
		if !ok {
			t.Errorf("%s: %+v", what, c)
		}
	}
	printed := fmt.Sprintf("%v %+v %#v", c, c, *c)
	if strings.Contains(printed, "a pepper") || strings.Contains(printed, "keyset\n") {
		t.Errorf("a secret prints: %s", printed)
	}
}

func TestErrorsHavePlaces(t *testing.T) {
	path := write(t, `mode: development
issuer: http://localhost:9000
lisen: {addr: ":1"}
session:
  iddle: 1h
  max_age: 3h
  absolute: 2 days
  idle: 90
log: debug
throttle:
  password: {threshold: many}
log: {level: loud}
mail: [smtp]
listen:
  trusted_proxies: [10.0.0.0/8, proxy]
assurance:
  sign_in: {level: mfa, once: yes}
  operations:
    Trade: {level: phr}
    hold: {from: 2026-10-01}
passkey: &p {max: 3}
totp: *p
`)
	_, err := Load(path, []string{"SEKISHO_SESION__IDLE=1h", "SEKISHO_TOKENS__ACCESS=soon", "SEKISHO_KEK=x"})
	got := problems(t, err).Error()
	for _, want := range []string{
		path + ":3: lisen is not a known key; did you mean listen?",
		path + ":5: session.iddle is not a known key; did you mean session.idle?",
		path + ":6: session.max_age is not a known key; did you mean assurance.sign_in.max_age or assurance.operations.NAME.max_age?",
		path + `:7: session.absolute is "2 days", which is not a duration; write a number with a unit: 90s, 15m, 8h`,
		path + `:8: session.idle is "90", which is not a duration`,
		path + ":9: log is a section, not a value",
		path + `:11: throttle.password.threshold is "many", which is not a whole number in range`,
		path + ":12: log is written a second time, first in line 9; keep one",
		path + ":13: mail is a section, not a value",
		path + `:15: listen.trusted_proxies.1 is "proxy", which is not a network`,
		path + `:17: assurance.sign_in.level is "mfa", which is no assurance level; write one of urn:sekisho:acr:email, urn:sekisho:acr:mfa, phr, phrh`,
		path + `:17: assurance.sign_in.once is "yes", which is not true or false`,
		path + ":19: assurance.operations.Trade is not a usable name",
		path + `:20: assurance.operations.hold.from is "2026-10-01", which is not a point in time; write date, time and offset: 2026-10-01T00:00:00+09:00`,
		path + ":22: totp is a YAML alias",
		"SEKISHO_SESION__IDLE: sesion is not a known key; did you mean session?",
		`SEKISHO_TOKENS__ACCESS: tokens.access is "soon", which is not a duration`,
	} {
		if !strings.Contains(got+"\n", want) {
			t.Errorf("missing: %s", want)
		}
	}
	if strings.Contains(got, "SEKISHO_KEK") {
		t.Errorf("the KEK's own variable is refused")
	}
	if t.Failed() {
		t.Logf("got:\n%s", got)
	}
}

func TestUnreadableFiles(t *testing.T) {
	for name, c := range map[string]struct{ content, want string }{
		"not YAML":  {"issuer: [", "is not YAML"},
		"tabs":      {"listen:\n\taddr: :1", ":2: is not YAML"},
		"a list":    {"- issuer", "is not a YAML mapping"},
		"two":       {"mode: development\n---\nmode: production", "more than one YAML document"},
		"no secret": {development + "kek: {file: absent}", ":3: kek.file cannot be read"},
		"empty":     {development + "kek: {file: sekisho.empty}", "kek.file"},
	} {
		_, err := Load(write(t, c.content, "sekisho.empty", "\n"), nil)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
	if _, err := Load(filepath.Join(t.TempDir(), "absent.yaml"), nil); err == nil || !strings.Contains(err.Error(), "cannot be read") {
		t.Errorf("absent file: %v", err)
	}
	for _, nothing := range []string{"", "# only a comment\n", "---\n"} {
		if _, err := Load(write(t, nothing), []string{"SEKISHO_MODE=development", "SEKISHO_ISSUER=http://localhost:9000"}); err != nil {
			t.Errorf("%q: %v", nothing, err)
		}
	}
	_, err := Load(write(t, development+"kek: {file: k}", "k", "x"), []string{"SEKISHO_KEK=y"})
	if err == nil || !strings.Contains(err.Error(), "one place only") {
		t.Errorf("two places: %v", err)
	}
}

// Nothing that a file or the environment holds makes Load panic.
func FuzzLoad(f *testing.F) {
	for _, seed := range []string{development, "a: &a [*a]", "listen: {tls: 3}\n", "? {a: b}\n: c", "languages: {ja: 1}", "assurance: {operations: {x: {before: {before: {from: z}}}}}", "<<: {a: 1}"} {
		f.Add(seed, "SEKISHO_LISTEN=1")
	}
	f.Add("", "SEKISHO_LISTEN__TLS__CERT_FILE__X=1")
	f.Fuzz(func(t *testing.T, content, variable string) {
		path := filepath.Join(t.TempDir(), "c.yaml")
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		if c, err := Load(path, []string{variable}); (c == nil) == (err == nil) {
			t.Fatalf("%v and %v", c, err)
		}
	})
}

func TestDemoIsValid(t *testing.T) {
	for _, dir := range []string{"", t.TempDir()} {
		if err := Demo(dir).Validate(); err != nil {
			t.Errorf("%q: %v", dir, err)
		}
	}
	if c := Demo(""); c.Issuer != "http://localhost:9000" || c.Assurance.CoolingOff != time.Minute || c.Database.URL != "sqlite::memory:" {
		t.Errorf("%+v", c)
	}
}
