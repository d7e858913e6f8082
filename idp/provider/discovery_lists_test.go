package provider_test

import (
	"fmt"
	"slices"
	"testing"
)

// exercise uses one value of one member of the discovery document with real calls, as a
// relying party would. The value of a text or a flag is itself, that of a list each of its
// elements, that of an object each of its members' names.
type exercise func(x *lists, t *testing.T, value string)

// exercises says how each value of each member is used. Whoever makes the document longer
// adds a line here; until then TestDiscoveryListsWhatWorks names what nobody ever used.
var exercises = map[string]map[string]exercise{
	"issuer":                                whole((*lists).issuer),
	"authorization_endpoint":                whole((*lists).authorizationEndpoint),
	"token_endpoint":                        whole((*lists).tokenEndpoint),
	"userinfo_endpoint":                     whole((*lists).userinfoEndpoint),
	"introspection_endpoint":                whole((*lists).introspectionEndpoint),
	"revocation_endpoint":                   whole((*lists).revocationEndpoint),
	"pushed_authorization_request_endpoint": whole((*lists).pushedEndpoint),
	"end_session_endpoint":                  whole((*lists).endSessionEndpoint),
	"registration_endpoint":                 whole((*lists).registrationEndpoint),
	"sekisho_redemption_endpoint":           whole((*lists).redemptionEndpoint),
	"device_authorization_endpoint":         whole((*lists).deviceEndpoint),
	"jwks_uri":                              whole((*lists).jwks),
	"mtls_endpoint_aliases": each((*lists).alias,
		"token_endpoint", "userinfo_endpoint", "introspection_endpoint", "revocation_endpoint", "pushed_authorization_request_endpoint", "sekisho_redemption_endpoint",
		"device_authorization_endpoint"),

	"token_endpoint_auth_methods_supported":         each((*lists).methodAtToken, "none", "client_secret_basic", "client_secret_post", "private_key_jwt", "tls_client_auth", "self_signed_tls_client_auth"),
	"revocation_endpoint_auth_methods_supported":    each((*lists).methodAtRevocation, "none", "client_secret_basic", "client_secret_post", "private_key_jwt", "tls_client_auth", "self_signed_tls_client_auth"),
	"introspection_endpoint_auth_methods_supported": each((*lists).methodAtIntrospection, "client_secret_basic", "client_secret_post", "private_key_jwt", "tls_client_auth", "self_signed_tls_client_auth"),

	"token_endpoint_auth_signing_alg_values_supported":         each((*lists).assertionAtToken, "ES256", "PS256", "EdDSA", "RS256"),
	"revocation_endpoint_auth_signing_alg_values_supported":    each((*lists).assertionAtRevocation, "ES256", "PS256", "EdDSA", "RS256"),
	"introspection_endpoint_auth_signing_alg_values_supported": each((*lists).assertionAtIntrospection, "ES256", "PS256", "EdDSA", "RS256"),
	"id_token_signing_alg_values_supported":                    each((*lists).idTokenAlg, "ES256", "PS256", "EdDSA", "RS256"),
	"userinfo_signing_alg_values_supported":                    each((*lists).userinfoAlg, "ES256", "PS256", "EdDSA", "RS256"),
	"introspection_signing_alg_values_supported":               each((*lists).introspectionAlg, "ES256", "PS256", "EdDSA", "RS256"),
	"authorization_signing_alg_values_supported":               each((*lists).responseAlg, "ES256", "PS256", "EdDSA", "RS256"),
	"request_object_signing_alg_values_supported":              each((*lists).objectAlg, "ES256", "PS256", "EdDSA", "RS256"),
	"dpop_signing_alg_values_supported":                        each((*lists).proofAlg, "ES256", "PS256", "EdDSA"),

	"response_types_supported": each((*lists).responseType, "code"),
	"response_modes_supported": each((*lists).responseMode, "query", "form_post", "jwt", "query.jwt", "form_post.jwt"),
	"grant_types_supported": {
		"authorization_code": (*lists).grantCode, "refresh_token": (*lists).grantRefresh, "client_credentials": (*lists).grantOwn,
		"urn:ietf:params:oauth:grant-type:device_code": (*lists).grantDevice, "urn:ietf:params:oauth:grant-type:token-exchange": (*lists).grantExchange,
	},
	"code_challenge_methods_supported": each((*lists).challenge, "S256"),
	"prompt_values_supported": {
		"none": (*lists).promptNone, "login": (*lists).promptLogin, "consent": (*lists).promptConsent, "select_account": (*lists).promptAccount,
	},
	"display_values_supported":              each((*lists).display, "page", "popup"),
	"ui_locales_supported":                  each((*lists).locale, "ja", "en"),
	"authorization_details_types_supported": each((*lists).details, "order", "payout_account_change", "withdrawal"),

	"scopes_supported": {
		"openid": (*lists).scopeOpenID, "profile": (*lists).scopeOfClaims, "email": (*lists).scopeOfClaims, "phone": (*lists).scopeOfClaims,
		"address": (*lists).scopeOfClaims, "offline_access": (*lists).scopeOffline, "notify:withdrawal": (*lists).scopeNotify,
	},
	"claims_supported": merged(
		each((*lists).protocolClaim, "sub", "iss", "aud", "exp", "iat", "auth_time", "acr", "amr", "sid", "sekisho_level"),
		each((*lists).accountClaim, "address", "birthdate", "email", "email_verified", "family_name", "gender", "given_name", "locale", "name",
			"phone_number", "phone_number_verified", "updated_at", "zoneinfo"),
		map[string]exercise{"sekisho_hold_until": (*lists).holdClaim}),
	"claim_types_supported":   each((*lists).accountClaimType, "normal"),
	"subject_types_supported": {"public": (*lists).subjectPublic, "pairwise": (*lists).subjectPairwise},
	"acr_values_supported": merged(
		each((*lists).level, "urn:sekisho:acr:email", "urn:sekisho:acr:mfa", "phr", "phrh"),
		each((*lists).operation, "urn:sekisho:op:authenticator_change", "urn:sekisho:op:payout_account_change", "urn:sekisho:op:registered_data",
			"urn:sekisho:op:trade", "urn:sekisho:op:withdrawal")),

	"request_parameter_supported":                    flag((*lists).requestParameter),
	"request_uri_parameter_supported":                {"false": (*lists).noRequestURI},
	"claims_parameter_supported":                     flag((*lists).claimsParameter),
	"authorization_response_iss_parameter_supported": flag((*lists).issParameter),
	"require_pushed_authorization_requests":          flag((*lists).pushingRequired),
	"tls_client_certificate_bound_access_tokens":     flag((*lists).certificateBound),
	"backchannel_logout_supported":                   flag((*lists).backChannel),
	"backchannel_logout_session_supported":           flag((*lists).backChannel),
	"frontchannel_logout_supported":                  flag((*lists).frontChannel),
	"frontchannel_logout_session_supported":          flag((*lists).frontChannel),
}

func whole(use func(*lists, *testing.T)) map[string]exercise {
	return map[string]exercise{"": func(x *lists, t *testing.T, _ string) { use(x, t) }}
}

func flag(use func(*lists, *testing.T)) map[string]exercise {
	return map[string]exercise{"true": func(x *lists, t *testing.T, _ string) { use(x, t) }}
}

func each(use exercise, values ...string) map[string]exercise {
	out := map[string]exercise{}
	for _, v := range values {
		out[v] = use
	}
	return out
}

func merged(tables ...map[string]exercise) map[string]exercise {
	out := map[string]exercise{}
	for _, table := range tables {
		for v, use := range table {
			out[v] = use
		}
	}
	return out
}

// valuesOf are the values of a member that the table speaks of.
func valuesOf(member any) []string {
	var out []string
	switch m := member.(type) {
	case string:
		return []string{""}
	case []any:
		for _, v := range m {
			out = append(out, fmt.Sprint(v))
		}
	case map[string]any:
		for name := range m {
			out = append(out, name)
		}
	default:
		return []string{fmt.Sprint(m)}
	}
	slices.Sort(out)
	return out
}

// useAll uses every value of every member of a document.
func (x *lists) useAll(t *testing.T, published map[string]any, exercises map[string]map[string]exercise) {
	for name, member := range published {
		values := valuesOf(member)
		if len(values) == 0 {
			t.Errorf("DJ-02: %s is published and empty", name)
		}
		for _, value := range values {
			use := exercises[name][value]
			if use == nil {
				t.Errorf("DJ-02: %s %s is published and nothing here uses it: add an exercise", name, value)
				continue
			}
			t.Run("DJ-02 "+name+" "+value, func(t *testing.T) { use(x, t, value) })
		}
	}
}

// refuseRest tries what could stand in the document and does not.
func (x *lists) refuseRest(t *testing.T) {
	for name, values := range refusals {
		listed := valuesOf(x.doc.JSON[name])
		for value, refuse := range values {
			if slices.Contains(listed, value) {
				continue
			}
			t.Run("DJ-02 without "+name+" "+value, func(t *testing.T) { refuse(x, t, value) })
		}
	}
}

// DJ-02, oidcc-discovery-endpoint-verification: every endpoint, method, algorithm, grant,
// mode, scope, claim and flag that is listed works, and what is not listed is refused,
// where everything is switched on and as it comes.
func TestDiscoveryListsWhatWorks(t *testing.T) {
	for name, make := range map[string]func(*testing.T) *lists{"everything on": everything, "as it comes": asItComes} {
		t.Run(name, func(t *testing.T) {
			x := make(t)
			x.useAll(t, x.doc.JSON, exercises)
			x.refuseRest(t)
		})
	}
}

// The table has no line that no configuration publishes: such a line proves nothing.
func TestDiscoveryExercisesAreAllUsed(t *testing.T) {
	x := everything(t)
	for name, values := range exercises {
		for value := range values {
			if name != "require_pushed_authorization_requests" && !slices.Contains(valuesOf(x.doc.JSON[name]), value) {
				t.Errorf("DJ-02: %s %s has an exercise and is not published where everything is on", name, value)
			}
		}
	}
}
