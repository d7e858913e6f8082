package sample

import (
	"time"

	loginui "sekisho/login-ui"
)

const metadata = `{"issuer":"https://id.aoba.example","authorization_endpoint":"https://id.aoba.example/authorize",
"token_endpoint":"https://id.aoba.example/token","jwks_uri":"https://id.aoba.example/jwks","end_session_endpoint":"https://id.aoba.example/logout",
"scopes_supported":["openid","profile","email","phone","address","offline_access"],"response_types_supported":["code"],
"acr_values_supported":["urn:sekisho:acr:email","urn:sekisho:acr:mfa","phr","phrh","urn:sekisho:op:withdrawal"],
"token_endpoint_auth_methods_supported":["none","client_secret_basic","client_secret_post","private_key_jwt"],
"id_token_signing_alg_values_supported":["ES256","RS256"],"request_parameter_supported":false,"claims_parameter_supported":true,
"mtls_endpoint_aliases":{"token_endpoint":"https://mtls.aoba.example/token"},"something_new_supported":true}`

// integration is what developers see.
func integration() []Sample {
	groups, err := loginui.Members([]byte(metadata))
	if err != nil {
		panic("sample: " + err.Error())
	}
	examples, err := loginui.Examples("https://id.aoba.example")
	if err != nil {
		panic("sample: " + err.Error())
	}
	exchange, err := loginui.ExchangeExample("https://id.aoba.example")
	if err != nil {
		panic("sample: " + err.Error())
	}
	examples = append(examples, exchange)
	levels := []string{"urn:sekisho:acr:email", "urn:sekisho:acr:mfa", "phr", "phrh"}
	return []Sample{
		page("developers", func(f loginui.Frame) loginui.Page {
			f.CSRF = ""
			return loginui.Home{Frame: f, Integration: &loginui.Integration{
				Discovery: "https://id.aoba.example/.well-known/openid-configuration", Groups: groups, Levels: levels,
				Operations: []loginui.OperationRule{
					{ACR: "urn:sekisho:op:documents", Denied: true},
					{ACR: "urn:sekisho:op:trade", MaxAge: 30 * time.Minute, TransactionPassword: true},
					{ACR: "urn:sekisho:op:withdrawal", Level: "phr", Once: true, TrustedPasskey: true, RespectHold: true},
				},
				Errors: []string{"invalid_request", "access_denied", "login_required", "invalid_client", "one_of_tomorrow"}, Examples: examples, TryHref: "/try", Open: true,
			}}
		}),
		page("try", func(f loginui.Frame) loginui.Page {
			return loginui.Try{Frame: f, ClientID: "try-it", RedirectURI: "https://id.aoba.example/try", Authorization: "https://id.aoba.example/authorize",
				Token: "https://id.aoba.example/token", ACRValues: levels, Claims: loginui.TryClaims()}
		}),
	}
}
