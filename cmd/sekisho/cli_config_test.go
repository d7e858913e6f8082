package main

import (
	"bytes"
	"encoding/json"
	"os"
	"strings"
	"testing"

	"sekisho/config"
)

func TestConfigCheck(t *testing.T) {
	d := newDesk(t)
	var v map[string]string
	if d.json(&v, "config", "check"); v["result"] != "ok" || v["issuer"] != "http://localhost:9000" || v["mode"] != "development" {
		t.Errorf("checked %v", v)
	}
	if out := d.ok("config", "check"); !strings.HasPrefix(out, "ok: http://localhost:9000") {
		t.Errorf("checked %q", out)
	}
	if _, err := os.Stat(d.path("sekisho.db")); err == nil {
		t.Error("checking made a database")
	}
	t.Run("--config names the file too", func(t *testing.T) {
		other := d.write("other.yaml", strings.ReplaceAll(deskConfig, "localhost:9000", "localhost:9400"))
		if out := d.ok("config", "check", "--config", other); !strings.Contains(out, "9400") {
			t.Errorf("checked %q", out)
		}
	})
	t.Run("no such file", func(t *testing.T) {
		for _, args := range [][]string{{"config", "check"}, {"serve"}, {"migrate"}, {"client", "list"}} {
			d.fails(2, []string{"none.yaml", "name a readable YAML file"}, append(args, "--config", d.path("none.yaml"))...)
		}
	})
	t.Run("a file that cannot be read", func(t *testing.T) {
		d.fails(2, []string{"name a readable YAML file"}, "config", "check", "--config", d.dir)
	})
	t.Run("every mistake with its place", func(t *testing.T) {
		d.write("wrong.yaml", "issuer: http://localhost:9000\nmode: development\nlisen: {addr: ':1'}\nsession:\n  idle: 90\nlog: {level: loud}\n")
		for _, args := range [][]string{{"config", "check"}, {"serve"}, {"migrate"}} {
			d.fails(2, []string{"wrong.yaml:3: lisen", "did you mean listen?", "wrong.yaml:5: session.idle", "wrong.yaml:6: log.level", "write one of debug, info, warn, error"},
				append(args, "--config", d.path("wrong.yaml"))...)
		}
	})
	t.Run("a variable that is no key", func(t *testing.T) {
		(&desk{t, d.dir, append(d.environ, "SEKISHO_SESION__IDLE=1h")}).fails(2, []string{"SEKISHO_SESION__IDLE", "did you mean"}, "config", "check")
	})
	t.Run("a certificate that is none", func(t *testing.T) {
		d.write("cert.pem", "nothing")
		d.write("tls.yaml", strings.Replace(deskConfig, "listen: {", "listen: {tls: {cert_file: cert.pem, key_file: key.pem}, ", 1))
		d.fails(2, []string{"listen.tls"}, "config", "check", "--config", d.path("tls.yaml"))
	})
}

// OP-02: production refuses to start with what is unsafe and says where it stands.
func TestProductionRefusesToServe(t *testing.T) {
	d := newDesk(t)
	file := d.write("production.yaml", `issuer: http://login.aoba.example
listen: {addr: "localhost:0"}
database: {url: "sqlite::memory:"}
kek: {file: kek}
firm: {name: {ja: 青葉証券, en: Aoba Securities}}
mail: {kind: development}
tokens: {clock_skew: 90s}
log: {level: debug}
`)
	for _, args := range [][]string{{"serve"}, {"serve", "--migrate"}, {"config", "check"}, {"migrate"}} {
		d.fails(2, []string{
			file + ":1: issuer is http in production",
			file + ":3: database.url is in memory", file + ":6: mail.kind is development", file + ":7: tokens.clock_skew",
			file + ":8: log.level is debug", "password.pepper is missing", "listen.tls is missing and no proxy is trusted",
			"firm.help_desk.phone is missing",
		}, append(args, "--config", file)...)
	}
	(&desk{t, d.dir, append(d.environ, "SEKISHO_LOG__LEVEL=debug")}).fails(2, []string{"SEKISHO_LOG__LEVEL: log.level is debug in production"}, "serve", "--config", file)
}

func TestPrintSchema(t *testing.T) {
	out := (&desk{t: t}).ok("serve", "--print-schema") // without any configuration
	if !json.Valid([]byte(out)) || !bytes.Equal([]byte(out), config.Schema()) {
		t.Errorf("printed %.200s", out)
	}
}
