package loginui

import (
	"embed"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

//go:embed examples
var exampleFiles embed.FS

// Integration is what a developer of a relying party reads at the issuer's root. All of it
// comes from what the provider runs on, so that it cannot promise anything else.
type Integration struct {
	Discovery  string // address of the metadata document
	Groups     []MemberGroup
	Levels     []string // acr values, weakest first
	Operations []OperationRule
	Errors     []string // error codes
	Examples   []Example
	TryHref    string // the page to try a sign-in on; "" where there is none
	Open       bool   // every part unfolded
}

// MemberGroup is a part of the metadata document that belongs together. Name is a text
// below integrate.group.
type MemberGroup struct {
	Name    string
	Members []Member
}

// Member is one member of the metadata document: a yes or no, or values.
type Member struct {
	Name    string
	Yes, No bool
	Values  []string
}

// OperationRule is what the firm asks for at one operation.
type OperationRule struct {
	ACR    string
	Level  string        // the acr value it takes at least; "": any
	MaxAge time.Duration // 0: no limit but the session's
	Once, TransactionPassword,
	TrustedPasskey, RespectHold, Denied bool
}

// Example is a program that signs in here, ready to be copied.
type Example struct{ Name, Code string }

// groups in the order in which they are shown. The first whose rule takes a member has it;
// what nobody foresaw is shown at the end, so that nothing published is left out.
var groups = []struct {
	name  string
	takes func(member string) bool
}{
	{"logout", containing("logout", "end_session", "check_session")},
	{"clients", containing("_auth_methods_", "_auth_signing_alg", "tls_client", "dpop_", "registration")},
	{"tokens", containing("id_token", "userinfo_signing", "userinfo_encryption", "claims_supported", "claim_types", "subject_types")},
	{"endpoints", func(m string) bool {
		return m == "issuer" || m == "mtls_endpoint_aliases" || strings.HasSuffix(m, "_endpoint") || strings.HasSuffix(m, "jwks_uri") ||
			strings.HasPrefix(m, "op_") || m == "service_documentation"
	}},
	{"requests", containing("response_", "request_", "require_", "grant_types", "scopes", "acr_values", "prompt_values", "display_values", "ui_locales",
		"code_challenge", "claims_parameter", "authorization_", "backchannel_")},
}

// groupOrder is how the groups stand on the page.
var groupOrder = []string{"endpoints", "requests", "clients", "tokens", "logout", "more"}

func containing(parts ...string) func(string) bool {
	return func(member string) bool {
		return slices.ContainsFunc(parts, func(p string) bool { return strings.Contains(member, p) })
	}
}

func groupOf(member string) string {
	for _, g := range groups {
		if g.takes(member) {
			return g.name
		}
	}
	return "more"
}

// Members reads a metadata document into its groups.
func Members(document []byte) ([]MemberGroup, error) {
	var all map[string]any
	if err := json.Unmarshal(document, &all); err != nil {
		return nil, fmt.Errorf("loginui: metadata: %w", err)
	}
	in := map[string][]Member{}
	for _, name := range slices.Sorted(maps.Keys(all)) {
		group := groupOf(name)
		in[group] = append(in[group], member(name, all[name]))
	}
	var out []MemberGroup
	for _, name := range groupOrder {
		if len(in[name]) > 0 {
			out = append(out, MemberGroup{Name: name, Members: in[name]})
		}
	}
	return out, nil
}

func member(name string, value any) Member {
	m := Member{Name: name}
	switch v := value.(type) {
	case bool:
		m.Yes, m.No = v, !v
	case []any:
		for _, each := range v {
			m.Values = append(m.Values, written(each))
		}
	case map[string]any:
		for _, key := range slices.Sorted(maps.Keys(v)) {
			m.Values = append(m.Values, key+": "+written(v[key]))
		}
	default:
		m.Values = []string{written(v)}
	}
	return m
}

// written is a value as it stands in the document, a text without its quotes.
func written(v any) string {
	if s, ok := v.(string); ok {
		return s
	}
	b, err := json.Marshal(v)
	if err != nil {
		return ""
	}
	return string(b)
}

// examples in the order in which they are shown, with the libraries they are written for.
var examples = [][2]string{
	{"Go — coreos/go-oidc", "go-oidc.txt"},
	{"Node.js — openid-client", "openid-client.txt"},
	{"TypeScript — oidc-client-ts", "oidc-client-ts.txt"},
	{"Java — Spring Security", "spring-security.txt"},
	{"Python — Authlib", "authlib.txt"},
}

// Placeholders that a reader of an example replaces by what the firm registered.
const (
	ExampleClientID    = "my-app"
	ExampleRedirectURI = "https://app.example/callback"
	exampleIssuer      = "https://issuer.example"
)

// Examples are the programs with this provider's issuer in them.
func Examples(issuer string) ([]Example, error) {
	var out []Example
	for _, e := range examples {
		code, err := exampleFiles.ReadFile("examples/" + e[1])
		if err != nil {
			return nil, err
		}
		out = append(out, Example{Name: e[0], Code: strings.TrimSpace(strings.ReplaceAll(string(code), exampleIssuer, issuer))})
	}
	return out, nil
}

// DeviceExample is a program of a device without a keyboard (RFC 8628), shown where one can be
// connected.
func DeviceExample(issuer string) (Example, error) {
	code, err := exampleFiles.ReadFile("examples/device.txt")
	return Example{Name: "Go — golang.org/x/oauth2, device", Code: strings.TrimSpace(strings.ReplaceAll(string(code), exampleIssuer, issuer))}, err
}

// Try is the page on which a sign-in can be tried, for demonstrations. It is a public client
// of this provider in the browser; nothing of it runs on the server.
type Try struct {
	Frame
	ClientID, RedirectURI string
	Authorization, Token  string   // endpoints
	ACRValues             []string // what may be asked for
	Claims                []string // claims with an explanation
}

func (Try) template() string { return "try" }

// TryClaims are the claims of an ID token that the page explains.
func TryClaims() []string {
	return []string{"iss", "sub", "aud", "azp", "iat", "exp", "auth_time", "nonce", "acr", "amr", "sid", "at_hash", "c_hash", "s_hash", "jti", "name", "email", "sekisho_level"}
}

// public pages hold no form token and nothing of any customer, so they may be compressed.
func (h Home) public() bool { return h.CSRF == "" && h.Person == "" }
