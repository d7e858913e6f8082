package main

import (
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"sekisho/idp/keys"
)

func TestKEK(t *testing.T) {
	d := newDesk(t)
	first, second := d.ok("keys", "kek"), d.ok("keys", "kek", "--json")
	if _, err := keys.OpenVault([]byte(first)); err != nil || first == second {
		t.Errorf("keys kek printed %q: %v", first, err)
	}
	info, err := os.Stat(d.path("kek"))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Fatalf("--out made %v, %v", info, err)
	}
	before, _ := os.ReadFile(d.path("kek"))
	d.fails(1, []string{"exists", "never overwritten"}, "keys", "kek", "--out", d.path("kek"))
	if after, _ := os.ReadFile(d.path("kek")); string(after) != string(before) {
		t.Error("the keyset was overwritten")
	}
	d.fails(1, []string{"--out", "no such file"}, "keys", "kek", "--out", d.path("none/kek"))
}

type shownKey struct{ Kid, Alg, State string }

func (d *desk) keys(args ...string) (list []shownKey) {
	d.t.Helper()
	d.json(&list, append([]string{"keys"}, args...)...)
	return list
}

func TestSigningKeys(t *testing.T) {
	d := migratedDesk(t)
	if list := d.keys("list"); len(list) != 0 {
		t.Errorf("looking made keys: %+v", list)
	}
	d.fails(2, []string{"--alg", "ES256, RS256"}, "keys", "rotate", "--alg", "HS256")
	made := d.keys("rotate", "--alg", "ES256")
	if len(made) != 1 || made[0].Alg != "ES256" || made[0].State != "published" {
		t.Fatalf("rotated to %+v", made)
	}
	states := func() (out []string) {
		for _, k := range d.keys("list") {
			if k.Alg == "ES256" {
				out = append(out, k.State)
			}
		}
		slices.Sort(out)
		return out
	}
	if got := states(); !slices.Equal(got, []string{"published", "signing"}) {
		t.Errorf("after a rotation: %v", got)
	}
	if again := d.keys("rotate", "--alg", "ES256"); again[0].Kid != made[0].Kid {
		t.Errorf("a rotation under way began again: %+v", again)
	}
	d.fails(1, []string{`no signing key "none"`}, "keys", "retire", "none")
	d.keys("retire", made[0].Kid)
	if got := states(); !slices.Equal(got, []string{"retired", "signing"}) {
		t.Errorf("after retiring: %v", got)
	}
	out := d.ok("keys", "list")
	if !strings.Contains(out, "KID") || strings.Contains(out, "sealed") || strings.Contains(d.ok("keys", "list", "--json"), "ealed") {
		t.Errorf("list:\n%s", out)
	}
	var trail []struct{ Event, Actor string }
	d.json(&trail, "audit", "list", "--event", "key.retired")
	if len(trail) != 1 || trail[0].Actor != "operator" {
		t.Errorf("audit trail %+v", trail)
	}
}

// A keyset that is another database's is told as such, by every command that needs it,
// before anything is written; one that is none at all is a mistake of the configuration.
func TestWrongKEK(t *testing.T) {
	d := migratedDesk(t)
	d.keys("rotate", "--alg", "ES256")
	d.ok("account", "add", "--login-name", "10000001", "--email", "a@example.co.jp")
	records := d.count("SELECT COUNT(*) FROM audit_records") + d.count("SELECT COUNT(*) FROM signing_keys")
	if err := os.Rename(d.path("kek"), d.path("right")); err != nil {
		t.Fatal(err)
	}
	commands := [][]string{
		{"keys", "rotate"}, {"keys", "retire", "x"}, {"audit", "verify"}, {"account", "invite", "10000001"}, {"serve"},
		{"account", "add", "--login-name", "10000002", "--email", "b@example.co.jp", "--invite"},
	}
	t.Run("missing", func(t *testing.T) {
		for _, args := range commands {
			d.fails(2, []string{"kek", "no such file"}, args...)
		}
	})
	t.Run("another database's", func(t *testing.T) {
		d.ok2("keys", "kek", "--out", d.path("kek"))
		for _, args := range commands {
			d.fails(1, []string{"kek", "did not seal what is in this database"}, args...)
		}
	})
	t.Run("none at all", func(t *testing.T) {
		if err := os.WriteFile(d.path("kek"), []byte("correct horse battery staple, forty letters"), 0o600); err != nil {
			t.Fatal(err)
		}
		for _, args := range append(commands, []string{"config", "check"}) {
			d.fails(2, []string{"kek", "sekisho keys kek"}, args...)
		}
	})
	if n := d.count("SELECT COUNT(*) FROM audit_records") + d.count("SELECT COUNT(*) FROM signing_keys"); n != records {
		t.Errorf("%d rows, %d before", n, records)
	}
}

// ok2 runs a command that reads no configuration file, in a desk whose own is broken.
func (d *desk) ok2(args ...string) {
	d.t.Helper()
	(&desk{t: d.t, dir: d.dir, environ: nil}).ok(args...)
}

// An operator replaces the key-encryption key step by step. TL-05
func TestReplacingTheKEK(t *testing.T) {
	d := migratedDesk(t)
	d.keys("rotate", "--alg", "ES256")
	d.ok("account", "add", "--login-name", "10000001", "--email", "a@example.co.jp", "--invite")
	d.seal()
	type kekKey struct {
		ID      int
		Primary bool
	}
	list := func() (ids []string, primary string) {
		var keys []kekKey
		d.json(&keys, "keys", "kek", "list")
		for _, k := range keys {
			ids = append(ids, strconv.Itoa(k.ID))
			if k.Primary {
				primary = strconv.Itoa(k.ID)
			}
		}
		return ids, primary
	}
	use := func(name string) {
		t.Helper()
		if err := os.Rename(d.path(name), d.path("kek")); err != nil {
			t.Fatal(err)
		}
	}
	_, first := list()
	d.fails(2, []string{"no key of the configured keyset", "keys kek list"}, "keys", "kek", "promote", "7")
	d.fails(2, []string{"promote another first"}, "keys", "kek", "drop", first)

	d.ok("keys", "kek", "add", "--out", d.path("two"))
	use("two")
	ids, primary := list()
	if len(ids) != 2 || primary != first {
		t.Fatalf("TL-05 after adding: %v, primary %s", ids, primary)
	}
	second := ids[1-slices.Index(ids, first)]
	d.ok("keys", "kek", "promote", second, "--out", d.path("three"))
	use("three")
	d.fails(1, []string{"still needed", "sekisho keys rewrap"}, "keys", "kek", "drop", first, "--out", d.path("four"))
	d.ok("audit", "verify") // under the older key too

	var done struct{ Looked, Replaced, Seals int }
	if d.json(&done, "keys", "rewrap"); done.Replaced < 4 || done.Replaced != done.Looked || done.Seals != 1 {
		t.Errorf("TL-05 rewrapped %+v", done)
	}
	if d.json(&done, "keys", "rewrap"); done.Replaced != 0 {
		t.Errorf("TL-05 rewrapped again %+v", done)
	}
	d.ok("keys", "kek", "drop", first, "--out", d.path("four"))
	use("four")
	if ids, primary = list(); len(ids) != 1 || primary != second {
		t.Errorf("TL-05 after dropping: %v, primary %s", ids, primary)
	}
	d.ok("keys", "rotate", "--alg", "ES256")
	d.ok("audit", "verify")
	var trail []struct{ Event string }
	if d.json(&trail, "audit", "list", "--event", "kek.rewrapped"); len(trail) != 2 {
		t.Errorf("audit trail %+v", trail)
	}
}
