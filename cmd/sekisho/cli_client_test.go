package main

import (
	"encoding/json"
	"strings"
	"testing"

	"sekisho/idp"
)

// shownClient is a client as --json prints it.
type shownClient struct {
	ClientID string             `json:"client_id"`
	Secret   string             `json:"client_secret"`
	Disabled bool               `json:"disabled"`
	Metadata idp.ClientMetadata `json:"metadata"`
}

const tradeFile = `{
  "client_name": "Aoba Trade", "client_name#ja": "青葉トレード",
  "redirect_uris": ["https://trade.aoba-sec.co.jp/callback"],
  "scope": "openid profile", "grant_types": ["authorization_code", "refresh_token"],
  "sekisho_first_party": true
}`

func TestClients(t *testing.T) {
	d := migratedDesk(t)
	var made shownClient
	d.json(&made, "client", "add", "--id", "trade", "-f", d.write("trade.json", tradeFile))
	if made.ClientID != "trade" || len(made.Secret) < 43 || made.Metadata.ClientNameJA != "青葉トレード" || made.Metadata.TokenEndpointAuthMethod != idp.AuthClientSecretBasic {
		t.Fatalf("made %+v", made)
	}
	table := d.ok("client", "add", "--id", "app", "--native", "--auth-method", "none", "--redirect-uri", "jp.co.aoba.app:/callback", "--name", "App")
	if strings.Contains(table, "client_secret") {
		t.Errorf("a public client got a secret:\n%s", table)
	}
	if r := d.fed(`{"grant_types":["client_credentials"]}`, "client", "add", "--json", "-f", "-", "--id", "batch", "--scope", "openid"); r.status != 0 {
		t.Errorf("from standard input: %+v", r)
	}
	d.fails(1, []string{`client "trade" exists already`}, "client", "add", "--id", "trade", "-f", d.path("trade.json"))

	t.Run("LO-05 where it is told of logouts", func(t *testing.T) {
		var told shownClient
		d.json(&told, "client", "add", "--id", "told", "--redirect-uri", "https://told.example/cb", "--backchannel-logout-uri", "https://told.example/out",
			"--frontchannel-logout-uri", "https://told.example/bye", "--initiate-login-uri", "https://told.example/in")
		if m := told.Metadata; m.BackChannelLogoutURI != "https://told.example/out" || m.FrontChannelLogoutURI != "https://told.example/bye" || m.InitiateLoginURI != "https://told.example/in" {
			t.Errorf("made %+v", m)
		}
		d.fails(2, []string{"backchannel_logout_uri must be https"}, "client", "add", "--id", "x", "--redirect-uri", "https://x.example/cb", "--backchannel-logout-uri", "http://x.example/out")
		d.ok("client", "remove", "told")
	})
	t.Run("list and show", func(t *testing.T) {
		var list []shownClient
		d.json(&list, "client", "list")
		if len(list) != 3 || list[0].ClientID != "app" {
			t.Errorf("listed %+v", list)
		}
		for _, args := range [][]string{{"client", "list"}, {"client", "show", "trade"}, {"client", "show", "trade", "--json"}, {"client", "list", "--json"}} {
			if out := d.ok(args...); !strings.Contains(out, "Aoba Trade") || strings.Contains(out, made.Secret) || strings.Contains(out, "client_secret\"") {
				t.Errorf("sekisho %v:\n%s", args, out)
			}
		}
		if out := d.ok("client", "show", "trade"); !strings.Contains(out, "redirect_uris") || !strings.Contains(out, "https://trade.aoba-sec.co.jp/callback") {
			t.Errorf("shown:\n%s", out)
		}
	})
	t.Run("no such client", func(t *testing.T) {
		for _, args := range [][]string{{"show", "none"}, {"remove", "none"}, {"update", "none", "--disable"}} {
			d.fails(1, []string{`no client "none"`}, append([]string{"client"}, args...)...)
		}
	})
	t.Run("update", func(t *testing.T) {
		var c shownClient
		if d.json(&c, "client", "update", "trade", "--name", "Aoba", "--first-party=false", "--disable"); c.Metadata.ClientName != "Aoba" || c.Metadata.FirstParty ||
			!c.Disabled || c.Secret != "" || c.Metadata.ClientNameJA != "青葉トレード" {
			t.Errorf("flags: %+v", c)
		}
		if c = (shownClient{}); true {
			d.json(&c, "client", "update", "trade", "--enable", "--new-secret")
		}
		if c.Disabled || len(c.Secret) < 43 || c.Secret == made.Secret {
			t.Errorf("new secret: %+v", c)
		}
		c = shownClient{}
		if d.json(&c, "client", "update", "trade", "-f", d.write("other.json", `{"redirect_uris":["https://trade.aoba-sec.co.jp/cb2"]}`)); c.Metadata.ClientName != "" || c.Secret != "" {
			t.Errorf("a file replaces everything: %+v", c)
		}
	})
	t.Run("a change of method changes the secret with it", func(t *testing.T) {
		d.fails(2, []string{"--new-secret", "token_endpoint_auth_method is none"}, "client", "update", "app", "--new-secret")
		var c shownClient
		if d.json(&c, "client", "update", "app", "--auth-method", "client_secret_post"); len(c.Secret) < 43 {
			t.Errorf("a client that now needs a secret got none: %+v", c)
		}
		c = shownClient{}
		if d.json(&c, "client", "update", "app", "--auth-method", "none"); c.Secret != "" {
			t.Errorf("a public client got a secret: %+v", c)
		}
		if d.json(&c, "client", "update", "app", "--auth-method", "client_secret_basic"); len(c.Secret) < 43 {
			t.Errorf("the old secret came back to life: %+v", c)
		}
	})
	t.Run("remove", func(t *testing.T) {
		var removed map[string]string
		if d.json(&removed, "client", "remove", "app"); removed["removed"] != "app" {
			t.Errorf("removed %v", removed)
		}
		d.fails(1, []string{`no client "app"`}, "client", "show", "app")
	})
	t.Run("AD-05 all of it is in the audit trail", func(t *testing.T) {
		var records []struct{ Event, Actor, ClientID string }
		raw := d.ok("audit", "list", "--client", "app", "--json")
		if err := json.Unmarshal([]byte(strings.ReplaceAll(raw, "client_id", "ClientID")), &records); err != nil {
			t.Fatal(err)
		}
		var events []string
		for _, r := range records {
			if r.Actor != "operator" || r.ClientID != "app" {
				t.Errorf("record %+v", r)
			}
			events = append(events, r.Event)
		}
		if got := strings.Join(events, " "); got != "client.created client.updated client.updated client.updated client.deleted" {
			t.Errorf("events: %s", got)
		}
	})
}

// Mistakes are named with the member and what would be right. AD-02 AD-04
func TestClientMistakes(t *testing.T) {
	d := migratedDesk(t)
	for name, c := range map[string]struct {
		file  string
		words []string
	}{
		"AD-02 a misspelt member":       {`{"redirect_uri": ["https://a.example/cb"]}`, []string{`"redirect_uri" is not known`, "did you mean redirect_uris?"}},
		"AD-02 a member of ours":        {`{"redirect_uris": ["https://a.example/cb"], "version": 7}`, []string{`"version" is not known`}},
		"AD-02 a secret of one's own":   {`{"redirect_uris": ["https://a.example/cb"], "client_secret": "hunter2"}`, []string{`"client_secret" is not known`}},
		"AD-02 a member twice":          {`{"redirect_uris": ["https://a.example/cb"], "scope": "openid", "scope": "openid profile"}`, []string{"well-formed"}},
		"two mistakes at once":          {`{"redirect_uris": "https://a.example/cb", "sekisho_first_party": "yes"}`, []string{"redirect_uris must be a list of strings", "sekisho_first_party must be true or false"}},
		"a comma too many":              {"{\n\"scope\": \"openid\",\n}", []string{"client.json:3", "not well-formed JSON"}},
		"a list":                        {`[]`, []string{"not a JSON object"}},
		"nothing":                       {``, []string{"not well-formed JSON"}},
		"AD-04 http":                    {`{"redirect_uris": ["http://a.example/cb"]}`, []string{"invalid_redirect_uri", "must be https"}},
		"AD-04 no redirect URI":         {`{}`, []string{"redirect_uris is required"}},
		"AD-04 a method that is none":   {`{"redirect_uris": ["https://a.example/cb"], "token_endpoint_auth_method": "basic"}`, []string{"token_endpoint_auth_method", "client_secret_basic"}},
		"AD-04 a grant that is none":    {`{"redirect_uris": ["https://a.example/cb"], "grant_types": ["implicit"]}`, []string{"grant_types", "authorization_code"}},
		"AD-04 a scope that is none":    {`{"redirect_uris": ["https://a.example/cb"], "scope": "openid trade"}`, []string{"scope", "offline_access"}},
		"AD-04 an alg we do not hold":   {`{"redirect_uris": ["https://a.example/cb"], "id_token_signed_response_alg": "PS256"}`, []string{"id_token_signed_response_alg", "RS256"}},
		"AD-04 fapi2 with a secret":     {`{"redirect_uris": ["https://a.example/cb"], "sekisho_profile": "fapi2", "token_endpoint_auth_method": "client_secret_basic"}`, []string{"sekisho_profile", "private_key_jwt"}},
		"AD-04 two bindings":            {`{"redirect_uris": ["https://a.example/cb"], "dpop_bound_access_tokens": true, "tls_client_certificate_bound_access_tokens": true}`, []string{"dpop_bound_access_tokens", "exclude"}},
		"AD-04 no certificates here":    {`{"redirect_uris": ["https://a.example/cb"], "token_endpoint_auth_method": "tls_client_auth", "tls_client_auth_san_dns": "a.example"}`, []string{"listen.mtls.ca_file"}},
		"AD-04 a key without a key set": {`{"redirect_uris": ["https://a.example/cb"], "token_endpoint_auth_method": "private_key_jwt"}`, []string{"jwks"}},
		"AD-04 too long a token":        {`{"redirect_uris": ["https://a.example/cb"], "sekisho_access_token_lifetime": 90000}`, []string{"sekisho_access_token_lifetime", "3600"}},
		"AD-04 a mode that is none":     {`{"redirect_uris": ["https://a.example/cb"], "sekisho_response_modes": ["fragment"]}`, []string{"sekisho_response_modes", "form_post"}},
	} {
		t.Run(name, func(t *testing.T) {
			(&desk{t, d.dir, d.environ}).fails(2, c.words, "client", "add", "-f", d.write("client.json", c.file))
		})
	}
	var list []any
	if d.json(&list, "client", "list"); len(list) != 0 {
		t.Errorf("%d clients were made by mistake", len(list))
	}
}
