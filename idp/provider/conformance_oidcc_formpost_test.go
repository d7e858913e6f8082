package provider_test

import (
	"strings"
	"testing"
)

const formPostPlan = "oidcc-formpost-basic/"

// formPostModules are those of oidcc-formpost-basic-certification-test-plan: the basic ones,
// each in the other response mode.
var formPostModules = []string{
	"oidcc-formpost-basic/oidcc-server",
	"oidcc-formpost-basic/oidcc-response-type-missing",
	"oidcc-formpost-basic/oidcc-idtoken-signature",
	"oidcc-formpost-basic/oidcc-idtoken-unsigned",
	"oidcc-formpost-basic/oidcc-userinfo-get",
	"oidcc-formpost-basic/oidcc-userinfo-post-header",
	"oidcc-formpost-basic/oidcc-userinfo-post-body",
	"oidcc-formpost-basic/oidcc-ensure-request-without-nonce-succeeds-for-code-flow",
	"oidcc-formpost-basic/oidcc-scope-profile",
	"oidcc-formpost-basic/oidcc-scope-email",
	"oidcc-formpost-basic/oidcc-scope-address",
	"oidcc-formpost-basic/oidcc-scope-phone",
	"oidcc-formpost-basic/oidcc-scope-all",
	"oidcc-formpost-basic/oidcc-alternate-happy-flow",
	"oidcc-formpost-basic/oidcc-display-page",
	"oidcc-formpost-basic/oidcc-display-popup",
	"oidcc-formpost-basic/oidcc-prompt-login",
	"oidcc-formpost-basic/oidcc-prompt-none-not-logged-in",
	"oidcc-formpost-basic/oidcc-prompt-none-logged-in",
	"oidcc-formpost-basic/oidcc-max-age-1",
	"oidcc-formpost-basic/oidcc-max-age-10000",
	"oidcc-formpost-basic/oidcc-ensure-request-with-unknown-parameter-succeeds",
	"oidcc-formpost-basic/oidcc-id-token-hint",
	"oidcc-formpost-basic/oidcc-login-hint",
	"oidcc-formpost-basic/oidcc-ui-locales",
	"oidcc-formpost-basic/oidcc-claims-locales",
	"oidcc-formpost-basic/oidcc-ensure-request-with-acr-values-succeeds",
	"oidcc-formpost-basic/oidcc-codereuse",
	"oidcc-formpost-basic/oidcc-codereuse-30seconds",
	"oidcc-formpost-basic/oidcc-ensure-registered-redirect-uri",
	"oidcc-formpost-basic/oidcc-ensure-post-request-succeeds",
	"oidcc-formpost-basic/oidcc-server-client-secret-post",
	"oidcc-formpost-basic/oidcc-request-uri-unsigned-supported-correctly-or-rejected-as-unsupported",
	"oidcc-formpost-basic/oidcc-unsigned-request-object-supported-correctly-or-rejected-as-unsupported",
	"oidcc-formpost-basic/oidcc-claims-essential",
	"oidcc-formpost-basic/oidcc-ensure-request-object-with-redirect-uri",
	"oidcc-formpost-basic/oidcc-refresh-token",
	"oidcc-formpost-basic/oidcc-ensure-request-with-valid-pkce-succeeds",
}

func TestConformanceFormPost(t *testing.T) {
	for _, name := range formPostModules {
		check := basicModules[strings.TrimPrefix(name, formPostPlan)]
		if check == nil {
			t.Errorf("%s is no module of the basic plan", name)
			continue
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			check(t, newPlan(t, "form_post"))
		})
	}
	if len(formPostModules) != len(basicModules) {
		t.Errorf("%d modules", len(formPostModules))
	}
}
