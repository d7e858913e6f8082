package witness

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/pquerna/otp/totp"

	"sekisho/idp"
	"sekisho/idp/idptest"
)

const (
	resource    = "https://api.aoba.example"
	redirectURI = "https://rp.example/callback" // never fetched: the witnesses stop there
)

type client struct {
	ClientID     string          `json:"client_id"`
	ClientSecret string          `json:"client_secret,omitempty"`
	PrivateJWK   json.RawMessage `json:"private_jwk,omitempty"`
}

type account struct {
	Login      string `json:"login"`
	Password   string `json:"password"`
	TOTPSecret string `json:"totp_secret"` // base32
	Sub        string `json:"sub"`
}

// setting is the file the scripts read.
type setting struct {
	Resource       string             `json:"resource"`
	RedirectURI    string             `json:"redirect_uri"`
	Accounts       map[string]account `json:"accounts"` // by script: each spends TOTP codes of its own
	Clients        map[string]client  `json:"clients"`  // by authentication method
	ResourceServer client             `json:"resource_server"`
}

// TestWitnesses runs the Node scripts against a provider of this process.
func TestWitnesses(t *testing.T) {
	node, err := exec.LookPath("node")
	if err != nil {
		t.Fatal("node is needed; see .ci/setup: ", err)
	}
	if _, err := os.Stat("node_modules/openid-client/package.json"); err != nil {
		t.Fatal("the packages are needed; run .ci/setup: ", err)
	}
	// Codes that confirm an authenticator app are spent in the past; the scripts know only
	// the real time.
	clock := idptest.NewClock()
	clock.Advance(-10 * time.Minute)
	p := idptest.New(t, idptest.Options{Clock: clock})
	s := setting{
		Resource: resource, RedirectURI: redirectURI,
		Accounts: map[string]account{"openid-client": customer(t, p, "100-0001"), "oauth4webapi": customer(t, p, "100-0002")},
		Clients:  clients(t, p),
		ResourceServer: client{ClientID: "api", ClientSecret: p.AddClient("api", idp.ClientMetadata{
			ClientProfile: idp.ProfileOAuth21, TokenEndpointAuthMethod: idp.AuthClientSecretBasic, ResourceServer: []string{resource},
		})},
	}
	file := filepath.Join(t.TempDir(), "setting.json")
	text, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, text, 0o600); err != nil {
		t.Fatal(err)
	}
	follow(t, clock)
	for _, script := range []string{"openid-client.mjs", "oauth4webapi.mjs"} {
		t.Run(script, func(t *testing.T) {
			t.Parallel()
			cmd := exec.CommandContext(t.Context(), node, "--test", "--test-reporter=spec", script)
			cmd.Env = append(os.Environ(), "SEKISHO_WITNESS_ISSUER="+p.URL, "SEKISHO_WITNESS_FILE="+file)
			if out, err := cmd.CombinedOutput(); err != nil || !strings.Contains(string(out), "skipped 0") {
				t.Errorf("%v\n%s", err, out)
			}
		})
	}
}

// follow keeps the provider's clock at the real time from now on.
func follow(t *testing.T, clock *idptest.Clock) {
	t.Helper()
	catchUp := func() { clock.Advance(time.Since(clock.Now())) }
	catchUp()
	tick := time.NewTicker(100 * time.Millisecond)
	ended := make(chan struct{})
	t.Cleanup(func() { tick.Stop(); close(ended) })
	go func() {
		for {
			select {
			case <-tick.C:
				catchUp()
			case <-ended:
				return
			}
		}
	}()
}

// customer adds an account with a password and an authenticator app of which the secret is known.
func customer(t *testing.T, p *idptest.Provider, login string) account {
	t.Helper()
	a := p.AddAccount(idptest.Customer{Login: login, Profile: idp.Profile{Name: "Hanako Aoba"}})
	enrolment, err := p.TOTP().Enrol(context.Background(), &a.Account, "witness")
	if err != nil {
		t.Fatal(err)
	}
	secret := strings.ReplaceAll(enrolment.Secret, " ", "")
	code, err := totp.GenerateCode(secret, p.Clock.Now())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.TOTP().Confirm(context.Background(), a.ID, "witness", code, idp.Effects{}); err != nil {
		t.Fatal(err)
	}
	return account{Login: login, Password: a.Password, TOTPSecret: secret, Sub: a.Subject}
}

// clients registers one client for each way of authenticating.
func clients(t *testing.T, p *idptest.Provider) map[string]client {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	private := jose.JSONWebKey{Key: key, KeyID: "witness-1", Algorithm: string(jose.ES256), Use: "sig"}
	registered, err := json.Marshal(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{private.Public()}})
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]client{}
	for method, id := range map[string]string{
		idp.AuthClientSecretBasic: "web", idp.AuthClientSecretPost: "portal", idp.AuthPrivateKeyJWT: "desk", idp.AuthNone: "mobile",
	} {
		m := idp.ClientMetadata{
			ClientProfile: idp.ProfileOAuth21, TokenEndpointAuthMethod: method, ClientName: "Witness " + id,
			RedirectURIs: []string{redirectURI}, ResponseTypes: []string{"code"},
			GrantTypes: []string{"authorization_code", "refresh_token", "client_credentials"},
			Scope:      "openid profile email offline_access", Resources: []string{resource},
		}
		c := client{ClientID: id}
		switch method {
		case idp.AuthPrivateKeyJWT:
			m.JWKS = registered
			if c.PrivateJWK, err = private.MarshalJSON(); err != nil {
				t.Fatal(err)
			}
		case idp.AuthNone:
			m.GrantTypes = m.GrantTypes[:2]
		}
		c.ClientSecret = p.AddClient(id, m)
		out[method] = c
	}
	return out
}
