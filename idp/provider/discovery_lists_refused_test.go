package provider_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"sekisho/idp"
	"sekisho/idp/idptest"
	"sekisho/idp/oidc"
	"sekisho/idp/provider"
)

// refusals says with what error each thing is refused that could be in the document. A
// value is tried where the document does not list it.
var refusals = map[string]map[string]exercise{
	"response_types_supported": each((*lists).noResponseType, "token", "id_token", "id_token token", "code id_token", "code token", "code id_token token", "none"),
	"response_modes_supported": each((*lists).noResponseMode, "fragment", "web_message", "fragment.jwt", "web_message.jwt", "QUERY"),
	"grant_types_supported": each((*lists).noGrant, "password", "implicit", "urn:ietf:params:oauth:grant-type:jwt-bearer", "urn:ietf:params:oauth:grant-type:saml2-bearer",
		"urn:ietf:params:oauth:grant-type:device_code", "urn:ietf:params:oauth:grant-type:token-exchange", "urn:openid:params:grant-type:ciba"),
	"code_challenge_methods_supported":      each((*lists).noChallenge, "plain", "S512"),
	"prompt_values_supported":               each((*lists).noPrompt, "create", "select_device"),
	"scopes_supported":                      each((*lists).noScope, "admin", "groups"),
	"claims_supported":                      each((*lists).noClaim, "nickname", "picture", "website", "middle_name"),
	"acr_values_supported":                  each((*lists).noLevel, "urn:mace:incommon:iap:silver", "urn:sekisho:op:nonsense", "phrh"),
	"authorization_details_types_supported": each((*lists).noDetails, "payment_initiation", "order", "payout_account_change", "withdrawal"),
	"ui_locales_supported":                  each((*lists).noLocale, "fr", "en"),
	"subject_types_supported":               each(noMetadata("subject_type"), "ephemeral"),

	"token_endpoint_auth_methods_supported":         each((*lists).noMethod, "client_secret_jwt", "tls_client_auth", "self_signed_tls_client_auth", "attest_jwt_client_auth"),
	"introspection_endpoint_auth_methods_supported": each((*lists).noMethodAtIntrospection, "none"),

	"token_endpoint_auth_signing_alg_values_supported":         merged(each((*lists).noAssertion, unsigned...), each(noMetadata("token_endpoint_auth_signing_alg"), unknownAlgs...)),
	"revocation_endpoint_auth_signing_alg_values_supported":    each((*lists).noAssertion, unsigned...),
	"introspection_endpoint_auth_signing_alg_values_supported": each((*lists).noAssertion, unsigned...),
	"id_token_signing_alg_values_supported":                    each(noMetadata("id_token_signed_response_alg"), everyAlg...),
	"userinfo_signing_alg_values_supported":                    each(noMetadata("userinfo_signed_response_alg"), everyAlg...),
	"authorization_signing_alg_values_supported":               each(noMetadata("authorization_signed_response_alg"), everyAlg...),
	"introspection_signing_alg_values_supported":               each(noMetadata("introspection_signed_response_alg"), everyAlg...),
	"request_object_signing_alg_values_supported":              each((*lists).noObject, unsigned...),
	"dpop_signing_alg_values_supported":                        each((*lists).noProof, "RS256", "PS512", "RS512"),

	"id_token_encryption_alg_values_supported":       each(noMember("id_token_encrypted_response_alg"), "RSA-OAEP"),
	"userinfo_encryption_alg_values_supported":       each(noMember("userinfo_encrypted_response_alg"), "RSA-OAEP"),
	"request_object_encryption_alg_values_supported": each((*lists).noEncryptedObject, "RSA-OAEP"),

	"registration_endpoint":               {"": nowhere("/register")},
	"sekisho_redemption_endpoint":         {"": nowhere("/transactions/redeem")},
	"device_authorization_endpoint":       {"": nowhere("/device_authorization")},
	"backchannel_authentication_endpoint": {"": nowhere("/bc-authorize")},
	"check_session_iframe":                {"": nowhere("/check_session")},

	"tls_client_certificate_bound_access_tokens": {"true": noMetadata("tls_client_certificate_bound_access_tokens")},
	"require_pushed_authorization_requests":      {"true": (*lists).plainRequest},
}

var (
	unsigned    = []string{"none", "HS256", "HS512", "RS512", "PS384"}
	unknownAlgs = []string{"ES384", "ES256K", "nonsense"}
	everyAlg    = append(append([]string{"ES256", "PS256", "EdDSA", "RS256"}, unsigned...), unknownAlgs...)
)

func (x *lists) noResponseType(t *testing.T, value string) {
	q := x.refused(t, x.b.Authorize("app", idptest.Redirect, "response_type", value), "unsupported_response_type")
	if q.Has("access_token") || q.Has("id_token") || strings.Contains(x.b.Page.Left, "#") {
		t.Errorf("%s", x.b.Page.Left)
	}
	noMetadata("response_types")(x, t, value)
}

func (x *lists) noResponseMode(t *testing.T, value string) {
	x.refused(t, x.b.Authorize("app", idptest.Redirect, "response_mode", value), "invalid_request")
}

func (x *lists) noGrant(t *testing.T, value string) {
	grantRefused(t, x.rp.Post("/token", "grant_type", value, "username", x.taro.LoginName, "password", x.taro.Password, "assertion", "x"), "unsupported_grant_type")
	noMetadata("grant_types")(x, t, value)
}

func (x *lists) noChallenge(t *testing.T, value string) {
	x.refused(t, x.b.Authorize("app", idptest.Redirect, "code_challenge_method", value), "invalid_request")
}

func (x *lists) noPrompt(t *testing.T, value string) {
	x.refused(t, x.b.Authorize("app", idptest.Redirect, "prompt", value), "invalid_request")
}

// noScope: dropped, and said to be (RFC 6749 3.3).
func (x *lists) noScope(t *testing.T, value string) {
	if got := x.rp.Grant(x.b, "scope", "openid "+value).String("scope"); got != "openid" {
		t.Errorf("scope %q", got)
	}
	x.refused(t, x.b.Authorize("app", idptest.Redirect, "scope", value), "invalid_scope")
}

func (x *lists) noClaim(t *testing.T, value string) {
	tokens := x.rp.Grant(x.b, "claims", `{"id_token":{"`+value+`":{"essential":true}},"userinfo":{"`+value+`":null}}`)
	if a := x.Userinfo(tokens.String("access_token")); a.JSON[value] != nil || idptest.Claims(t, tokens.String("id_token"))[value] != nil {
		t.Errorf("%s", a.Body)
	}
}

// noLevel: nobody has it, so whoever insists is told.
func (x *lists) noLevel(t *testing.T, value string) {
	page := x.b.Authorize("app", idptest.Redirect, "prompt", "none", "claims", `{"id_token":{"acr":{"essential":true,"value":"`+value+`"}}}`)
	x.refused(t, page, "unmet_authentication_requirements")
}

func (x *lists) noDetails(t *testing.T, value string) {
	details := `[{"type":"` + value + `"}]`
	if known, ok := transactions[value]; ok {
		details = known[0]
	}
	x.refused(t, x.b.Authorize("app", idptest.Redirect, "authorization_details", details), "invalid_authorization_details")
	var pairs []string
	for name, values := range idptest.AuthorizeQuery("app", idptest.Redirect, "authorization_details", details) {
		pairs = append(pairs, name, values[0])
	}
	refusedAs(t, x.rp.Post("/par", pairs...), "invalid_authorization_details")
	noMetadata("authorization_details_types")(x, t, value)
}

func (x *lists) noLocale(t *testing.T, value string) {
	page := x.NewBrowser().Authorize("app", idptest.Redirect, "ui_locales", value)
	if x.waits(t, page, "/password"); !strings.Contains(page.Body, `<html lang="ja"`) {
		t.Errorf("%.200s", page.Body)
	}
}

// noMethod: cannot be registered, and a client of another method is not let in by it.
func (x *lists) noMethod(t *testing.T, value string) {
	noMetadata("token_endpoint_auth_method")(x, t, value)
	if value == "client_secret_jwt" {
		x.noAssertion(t, "HS256")
	}
	if strings.Contains(value, "tls") && x.m == nil {
		own := idptest.NewCertificate(t, nil, x.Clock.Now(), nil)
		unknownClient(t, x.PostForm("/token", url.Values{"grant_type": {"client_credentials"}, "client_id": {"app"}}, "Client-Cert", own.Header()))
	}
}

func (x *lists) noMethodAtIntrospection(t *testing.T, method string) {
	c := x.caller(t, method)
	unknownClient(t, c.send("/introspect", url.Values{"token": {x.tokens(t, c).String("access_token")}}))
}

func (x *lists) noAssertion(t *testing.T, alg string) {
	k := x.signer(t, nil)
	form := url.Values{
		"grant_type": {"client_credentials"}, "client_id": {k.id}, "client_assertion": {k.sign(t, alg, k.claims(nil))},
		"client_assertion_type": {"urn:ietf:params:oauth:client-assertion-type:jwt-bearer"},
	}
	unknownClient(t, x.PostForm("/token", form))
	form.Del("grant_type")
	for _, path := range []string{"/revoke", "/introspect"} {
		unknownClient(t, x.PostForm(path, plus(form, "token", "x")))
	}
	unknownClient(t, x.PostForm("/par", plus(form, "response_type", "code")))
}

func (x *lists) noObject(t *testing.T, alg string) {
	k := x.signer(t, func(m *idp.ClientMetadata) { m.RequestObjectAlg = "ES256" })
	refusedAs(t, k.pushObject(k.sign(t, alg, k.objectClaims(nil))), "invalid_request_object")
	noMetadata("request_object_signing_alg")(x, t, alg)
}

func (x *lists) noEncryptedObject(t *testing.T, _ string) {
	k := x.signer(t, func(m *idp.ClientMetadata) { m.RequestObjectAlg = "ES256" })
	refusedAs(t, k.pushObject("eyJhbGciOiJSU0EtT0FFUCIsImVuYyI6IkEyNTZHQ00ifQ.AAAA.AAAA.AAAA.AAAA"), "invalid_request_object")
}

func (x *lists) noProof(t *testing.T, alg string) {
	c := x.client(nil)
	c.DPoP = x.prover(t, alg)
	refusedAs(t, c.Post("/token", "grant_type", "client_credentials"), "invalid_dpop_proof")
}

// plainRequest: what need not be pushed comes through the browser.
func (x *lists) plainRequest(t *testing.T, _ string) {
	if x.b.Authorize("app", idptest.Redirect).Response(t, idptest.Redirect).Get("code") == "" {
		t.Errorf("%s", x.b.Page.Left)
	}
}

// noMetadata holds that no client is registered with the value, by an operator or over the
// wire.
func noMetadata(member string) exercise {
	return func(x *lists, t *testing.T, value string) {
		t.Helper()
		raw := map[string]string{"true": `true`}[value]
		if raw == "" {
			raw = `"` + value + `"`
		}
		if strings.HasSuffix(member, "_types") {
			raw = `[` + raw + `]`
		}
		document := `{"redirect_uris":["` + idptest.Redirect + `"],"` + member + `":` + raw + `}`
		m, wrong := oidc.ParseClientMetadata([]byte(document))
		if wrong == nil {
			_, wrong = oidc.CheckClientMetadata(m, provider.MetadataRules(x.Config))
		}
		if wrong == nil || wrong.Code != "invalid_client_metadata" {
			t.Errorf("an operator may register %s: %v", document, wrong)
		}
		if x.doc.String("registration_endpoint") == "" {
			return
		}
		a := x.Call("POST", "/register", document, "Content-Type", "application/json")
		if member == "authorization_details_types" && a.Status == http.StatusCreated && a.JSON[member] == nil {
			return // those are the operator's to give, whatever a stranger names
		}
		if a.Status != http.StatusBadRequest || a.String("error") != "invalid_client_metadata" {
			t.Errorf("over the wire %s: %d %s", document, a.Status, a.Body)
		}
	}
}

// noMember holds that a client that wants something nobody does here gets a registration
// that does not speak of it.
func noMember(member string) exercise {
	return func(x *lists, t *testing.T, value string) {
		if x.doc.String("registration_endpoint") == "" {
			return
		}
		a := x.Register(map[string]any{"redirect_uris": []string{idptest.Redirect}, member: value})
		if _, there := a.JSON[member]; there || a.Status != http.StatusCreated {
			t.Errorf("%d %s", a.Status, a.Body)
		}
	}
}

// nowhere holds that there is nothing at an address that is not published.
func nowhere(path string) exercise {
	return func(x *lists, t *testing.T, _ string) {
		for _, method := range []string{"GET", "POST"} {
			if a := x.Call(method, path, ""); a.Status != http.StatusNotFound {
				t.Errorf("%s %s: %d %s", method, path, a.Status, a.Body)
			}
		}
	}
}
