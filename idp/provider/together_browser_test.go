package provider_test

import (
	"testing"
	"time"

	"sekisho/config"
	"sekisho/idp"
	"sekisho/idp/idptest"
	"sekisho/idp/idptest/chromium"
)

// B7 B12: in a real browser a customer chooses to be asked for the transaction password too,
// and a withdrawal takes it and the passkey on one page.
func TestCustomerWithdrawsInOneGo(t *testing.T) {
	p := idptest.New(t, idptest.Options{Edit: func(c *config.Config) {
		unlimited(c)
		c.Password.Transaction.Enabled = true
		o := c.Assurance.Operations["withdrawal"]
		o.Choices = []string{"transaction_password"}
		c.Assurance.Operations["withdrawal"] = o
	}})
	arrived := p.URL + "/help/environments"
	p.NewRelyingParty("app", func(m *idp.ClientMetadata) { m.RedirectURIs = []string{arrived} })
	a := p.AddAccount(idptest.Customer{Login: "10000001", TOTP: true})
	p.GiveTransactionPassword(a, txSecret)
	p.Clock.Advance(31 * time.Second)
	b := chromium.New(t).Passkeys()
	b.Size(390, 844)
	b.Open(p.URL + "/account/passkeys/add")
	b.Fill("login", a.LoginName)
	b.Fill("password", a.Password)
	b.Click(pressIn + `/password"] button:not([type=button])`)
	b.Wait(`document.querySelector('form[action$="/code"]')`)
	b.Fill("code", a.TOTP())
	b.Click(pressIn + `/code"] button`)
	b.WaitText("パスキーを登録する前に")
	p.Clock.Advance(31 * time.Second)
	b.Fill("code", a.TOTP())
	b.Click(pressIn + `/code"] button`)
	b.Wait(`document.querySelector('[data-enrol]')`)
	b.Click(`[data-enrol] button`)
	b.Wait(`document.querySelector('form[action$="/enrol/done"]')`)
	b.Click(pressIn + `/enrol/done"] button`)
	b.WaitURL(p.URL + "/account")

	b.Open(p.URL + checks + "/withdrawal")
	b.Wait(`document.querySelector('[data-passkey-start]')`)
	b.Click(`[data-passkey-start]`)
	b.WaitURL(p.URL + checks + "/withdrawal")
	b.WaitText("出金の確認")
	b.Click(`input[name="transaction_password"]`)
	b.Shot("check")
	b.Click(pressIn + checks + `/withdrawal"] button`)
	b.WaitURL(p.URL + checks + "?done=")
	b.WaitText("設定を変更しました。")
	b.Shot("checks")
	b.NoViolations()

	b.Open(p.URL + "/authorize?" + idptest.AuthorizeQuery("app", arrived, "acr_values", opWithdrawal).Encode())
	b.WaitText("出金には、取引パスワードとご本人の確認の両方が必要です。")
	b.Click(`[data-passkey-start]`)
	b.WaitText("取引パスワードが入力されていません。")
	b.Shot("together-missing")
	b.Fill("transaction_password", "guess")
	b.Click(`[data-passkey-start]`)
	b.WaitText("取引パスワードが違います。")
	b.Shot("together-wrong")
	b.Fill("transaction_password", txSecret)
	b.Click(`[data-passkey-start]`)
	b.WaitURL(arrived + "?code=")
}
