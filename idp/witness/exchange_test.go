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
	loginui "sekisho/login-ui"
)

// TestExchangeWitness has the libraries of others exchange a customer's token, hand it on,
// and look at what they got; and runs the developers' page's example as it is shown.
func TestExchangeWitness(t *testing.T) {
	node, err := exec.LookPath("node")
	if err != nil {
		t.Fatal("node is needed; see .ci/setup: ", err)
	}
	clock := idptest.NewClock()
	clock.Advance(-10 * time.Minute)
	p := idptest.New(t, idptest.Options{Clock: clock, Edit: func(c *config.Config) {
		c.Tokens.Exchange = map[string]config.Exchange{
			"first":  {Client: "api", From: []string{resource}, To: []string{loginui.ExampleTarget}, Scopes: []string{"profile"}},
			"second": {Client: "settlement", From: []string{loginui.ExampleTarget}, To: []string{"https://ledger.aoba.example"}},
		}
	}})
	server := func(id, of string) client {
		return client{ClientID: id, ClientSecret: p.AddClient(id, idp.ClientMetadata{
			TokenEndpointAuthMethod: idp.AuthClientSecretBasic, ResourceServer: []string{of},
			GrantTypes: []string{"urn:ietf:params:oauth:grant-type:token-exchange"},
		})}
	}
	clients := map[string]client{"first": server("api", resource), "second": server("settlement", loginui.ExampleTarget)}
	app := p.NewRelyingParty("app", func(m *idp.ClientMetadata) { m.Resources = []string{resource} })
	who := p.AddAccount(idptest.Customer{Login: "100-0010", TOTP: true})
	browser := p.SignedIn(who)
	follow(t, clock)
	clients["subject"] = client{ClientID: app.ID, ClientSecret: app.Grant(browser, "scope", "openid profile").String("access_token")}
	text, err := json.Marshal(setting{Resource: resource, RedirectURI: redirectURI, Clients: clients, Accounts: map[string]account{"exchange": {Sub: who.Subject}}})
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "setting.json")
	if err := os.WriteFile(file, text, 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), node, "--test", "--test-reporter=spec", "exchange.mjs")
	cmd.Env = append(os.Environ(), "SEKISHO_WITNESS_ISSUER="+p.URL, "SEKISHO_WITNESS_FILE="+file)
	if out, err := cmd.CombinedOutput(); err != nil || !strings.Contains(string(out), "skipped 0") {
		t.Errorf("%v\n%s", err, out)
	}
	t.Run("the example", func(t *testing.T) {
		shown, err := loginui.ExchangeExample(p.URL)
		if err != nil {
			t.Fatal(err)
		}
		source := strings.NewReplacer(loginui.ExampleClientID, "api", // and what localhost without TLS needs
			"client.ClientSecretBasic(process.env.CLIENT_SECRET))", "client.ClientSecretBasic(process.env.CLIENT_SECRET), { execute: [client.allowInsecureRequests] })").Replace(shown.Code)
		source += "\nconsole.log('token: ' + await onBehalf(process.env.SUBJECT))\n"
		cmd := exec.CommandContext(t.Context(), node, "--input-type=module", "-")
		cmd.Stdin = strings.NewReader(source)
		cmd.Env = append(os.Environ(), "CLIENT_SECRET="+clients["first"].ClientSecret, "SUBJECT="+clients["subject"].ClientSecret)
		out, err := cmd.CombinedOutput()
		_, token, found := strings.Cut(strings.TrimSpace(string(out)), "token: ")
		if err != nil || !found || idptest.Claims(t, token)["client_id"] != "api" {
			t.Errorf("%v\n%s", err, out)
		}
	})
}
