package witness

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"sekisho/config"
	"sekisho/idp"
	"sekisho/idp/idptest"
)

// TestRegistrationWitness has a library of others register itself.
func TestRegistrationWitness(t *testing.T) {
	node, err := exec.LookPath("node")
	if err != nil {
		t.Fatal("node is needed; see .ci/setup: ", err)
	}
	clock := idptest.NewClock()
	clock.Advance(-10 * time.Minute)
	p := idptest.New(t, idptest.Options{Clock: clock, Edit: func(c *config.Config) { c.Registration.Policy = config.RegistrationToken }})
	token, now := idp.NewSecret(), clock.Now()
	err = p.Store.CreateInitialToken(t.Context(), idp.InitialToken{ID: idp.NewID(), Hash: idp.HashSecret(token), MaxUses: 1, CreatedAt: now, ExpiresAt: now.Add(time.Hour)}, idp.Effects{})
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(setting{
		RedirectURI: redirectURI, Clients: map[string]client{"initial": {ClientSecret: token}},
		Accounts: map[string]account{"registration": customer(t, p, "100-0004")},
	})
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "setting.json")
	if err := os.WriteFile(file, text, 0o600); err != nil {
		t.Fatal(err)
	}
	follow(t, clock)
	cmd := exec.CommandContext(t.Context(), node, "--test", "--test-reporter=spec", "registration.mjs")
	cmd.Env = append(os.Environ(), "SEKISHO_WITNESS_ISSUER="+p.URL, "SEKISHO_WITNESS_FILE="+file)
	if out, err := cmd.CombinedOutput(); err != nil || !strings.Contains(string(out), "skipped 0") {
		t.Errorf("%v\n%s", err, out)
	}
}
