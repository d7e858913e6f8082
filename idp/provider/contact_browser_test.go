package provider_test

import (
	"testing"
	"time"

	"sekisho/idp"
	"sekisho/idp/idptest"
	"sekisho/idp/idptest/chromium"
	"sekisho/idp/notify"
)

const pressIn = `form[action$="`

// A11 B4 B13 B14 B15: a customer on a telephone looks at what is registered, has it shown,
// adds a security address, changes the registered one and the number, and undoes the change
// of the address in a browser where nobody is signed in.
func TestCustomerKeepsRegisteredData(t *testing.T) {
	p := idptest.New(t, idptest.Options{Edit: unlimited})
	a := p.AddAccount(idptest.Customer{Login: "10000001", TOTP: true, Profile: idp.Profile{
		Name: "山田 花子", PhoneNumber: "+819012345678", Birthdate: "1960-04-01",
		Address: &idp.Address{PostalCode: "100-0002", Region: "東京都", Locality: "千代田区", StreetAddress: "皇居外苑1-1"},
	}})
	p.Clock.Advance(31 * time.Second)
	b := chromium.New(t)
	b.Size(390, 844)
	press := func(action string) { t.Helper(); b.Click(pressIn + action + `"] button:not([type=button])`) }
	b.Open(p.URL + "/account")
	b.Fill("login", a.LoginName)
	b.Fill("password", a.Password)
	press("/password")
	b.Fill("code", a.TOTP())
	press("/code")
	b.WaitURL(p.URL + "/account")

	b.Click(`a[href="/account/profile"]`)
	b.WaitText("登録情報")
	b.Says("10••••@m••••", "••••5678", "••••02", "東京都••••", "••••-••-••")
	b.Shot("profile-masked")
	press("/reveal")
	b.WaitText(a.Email)
	b.Says("090-1234-5678", "100-0002", "東京都千代田区皇居外苑1-1", "1960年4月1日")
	b.Shot("profile-clear")

	change := func(path, current, to string) {
		t.Helper()
		b.Open(p.URL + profilePath + path)
		if current != "" {
			b.Fill("current", current)
		}
		b.Fill("new", to)
		b.Shot("contact" + path[1:])
		press(path)
	}
	confirm := func(to string) {
		t.Helper()
		b.WaitURL(p.URL + profilePath + "/confirm")
		b.Shot("contact-confirm")
		b.Fill("code", idptest.Code(t, p.Mail.Wait(t, to, notify.VerifyAddress, 1)))
		press("/confirm")
		b.WaitURL(p.URL + profilePath + "?done=")
	}
	change("/security-email", "", "codes@sec.example")
	confirm("codes@sec.example")
	b.Says("セキュリティ用メールアドレスを登録しました。", "c••••@s••••")
	change("/email", "another@mail.example", "hanako@new.example")
	b.WaitText("ご登録の内容と違います。")
	b.Shot("contact-wrong")
	b.Fill("current", a.Email)
	press("/email")
	confirm("hanako@new.example")
	b.Says("登録メールアドレスを変更しました。", "ha••••@n••••")
	p.Mail.Wait(t, "hanako@new.example", notify.EmailRegistered, 1)
	code := undoCode.FindString(p.Mail.Wait(t, a.Email, notify.EmailChanged, 1).Text)
	change("/phone", "090-1234-5678", "03-1234-5679")
	b.WaitText("電話番号を変更しました。")
	b.Says("••••5679")
	b.NoViolations()

	other := chromium.New(t)
	other.Size(390, 844)
	other.Script(false)
	other.Open(p.URL + "/help/signin")
	other.Click(`a[href="/undo"]`)
	other.Fill("login", a.LoginName)
	other.Fill("code", code)
	other.Shot("undo")
	other.Click(pressIn + `/undo"] button`)
	other.WaitText("変更を取り消しました")
	other.Shot("undone")
	b.Open(p.URL + profilePath)
	b.Wait(`document.querySelector('form[action$="/password"]')`) // nobody is signed in any more
}
