package main

import (
	"strings"
	"testing"
)

func TestConfigExplain(t *testing.T) {
	d := newDesk(t)
	if out := d.ok("config", "explain"); !strings.HasPrefix(out, "画面と窓口\n  - ログインの画面はhttp://localhost:9000にあり") || !strings.Contains(out, "\n\nパスキー\n") {
		t.Errorf("explained %q", out)
	}
	if out := d.ok("config", "explain", "--lang", "en"); !strings.Contains(out, "An account has at most 3 passkeys.") {
		t.Errorf("explained %q", out)
	}
	t.Run("a preset changes what is said", func(t *testing.T) {
		file := d.write("d.yaml", "preset: reference-d\n"+deskConfig)
		out := d.ok("config", "explain", "--lang", "en", "--config", file)
		for _, want := range []string{"Withdrawal: From 15 May 2026, 00:00: ", "Withdrawal: Until 15 May 2026, 00:00: ", "The transaction password is asked for as well, each time."} {
			if !strings.Contains(out, want) {
				t.Errorf("%q is not said in\n%s", want, out)
			}
		}
	})
	t.Run("as JSON", func(t *testing.T) {
		var v struct {
			Preset, Language string
			Sections         []struct {
				ID, Title string
				Sentences []string
			}
		}
		d.json(&v, "config", "explain", "--lang", "en")
		if v.Preset != "default" || v.Language != "en" || len(v.Sections) != 11 || v.Sections[1].ID != "sign_in" || len(v.Sections[1].Sentences) == 0 {
			t.Errorf("%+v", v)
		}
	})
	d.fails(2, []string{"--lang", "write one of ja, en"}, "config", "explain", "--lang", "fr")
	d.fails(2, []string{"name a readable YAML file"}, "config", "explain", "--config", d.path("none.yaml"))
}
