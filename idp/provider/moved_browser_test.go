package provider_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"sekisho/config"
	"sekisho/idp/idptest"
	"sekisho/idp/idptest/chromium"
)

// B11: a passkey made at the old address signs in at the new one, in a real browser that
// is sent there by the old one and finds the RP ID's list of related origins by itself.
func TestPasskeyMovesWithTheProvider(t *testing.T) {
	const oldHost, newHost = "login.old-firm.test", "id.new-firm.test"
	var handler atomic.Value // of both hosts, as one load balancer would have it
	front := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { handler.Load().(http.Handler).ServeHTTP(w, r) }))
	t.Cleanup(front.Close)
	at := strings.TrimPrefix(front.URL, "https://")
	b := chromium.New(t, chromium.Flag{Name: "ignore-certificate-errors", Value: true},
		chromium.Flag{Name: "host-resolver-rules", Value: "MAP " + oldHost + ":443 " + at + ",MAP " + newHost + ":443 " + at}).Passkeys()
	b.Before(`if (window.PublicKeyCredential) PublicKeyCredential.isConditionalMediationAvailable = async () => false;`)

	first := idptest.Options{KEK: idptest.KEK(t), Edit: func(c *config.Config) {
		c.Issuer, c.Passkey.RPID, c.Passkey.Origins = "https://"+oldHost, oldHost, []string{"https://" + oldHost}
	}}
	p := idptest.New(t, first)
	handler.Store(p.Handler())
	taro := p.AddAccount(idptest.Customer{Login: "10000001", TOTP: true})
	code := func() {
		p.Clock.Advance(31e9)
		b.Fill("code", taro.TOTP())
		b.Click(`form[action$="/code"] button`)
	}
	b.Open("https://" + oldHost + "/account/passkeys/add")
	b.Fill("login", taro.LoginName)
	b.Fill("password", taro.Password)
	b.Click(`form[action$="/password"] button.btn`)
	code()
	b.WaitText("パスキーを登録する前に")
	code()
	b.Click(`[data-enrol] [data-passkey-start]`)
	b.Click(`form[action$="/enrol/done"] button`)
	b.WaitURL("https://" + oldHost + "/account")

	after := idptest.New(t, idptest.Options{Store: p.Store, KEK: first.KEK, Clock: p.Clock, Mail: p.Mail, Edit: func(c *config.Config) {
		c.Issuer, c.FormerIssuers = "https://"+newHost, []string{"https://" + oldHost}
		c.Passkey.RPID, c.Passkey.Origins, c.Passkey.RelatedOrigins = oldHost, []string{c.Issuer}, []string{c.Issuer}
	}})
	handler.Store(after.Handler())
	b.Open("https://" + oldHost + "/account") // a bookmark of old
	b.WaitURL("https://" + newHost + "/interaction/")
	b.Click(`[data-passkey-start]`)
	b.WaitURL("https://" + newHost + "/account")
	b.Says("パスキー1件で守られています")
	b.Shot("moved")
}
