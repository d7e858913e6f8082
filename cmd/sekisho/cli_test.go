package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// desk is an operator at a terminal: a folder with a configuration, a keyset and a
// database, and the commands run on them.
type desk struct {
	t       *testing.T
	dir     string
	environ []string
}

// result is what one command left behind.
type result struct {
	status   int
	out, err string
}

const deskConfig = `issuer: http://localhost:9000
mode: development
listen: {addr: "localhost:0"}
operations: {addr: ""}
database: {url: "sqlite:DIR/sekisho.db"}
kek: {file: kek}
firm: {name: {ja: 青葉証券, en: Aoba Securities}}
mail: {kind: development, mailbox_addr: "localhost:0", from: no-reply@aoba.example}
tokens: {algorithms: [ES256, RS256]}
log: {level: warn}
`

// newDesk is a desk whose database is not migrated yet.
func newDesk(t *testing.T) *desk {
	t.Helper()
	d := &desk{t: t, dir: t.TempDir()}
	d.write("sekisho.yaml", deskConfig)
	d.environ = []string{"SEKISHO_CONFIG=" + d.path("sekisho.yaml"), "HOME=" + d.dir}
	d.ok("keys", "kek", "--out", d.path("kek"))
	return d
}

// migratedDesk is ready for work.
func migratedDesk(t *testing.T) *desk {
	t.Helper()
	d := newDesk(t)
	d.ok("migrate")
	return d
}

func (d *desk) path(name string) string { return filepath.Join(d.dir, name) }

// write makes a file in the folder; DIR in it becomes the folder.
func (d *desk) write(name, content string) string {
	d.t.Helper()
	if err := os.WriteFile(d.path(name), []byte(strings.ReplaceAll(content, "DIR", d.dir)), 0o600); err != nil {
		d.t.Fatal(err)
	}
	return d.path(name)
}

func (d *desk) run(args ...string) result {
	d.t.Helper()
	return d.fed("", args...)
}

// fed runs a command with something on its standard input.
func (d *desk) fed(stdin string, args ...string) result {
	d.t.Helper()
	var out, errs bytes.Buffer
	status := run(d.t.Context(), args, d.environ, strings.NewReader(stdin), &out, &errs)
	return result{status, out.String(), errs.String()}
}

// ok runs a command that must succeed, silently beside its output.
func (d *desk) ok(args ...string) string {
	d.t.Helper()
	r := d.run(args...)
	if r.status != 0 || r.err != "" {
		d.t.Fatalf("sekisho %s: status %d\n%s%s", strings.Join(args, " "), r.status, r.out, r.err)
	}
	return r.out
}

// json runs a command with --json; its standard output must be one JSON value.
func (d *desk) json(into any, args ...string) {
	d.t.Helper()
	out := d.ok(append(args, "--json")...)
	if err := json.Unmarshal([]byte(out), into); err != nil {
		d.t.Fatalf("sekisho %s --json printed no JSON: %v\n%s", strings.Join(args, " "), err, out)
	}
}

// fails runs a command that must fail with the status, print nothing on standard output
// and say all of these words on standard error.
func (d *desk) fails(status int, words []string, args ...string) {
	d.t.Helper()
	d.failed(d.run(args...), status, words, args...)
}

func (d *desk) failed(r result, status int, words []string, args ...string) {
	d.t.Helper()
	if r.status != status || r.out != "" || !strings.HasPrefix(r.err, "sekisho: ") {
		d.t.Errorf("sekisho %s: status %d, want %d\nstdout: %s\nstderr: %s", strings.Join(args, " "), r.status, status, r.out, r.err)
	}
	for _, word := range words {
		if !strings.Contains(r.err, word) {
			d.t.Errorf("sekisho %s says nothing about %q:\n%s", strings.Join(args, " "), word, r.err)
		}
	}
}

func TestWrongCalls(t *testing.T) {
	d := newDesk(t)
	for name, c := range map[string]struct {
		args  []string
		words []string
	}{
		"unknown command":           {[]string{"frobnicate"}, []string{`unknown command "frobnicate"`, "sekisho --help"}},
		"misspelt command":          {[]string{"clinet"}, []string{"did you mean client?"}},
		"unknown command of one":    {[]string{"keys", "rotat"}, []string{"sekisho keys", "did you mean rotate?"}},
		"unknown flag":              {[]string{"client", "list", "--frob"}, []string{"--frob", "sekisho client list --help"}},
		"a flag without its value":  {[]string{"client", "add", "--name"}, []string{"--name"}},
		"an argument missing":       {[]string{"client", "show"}, []string{"CLIENT_ID is missing"}},
		"an argument too many":      {[]string{"migrate", "now"}, []string{`unexpected argument "now"`}},
		"demo with an argument":     {[]string{"demo", "now"}, []string{"now"}},
		"demo in no such language":  {[]string{"demo", "--lang", "fr"}, []string{"--lang", "ja", "en"}},
		"demo at no such address":   {[]string{"demo", "--addr", "9000"}, []string{"9000"}},
		"a status that is none":     {[]string{"account", "list", "--status", "asleep"}, []string{"--status", "invited, active or locked"}},
		"a page that is none":       {[]string{"account", "list", "--limit", "0"}, []string{"--limit", "1 to 200"}},
		"more records than a page":  {[]string{"audit", "list", "--limit", "5000"}, []string{"--limit", "--after"}},
		"a duration that is none":   {[]string{"audit", "list", "--since", "yesterday"}, []string{"--since"}},
		"an update of nothing":      {[]string{"client", "update", "app"}, []string{"nothing to change"}},
		"an update both ways":       {[]string{"client", "update", "app", "--enable", "--disable"}, []string{"--enable", "--disable"}},
		"a client id with a space":  {[]string{"client", "add", "--id", "a b"}, []string{"--id"}},
		"a file that is not there":  {[]string{"client", "add", "-f", d.path("none.json")}, []string{"none.json", "no such file"}},
		"an account file not there": {[]string{"account", "add", "-f", d.path("none.json")}, []string{"none.json"}},
	} {
		t.Run(name, func(t *testing.T) { (&desk{t, d.dir, d.environ}).fails(2, c.words, c.args...) })
	}
}

func TestHelp(t *testing.T) {
	d := newDesk(t)
	for _, args := range [][]string{{}, {"--help"}, {"keys"}, {"client", "--help"}, {"client", "add", "--help"}, {"serve", "--help"}} {
		if out := d.ok(args...); !strings.Contains(out, "Usage:") {
			t.Errorf("sekisho %v prints no help:\n%s", args, out)
		}
	}
	if out := d.ok("--version"); !strings.Contains(out, version) {
		t.Errorf("--version prints %q", out)
	}
}

// PW-12: a new installation holds nothing that somebody could sign in with or as.
func TestMigrate(t *testing.T) {
	d := newDesk(t)
	for _, args := range [][]string{
		{"client", "list"}, {"account", "list"}, {"audit", "list"}, {"audit", "verify"}, {"keys", "list"}, {"keys", "rotate"}, {"serve"},
		{"account", "add", "--login-name", "10000001", "--email", "a@example.co.jp"},
	} {
		d.fails(1, []string{"schema is not current", "sekisho migrate"}, args...)
	}
	type step struct {
		Version int
		Name    string
		Applied bool
	}
	status := func(args ...string) (applied, all int) {
		var steps []step
		d.json(&steps, append([]string{"migrate"}, args...)...)
		for _, s := range steps {
			if s.Applied {
				applied++
			}
			if s.Name == "" || s.Version == 0 {
				t.Errorf("a step without a name: %+v", s)
			}
		}
		return applied, len(steps)
	}
	if applied, all := status("--status"); applied != 0 || all < 6 {
		t.Errorf("before: %d of %d steps applied", applied, all)
	}
	if out := d.ok("migrate", "--status"); !strings.Contains(out, "00001_clients.sql") || strings.Contains(out, "yes") {
		t.Errorf("--status:\n%s", out)
	}
	for range 2 { // a second time changes nothing
		if applied, all := status(); applied != all {
			t.Errorf("after: %d of %d steps applied", applied, all)
		}
	}
	for _, what := range []string{"account", "client", "keys", "audit"} {
		var list []any
		if d.json(&list, what, "list"); len(list) != 0 {
			t.Errorf("PW-12: a new database holds %s: %v", what, list)
		}
	}
}
