package spec

import (
	"strings"
	"testing"
)

// importRule refuses imports to a part of the tree. The list is the README's import rule.
type importRule struct {
	name    string
	holds   func(folder string) bool
	refuses func(imported string) bool
}

func under(prefix string) func(string) bool {
	return func(p string) bool { return p == prefix || strings.HasPrefix(p, prefix+"/") }
}

func exactly(names ...string) func(string) bool {
	return func(p string) bool {
		for _, n := range names {
			if p == n {
				return true
			}
		}
		return false
	}
}

func either(tests ...func(string) bool) func(string) bool {
	return func(p string) bool {
		for _, test := range tests {
			if test(p) {
				return true
			}
		}
		return false
	}
}

func not(test func(string) bool) func(string) bool { return func(p string) bool { return !test(p) } }

func both(a, b func(string) bool) func(string) bool {
	return func(p string) bool { return a(p) && b(p) }
}

// ours accepts packages of this module below the folder.
func ours(folder string) func(string) bool { return under(module + folder) }

// standard accepts the standard library: its first path element has no dot and is not our module.
func standard(imported string) bool {
	first, _, _ := strings.Cut(imported, "/")
	return !strings.Contains(first, ".") && first+"/" != module
}

var forTests = either(under("idp/idptest"), under("storage/storagetest"))

var wiring = either(under("idp/provider"), under("idp/idptest"))

var importRules = []importRule{
	{"idp imports the standard library only", exactly("idp"), not(standard)},
	{"idp/assurance is pure", under("idp/assurance"), either(
		not(either(standard, exactly(module+"idp"))), under("net"), under("database"), exactly("os", "log/slog", "crypto/rand"))},
	{"config knows neither the provider nor HTTP", under("config"), either(ours("idp"), ours("storage"), ours("login-ui"), under("net/http"))},
	{"an authenticator knows nothing of tokens or the wire", under("idp/authn"), either(ours("idp/oidc"), ours("idp/token"))},
	{"storage knows the nouns only", under("storage"), either(
		both(ours("idp"), not(exactly(module+"idp"))), ours("login-ui"), ours("config"), under("net/http"))},
	{"pages hold no keys and no database", under("login-ui"), either(ours("storage"), ours("idp/token"), ours("idp/keys"))},
	{"the sample relying party stands outside", under("cmd/brokerage"), either(ours("idp"), ours("storage"), ours("login-ui"), ours("config"))},
	{"storage is reached through small interfaces", both(under("idp"), not(wiring)), ours("storage")},
	{"configuration is read in one place", both(under("idp"), not(wiring)), ours("config")},
	{"the wire knows no pages", under("idp/oidc"), ours("login-ui")},
	{"what issues and ends things knows no pages",
		either(under("idp/session"), under("idp/environment"), under("idp/authorize"), under("idp/token"), under("idp/keys"), under("idp/logout"), under("idp/audit"), under("idp/notify"), under("idp/contact"), under("idp/clientauth"), under("idp/dpop"), under("idp/mtls"), under("idp/par"), under("idp/device"), under("idp/details"), under("idp/receipt"), under("idp/register"), under("idp/pairwise")),
		ours("login-ui")},
	{"what tests stand on is for tests", not(forTests), either(ours("idp/idptest"), ours("storage/storagetest"))},
	{"only programs know programs", not(under("cmd")), ours("cmd")},
}

// broken lists the rules that an import breaks.
func broken(folder, imported string) []string {
	var names []string
	for _, rule := range importRules {
		if rule.holds(folder) && rule.refuses(imported) {
			names = append(names, rule.name)
		}
	}
	return names
}

func TestImportRule(t *testing.T) {
	for _, s := range sources(t, shipped) {
		for _, imported := range s.imports() {
			for _, name := range broken(s.folder, imported) {
				t.Errorf("%s imports %s: %s", s.path, imported, name)
			}
		}
	}
}

// TestImportRuleRefuses shows that each rule can fail.
func TestImportRuleRefuses(t *testing.T) {
	samples := []struct{ folder, imported, rule string }{
		{"idp", "gorm.io/gorm", "idp imports the standard library only"},
		{"idp", module + "storage", "idp imports the standard library only"},
		{"idp/assurance", "net/http", "idp/assurance is pure"},
		{"idp/assurance", module + "idp/session", "idp/assurance is pure"},
		{"config", module + "idp/assurance", "config knows neither the provider nor HTTP"},
		{"idp/authn/totp", module + "idp/oidc", "an authenticator knows nothing of tokens or the wire"},
		{"storage", module + "idp/keys", "storage knows the nouns only"},
		{"login-ui", module + "idp/keys", "pages hold no keys and no database"},
		{"cmd/brokerage", module + "idp", "the sample relying party stands outside"},
		{"idp/token", module + "storage", "storage is reached through small interfaces"},
		{"idp/signin", module + "config", "configuration is read in one place"},
		{"idp/oidc", module + "login-ui", "the wire knows no pages"},
		{"idp/authorize", module + "login-ui", "what issues and ends things knows no pages"},
		{"cmd/sekisho", module + "idp/idptest", "what tests stand on is for tests"},
		{"idp/provider", module + "cmd/sekisho", "only programs know programs"},
	}
	seen := map[string]bool{}
	for _, s := range samples {
		names := broken(s.folder, s.imported)
		if !strings.Contains(strings.Join(names, "\n"), s.rule) {
			t.Errorf("%s importing %s passes %q", s.folder, s.imported, s.rule)
		}
		seen[s.rule] = true
	}
	for _, rule := range importRules {
		if !seen[rule.name] {
			t.Errorf("no sample breaks %q", rule.name)
		}
	}
	for _, fine := range [][2]string{
		{"idp", "crypto/rand"}, {"idp/assurance", module + "idp"}, {"storage", module + "idp"}, {"idp/provider", module + "storage"},
		{"idp/signin", module + "login-ui"}, {"cmd/sekisho", module + "idp/provider"}, {"cmd/brokerage", "golang.org/x/oauth2"},
	} {
		if names := broken(fine[0], fine[1]); len(names) > 0 {
			t.Errorf("%s importing %s breaks %v", fine[0], fine[1], names)
		}
	}
}
