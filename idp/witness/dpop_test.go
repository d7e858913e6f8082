package witness

import (
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

	"sekisho/config"
	"sekisho/idp"
	"sekisho/idp/idptest"
)

// TestDPoPWitness has the libraries of others hold keys: once with nonces and once without.
func TestDPoPWitness(t *testing.T) {
	node, err := exec.LookPath("node")
	if err != nil {
		t.Fatal("node is needed; see .ci/setup: ", err)
	}
	for _, nonce := range []string{config.NonceNever, config.NonceAlways} {
		t.Run("nonces "+nonce, func(t *testing.T) {
			clock := idptest.NewClock()
			clock.Advance(-10 * time.Minute)
			p := idptest.New(t, idptest.Options{Clock: clock, Edit: func(c *config.Config) { c.Tokens.DPoPNonce = nonce }})
			text, err := json.Marshal(setting{
				Resource: resource, RedirectURI: redirectURI, Clients: boundClients(t, p),
				Accounts: map[string]account{"dpop": customer(t, p, "100-0003")},
			})
			if err != nil {
				t.Fatal(err)
			}
			file := filepath.Join(t.TempDir(), "setting.json")
			if err := os.WriteFile(file, text, 0o600); err != nil {
				t.Fatal(err)
			}
			follow(t, clock)
			cmd := exec.CommandContext(t.Context(), node, "--test", "--test-reporter=spec", "dpop.mjs")
			cmd.Env = append(os.Environ(), "SEKISHO_WITNESS_ISSUER="+p.URL, "SEKISHO_WITNESS_FILE="+file)
			if out, err := cmd.CombinedOutput(); err != nil || !strings.Contains(string(out), "skipped 0") {
				t.Errorf("%v\n%s", err, out)
			}
		})
	}
}

// boundClients are one that authenticates by a key and one that is public, both DPoP-bound.
func boundClients(t *testing.T, p *idptest.Provider) map[string]client {
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
	secret, err := private.MarshalJSON()
	if err != nil {
		t.Fatal(err)
	}
	m := idp.ClientMetadata{
		ClientProfile: idp.ProfileOAuth21, ClientName: "Witness", RedirectURIs: []string{redirectURI}, DPoPBound: true,
		GrantTypes: []string{"authorization_code", "refresh_token"}, Scope: "openid email offline_access", Resources: []string{resource},
	}
	desk, mobile := m, m
	desk.TokenEndpointAuthMethod, desk.JWKS = idp.AuthPrivateKeyJWT, registered
	mobile.TokenEndpointAuthMethod = idp.AuthNone
	p.AddClient("desk", desk)
	p.AddClient("mobile", mobile)
	return map[string]client{"desk": {ClientID: "desk", PrivateJWK: secret}, "mobile": {ClientID: "mobile"}}
}
