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

	"sekisho/idp"
	"sekisho/idp/idptest"
)

// TestMessagesWitness has the libraries of others sign and push their requests and check
// signed responses.
func TestMessagesWitness(t *testing.T) {
	node, err := exec.LookPath("node")
	if err != nil {
		t.Fatal("node is needed; see .ci/setup: ", err)
	}
	clock := idptest.NewClock()
	clock.Advance(-10 * time.Minute)
	p := idptest.New(t, idptest.Options{Clock: clock})
	text, err := json.Marshal(setting{
		Resource: resource, RedirectURI: redirectURI,
		Clients:  map[string]client{"messages": signingClient(t, p)},
		Accounts: map[string]account{"messages": customer(t, p, "100-0004")},
		ResourceServer: client{ClientID: "api", ClientSecret: p.AddClient("api", idp.ClientMetadata{
			TokenEndpointAuthMethod: idp.AuthClientSecretBasic, ResourceServer: []string{resource}, IntrospectionAlg: "PS256",
		})},
	})
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "setting.json")
	if err := os.WriteFile(file, text, 0o600); err != nil {
		t.Fatal(err)
	}
	follow(t, clock)
	cmd := exec.CommandContext(t.Context(), node, "--test", "--test-reporter=spec", "messages.mjs")
	cmd.Env = append(os.Environ(), "SEKISHO_WITNESS_ISSUER="+p.URL, "SEKISHO_WITNESS_FILE="+file)
	if out, err := cmd.CombinedOutput(); err != nil || !strings.Contains(string(out), "skipped 0") {
		t.Errorf("%v\n%s", err, out)
	}
}

// signingClient is one of the fapi2 profile that signs what it asks and wants signed answers.
func signingClient(t *testing.T, p *idptest.Provider) client {
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
	p.AddClient("messages", idp.ClientMetadata{
		ClientProfile: idp.ProfileFAPI2, ClientName: "Witness", RedirectURIs: []string{redirectURI}, JWKS: registered,
		GrantTypes: []string{"authorization_code", "refresh_token"}, Scope: "openid email", Resources: []string{resource},
		RequireSignedRequest: true, AuthorizationAlg: "ES256", ResponseModes: []string{"query.jwt", "form_post.jwt"},
	})
	return client{ClientID: "messages", PrivateJWK: secret}
}
