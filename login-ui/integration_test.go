package loginui

import (
	"slices"
	"strings"
	"testing"
)

// Everything published is shown, in a group that a reader finds it in; what nobody foresaw too.
func TestMembersLosesNothing(t *testing.T) {
	groups, err := Members([]byte(`{"issuer":"https://id.example","end_session_endpoint":"e","pushed_authorization_request_endpoint":"p",
		"frontchannel_logout_supported":true,"request_parameter_supported":false,"token_endpoint_auth_methods_supported":["none"],
		"id_token_signing_alg_values_supported":["ES256"],"mtls_endpoint_aliases":{"b":"2","a":"1"},"of_tomorrow":[{"x":1}],
		"authorization_details_types_supported":["withdrawal"]}`))
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, g := range groups {
		for _, m := range g.Members {
			switch {
			case m.Yes:
				m.Values = []string{"yes"}
			case m.No:
				m.Values = []string{"no"}
			}
			got[m.Name] = g.Name + " " + strings.Join(m.Values, ", ")
		}
	}
	for name, want := range map[string]string{
		"issuer": "endpoints https://id.example", "end_session_endpoint": "logout e", "pushed_authorization_request_endpoint": "endpoints p",
		"frontchannel_logout_supported": "logout yes", "request_parameter_supported": "requests no", "token_endpoint_auth_methods_supported": "clients none",
		"id_token_signing_alg_values_supported": "tokens ES256", "mtls_endpoint_aliases": "endpoints a: 1, b: 2", "of_tomorrow": `more {"x":1}`,
		"authorization_details_types_supported": "requests withdrawal",
	} {
		if got[name] != want {
			t.Errorf("%s: %q, want %q", name, got[name], want)
		}
	}
	if _, err := Members([]byte("[]")); err == nil {
		t.Error("no document, no error")
	}
}

func TestExamplesNameTheIssuer(t *testing.T) {
	all, err := Examples("https://id.aoba.example")
	if err != nil || len(all) != 5 {
		t.Fatal(len(all), err)
	}
	for _, e := range all {
		for _, needed := range []string{"https://id.aoba.example", ExampleClientID, ExampleRedirectURI} {
			if !strings.Contains(e.Code, needed) {
				t.Errorf("%s says nothing of %s", e.Name, needed)
			}
		}
		if strings.Contains(e.Code, exampleIssuer) {
			t.Errorf("%s names another issuer", e.Name)
		}
	}
}

func TestExchangeExampleNamesTheIssuer(t *testing.T) {
	e, err := ExchangeExample("https://id.aoba.example")
	if err != nil || strings.Contains(e.Code, exampleIssuer) {
		t.Fatal(err, e.Code)
	}
	for _, needed := range []string{"https://id.aoba.example", ExampleClientID, ExampleTarget, "token-exchange"} {
		if !strings.Contains(e.Code, needed) {
			t.Errorf("it says nothing of %s", needed)
		}
	}
}

func TestClaimsAreExplained(t *testing.T) {
	texts := keys(t, "ja")
	for _, claim := range TryClaims() {
		if texts["try.claims."+claim] == "" {
			t.Errorf("%s is not explained", claim)
		}
	}
	for id := range texts {
		if claim, ok := strings.CutPrefix(id, "try.claims."); ok && !slices.Contains(TryClaims(), claim) {
			t.Errorf("%s is explained and never shown", claim)
		}
	}
}
