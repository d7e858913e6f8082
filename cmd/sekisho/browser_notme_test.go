package main

import (
	"regexp"
	"strings"
	"testing"

	"sekisho/idp/idptest/chromium"
)

var mailedStopCode = regexp.MustCompile(`^([0-9A-Z]{4}(?:-[0-9A-Z]{4}){3})\b`)

// Somebody signs in as Taro and adds a passkey; Taro, on a phone nobody knows, stops the
// account with nothing but the mail; it is stopped everywhere; the desk opens it again and
// the intruder's passkey stays out. B1 A4 E6
func TestCustomerDisownsASignIn(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	d := show(t, "--data", data)
	intruder := chromium.New(t).Passkeys()
	intruder.Before(noAutofill)
	enrolled(t, d, intruder, 0)
	intruder.Open(d.provider + "/account/history")
	intruder.Says("パスキーを登録しました", "ログインしました")
	intruder.Shot("history")

	stop := ""
	eventually(t, func() bool {
		if m := mailedStopCode.FindStringSubmatch(d.stopMail()); m != nil {
			stop = m[1]
		}
		return stop != ""
	})
	b := chromium.New(t)
	b.Size(390, 844)
	b.Open(d.provider + "/")
	b.Click(`a[href="/notme"]`)
	b.WaitURL(d.provider + "/notme")
	b.Shot("notme")
	b.Fill("login", taro)
	b.Fill("code", "0000-0000-0000-0000")
	b.Click(`form[action="/notme"] button:not([type=button])`)
	b.WaitText("口座は停止していません")
	b.Shot("notme-wrong")
	b.Fill("login", taro)
	b.Fill("code", strings.ToLower(stop))
	b.Click(`form[action="/notme"] button:not([type=button])`)
	b.WaitText("口座のご利用を停止しました")
	b.Says("0120-000-000")
	b.Shot("frozen")
	b.NoViolations()

	intruder.Open(d.provider + "/account")
	intruder.WaitURL(d.provider + "/interaction/")
	intruder.Click(`[data-passkey-start]`)
	intruder.Wait(`document.querySelector('#live').innerText.trim() !== ''`)
	if !strings.HasPrefix(intruder.URL(), d.provider+"/interaction/") {
		t.Errorf("B1: signed in to a frozen account: %s", intruder.URL())
	}
	if mails := d.get(d.mail + "/"); !strings.Contains(mails, "口座のご利用を停止しました") {
		t.Error("B1: no mail says that the account is stopped")
	}

	desk := newDesk(t)
	desk.write("sekisho.yaml", strings.ReplaceAll(deskConfig, "DIR", data))
	var a lockedAccount
	if desk.json(&a, "account", "show", taro); a.LockReason != "not_me" || len(a.Suspended) != 1 || a.Suspended[0].Kind != "passkey" {
		t.Fatalf("B1: the desk sees %+v", a)
	}
	desk.ok("account", "unlock", taro)
	intruder.Open(d.provider + "/account")
	intruder.Click(`[data-passkey-start]`)
	intruder.Wait(`document.querySelector('#live').innerText.trim() !== ''`)
	intruder.Shot("suspended-passkey")
	if !strings.HasPrefix(intruder.URL(), d.provider+"/interaction/") {
		t.Errorf("B1: a suspended passkey signs in: %s", intruder.URL())
	}
	waitForNextStep(t, d)
	b.Open(d.provider + "/account")
	password(b, taro, taroPassword)
	code(b, d.totp(1)) // the step that began may be the second one the enrolment used up
	b.WaitURL(d.provider + "/account")
	b.Says("お知らせメール")
	b.Shot("back-again")
}

// stopMail is what stands after the words "stop code" in the newest mail about a sign-in.
func (d *shown) stopMail() string {
	list := d.get(d.mail + "/")
	for _, m := range regexp.MustCompile(`href="(/mail/[^"]+)"`).FindAllStringSubmatch(list, -1) {
		if _, after, found := strings.Cut(d.get(d.mail+m[1]), "停止コード："); found {
			return after
		}
	}
	return ""
}
