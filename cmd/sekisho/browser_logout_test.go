package main

import (
	"strings"
	"testing"
	"time"

	"sekisho/idp/idptest/chromium"
)

// CN-02 LO-05: a customer signs out everywhere on one device, and the sample brokerage on
// the other, which was told by the provider itself, shows that nobody is signed in there
// either. The list of connected applications leads back into it.
func TestSignOutEverywhereReachesTheBrokerage(t *testing.T) {
	d := show(t)
	phone := chromium.New(t)
	phone.Size(390, 844)
	phone.Open(d.broker + "/signin")
	phone.WaitURL(d.provider + "/interaction/")
	password(phone, taro, taroPassword)
	code(phone, d.totp(0))
	phone.WaitURL(d.broker + "/holdings")

	b := chromium.New(t)
	b.Open(d.provider + "/account")
	b.WaitURL(d.provider + "/interaction/")
	password(b, taro, taroPassword)
	code(b, d.totp(1))
	b.WaitURL(d.provider + "/account")
	b.Says("この端末も含めてすべてログアウト")
	b.Shot("security-sign-out-everywhere")
	b.Click(`a[href^="` + d.broker + `/signin?iss="]`)
	b.WaitURL(d.broker + "/holdings")
	b.Open(d.provider + "/account")
	b.Click(`form[action="/account/sessions/end-all"] button`)
	b.WaitText("ログアウトしました")
	b.Shot("signed-out-everywhere")

	for end := time.Now().Add(20 * time.Second); ; {
		phone.Open(d.broker + "/holdings")
		if strings.Contains(phone.Text(), "ほかの画面または端末でログアウトされたため") {
			break
		}
		if time.Now().After(end) {
			t.Fatalf("the brokerage still shows %s", phone.Text())
		}
	}
	phone.Shot("broker-signed-out-elsewhere")
	phone.NoViolations()
}
