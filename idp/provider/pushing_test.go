package provider_test

import (
	"net/http"
	"net/url"
	"testing"

	"sekisho/idp/clientauth"
	"sekisho/idp/idptest"
)

// pushForm is the authorization request of a client as it pushes it, with an assertion.
func (k *keyed) pushForm(pairs ...string) url.Values {
	k.t.Helper()
	form := idptest.AuthorizeQuery(k.id, idptest.Redirect, pairs...)
	form.Set("client_assertion", k.assertion(k.t, nil))
	form.Set("client_assertion_type", clientauth.AssertionType)
	return form
}

func (k *keyed) push(pairs ...string) idptest.Answer {
	k.t.Helper()
	return k.PostForm("/par", k.pushForm(pairs...))
}

// pushed is the request_uri of a request that is good.
func (k *keyed) pushed(pairs ...string) string {
	k.t.Helper()
	a := k.push(pairs...)
	uri := a.String("request_uri")
	if a.Status != http.StatusCreated || uri == "" {
		k.t.Fatalf("pushing: %d %s", a.Status, a.Body)
	}
	return uri
}

// open sends a browser with a request_uri; pairs are what else is in the address.
func (k *keyed) open(b *idptest.Browser, uri string, pairs ...string) *idptest.Page {
	k.t.Helper()
	q := url.Values{"client_id": {k.id}, "request_uri": {uri}}
	for i := 0; i+1 < len(pairs); i += 2 {
		q.Set(pairs[i], pairs[i+1])
	}
	return b.Get("/authorize?" + q.Encode())
}

// answered is the response of a request that needs no page.
func (k *keyed) answered(t *testing.T, pairs ...string) url.Values {
	t.Helper()
	return k.open(k.b, k.pushed(pairs...)).Response(t, idptest.Redirect)
}

// redeemAs is a token request with an assertion and a proof of key, nil for none.
func (k *keyed) redeemAs(key *idptest.DPoPKey, code string) idptest.Answer {
	k.t.Helper()
	form := url.Values{
		"grant_type": {"authorization_code"}, "code": {code}, "redirect_uri": {idptest.Redirect}, "code_verifier": {idptest.Verifier},
		"client_assertion": {k.assertion(k.t, nil)}, "client_assertion_type": {clientauth.AssertionType},
	}
	if key == nil {
		return k.PostForm("/token", form)
	}
	return k.PostForm("/token", form, "DPoP", key.Proof("POST", k.URL+"/token", nil))
}

// exercisePushing is the discovery document's endpoint, called as RFC 9126 says.
func (r *rig) exercisePushing(t *testing.T, path string) {
	t.Helper()
	form := idptest.AuthorizeQuery("app", idptest.Redirect)
	var pairs []string
	for name := range form {
		pairs = append(pairs, name, form.Get(name))
	}
	a := r.rp.Post(path, pairs...)
	q := url.Values{"client_id": {"app"}, "request_uri": {a.String("request_uri")}}
	if a.Status != http.StatusCreated || r.b.Get("/authorize?"+q.Encode()).Response(t, idptest.Redirect).Get("code") == "" {
		t.Errorf("DJ-02: pushing: %d %s, then %s", a.Status, a.Body, r.b.Page.Left)
	}
}
