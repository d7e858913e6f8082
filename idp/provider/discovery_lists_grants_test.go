package provider_test

import (
	"fmt"
	"net/http"
	"net/url"
	"testing"

	"sekisho/idp"
	"sekisho/idp/idptest"
	"sekisho/idp/oidc"
)

// The grants that a firm switches on.

func (x *lists) deviceEndpoint(t *testing.T) {
	path, c := x.path(t, "device_authorization_endpoint"), x.terminal(x.name(), nil)
	works(t, c.Post(path, "scope", "openid"), http.StatusOK)
	refusedAs(t, x.client(nil).Post(path, "scope", "openid"), "unauthorized_client")
	for _, method := range x.doc.Strings("token_endpoint_auth_methods_supported") {
		t.Run(method, func(t *testing.T) {
			c := x.caller(t, method)
			x.EditClient(c.id, func(c *idp.Client) { c.Metadata.GrantTypes = []string{oidc.GrantDeviceCode} })
			works(t, c.send(path, url.Values{"client_id": {c.id}, "scope": {"openid"}}), http.StatusOK)
			if method != idp.AuthNone {
				unknownClient(t, c.forge(path, url.Values{}))
			}
		})
	}
	x.only(t, "device_authorization_endpoint", "POST")
}

func (x *lists) grantDevice(t *testing.T, grant string) {
	c := x.terminal(x.name(), nil)
	asked := x.asks(t, c)
	form := url.Values{"grant_type": {grant}, "device_code": {asked.code}}
	a := asked.approved(x.signedIn(x.taro))
	if _, claims := x.Verified(a.String("id_token")); a.String("access_token") == "" || claims["sub"] != x.taro.Subject {
		t.Errorf("%s", a.Body)
	}
	refusedAs(t, x.PostForm("/token", form, "Authorization", basicOf(c)), "invalid_grant") // once
	x.unregistered(t, form, "authorization_code")
}

func (x *lists) grantExchange(t *testing.T, grant string) {
	by := x.NewRelyingParty("trading", exchanging(idptest.API)) // the one the rule names
	subject := x.rp.Grant(x.b).String("access_token")
	a := exchange(by, subject, settleAPI)
	if claims := idptest.Claims(t, a.String("access_token")); a.Status != http.StatusOK || fmt.Sprint(claims["aud"]) != "["+settleAPI+"]" || claims["sub"] != x.taro.Subject {
		t.Errorf("%d %s", a.Status, a.Body)
	}
	form := url.Values{"grant_type": {grant}, "subject_token": {subject}, "subject_token_type": {accessType}, "resource": {settleAPI}}
	x.unregistered(t, form, "authorization_code")
}
