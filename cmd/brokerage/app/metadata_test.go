package brokerage_test

import (
	"encoding/json"
	"net/http"
	"testing"

	brokerage "sekisho/cmd/brokerage/app"
)

// RFC 9728: from a refused request to whose tokens the API takes.
func TestProtectedResourceMetadata(t *testing.T) {
	f := newFirm(t, func(c *brokerage.Config) { c.Resource = c.BaseURL + "/api" })
	at := f.URL + "/.well-known/oauth-protected-resource/api"
	for authorization, want := range map[string]string{
		"": `Bearer resource_metadata="` + at + `"`, "Bearer nonsense": `Bearer error="invalid_token", resource_metadata="` + at + `"`,
	} {
		if got := f.api(t, http.MethodGet, "/portfolio", authorization, "").Header.Get("WWW-Authenticate"); got != want {
			t.Errorf("%q: %s", authorization, got)
		}
	}
	resp, err := http.Get(at)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var m map[string]any
	if err := json.NewDecoder(resp.Body).Decode(&m); err != nil {
		t.Fatal(err)
	}
	servers, _ := m["authorization_servers"].([]any)
	if resp.StatusCode != http.StatusOK || m["resource"] != f.URL+"/api" || len(servers) != 1 || servers[0] != f.op.URL || resp.Header.Get("Access-Control-Allow-Credentials") != "" {
		t.Errorf("%d %v", resp.StatusCode, m)
	}
	t.Run("a resource of another name is not described here", func(t *testing.T) {
		f := newFirm(t, nil)
		resp, err := http.Get(f.URL + "/.well-known/oauth-protected-resource/api")
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode != http.StatusNotFound {
			t.Errorf("%d", resp.StatusCode)
		}
	})
}
