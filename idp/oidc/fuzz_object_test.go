package oidc

import (
	"encoding/json"
	"slices"
	"testing"
)

// Whatever a client signs, what comes out is a request of that client to a registered
// redirect URI, or an error with a code.
func FuzzRequestObject(f *testing.F) {
	f.Add(`{"iss":"signer","client_id":"signer","aud":["x","https://op.example"],"nbf":1775044800,"exp":1775044860,"redirect_uri":"https://rp.example/cb","response_type":"code","scope":"openid"}`)
	f.Add(`{"iss":"signer","aud":"https://op.example","nbf":1e9,"exp":1e99,"max_age":1,"resource":[],"claims":{}}`)
	f.Add(`{"state":null,"resource":null,"max_age":{},"request":""}`)
	f.Add(`[]`)
	f.Fuzz(func(t *testing.T, payload string) {
		if !json.Valid([]byte(payload)) { // VerifyObject returns JSON objects only
			return
		}
		client := objectClient(nil)
		q, e := checkObject(client, &unsealed{}, payload)
		switch {
		case (q == nil) == (e == nil):
			t.Fatalf("%v %v", q, e)
		case e != nil && e.Code == "":
			t.Fatal("an error without a code")
		case q != nil && (q.ClientID != "signer" || !slices.Contains(client.Metadata.RedirectURIs, q.RedirectURI) || q.State == "outside"):
			t.Fatalf("%+v", q)
		}
	})
}
