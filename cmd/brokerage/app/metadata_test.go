package brokerage_test

import (
	"encoding/json"
	"net/http"
	"strings"
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

// RFC 9728: every member of the document is so; one that nothing here uses is named.
func TestProtectedResourceMetadataIsTrue(t *testing.T) {
	f := newFirm(t, func(c *brokerage.Config) { c.Resource = c.BaseURL + "/api" })
	at := f.URL + "/.well-known/oauth-protected-resource/api"
	read := func(address string) map[string]any {
		t.Helper()
		resp, err := http.Get(address)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		var document map[string]any
		if err := json.NewDecoder(resp.Body).Decode(&document); err != nil || resp.StatusCode != http.StatusOK {
			t.Fatal(resp.StatusCode, err)
		}
		return document
	}
	bearer := func(audience string) string {
		f.op.set(func() { f.op.claims = func(c map[string]any) { c["aud"] = audience } })
		return f.op.accessToken("phr", f.clock.now().Unix())
	}
	asked := func(path, authorization string) int {
		return f.api(t, http.MethodGet, path, authorization, "").StatusCode
	}
	for name, value := range read(at) {
		switch name {
		case "resource":
			if got := asked("/portfolio", "Bearer "+bearer(value.(string))); got != http.StatusOK {
				t.Errorf("a token for %v: %d", value, got)
			}
			if got := asked("/portfolio", "Bearer "+bearer(resource)); got != http.StatusUnauthorized { // RA-04
				t.Errorf("a token for another resource: %d", got)
			}
		case "authorization_servers":
			for _, server := range value.([]any) {
				if read(server.(string) + "/.well-known/openid-configuration")["issuer"] != server {
					t.Errorf("%v is no issuer", server)
				}
			}
		case "bearer_methods_supported":
			good := bearer(f.URL + "/api")
			if list := value.([]any); len(list) != 1 || list[0] != "header" || asked("/portfolio", "Bearer "+good) != http.StatusOK {
				t.Errorf("%v", value)
			}
			if got := asked("/portfolio?access_token="+good, ""); got != http.StatusUnauthorized {
				t.Errorf("in the query, which is not listed: %d", got)
			}
			body, err := http.Post(f.URL+"/api/orders", "application/x-www-form-urlencoded", strings.NewReader("access_token="+good))
			if err != nil {
				t.Fatal(err)
			}
			if body.Body.Close(); body.StatusCode != http.StatusUnauthorized {
				t.Errorf("in the body, which is not listed: %d", body.StatusCode)
			}
		case "resource_name", "resource_name#ja":
			if value == "" {
				t.Errorf("%s is empty", name)
			}
		default:
			t.Errorf("%s is published and nothing here uses it", name)
		}
	}
}
