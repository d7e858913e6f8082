package sample

import (
	"time"

	loginui "sekisho/login-ui"
)

// deal is a withdrawal as the page shows it.
func deal(f loginui.Frame) loginui.TransactionCard {
	line := func(ja, en, value string, large bool) loginui.TransactionLine {
		return loginui.TransactionLine{Label: pick(f, ja, en), Value: value, Large: large}
	}
	return loginui.TransactionCard{Title: pick(f, "出金", "Withdrawal"), Client: pick(f, "青葉証券 出金窓口", "Aoba Withdrawals"), Lines: []loginui.TransactionLine{
		line("出金額", "Amount", pick(f, "300,000円", "¥300,000"), true), line("金融機関", "Bank", "あけぼの銀行", true), line("支店", "Branch", "日本橋支店", false),
		line("預金の種類", "Account type", pick(f, "普通", "Ordinary"), false), line("口座番号", "Account number", "1234567", true), line("口座名義", "Account holder", "アオバ　タロウ", false),
	}}
}

// approvals are the pages of a transaction.
func approvals() []Sample {
	const operation = "urn:sekisho:op:withdrawal"
	approve := func(f loginui.Frame) loginui.Approve {
		return loginui.Approve{Transaction: deal(f), SignIn: loginui.SignIn{Frame: client(f), Reauth: true, MaskedLogin: maskedLogin, Operation: operation, ShowPasskey: true, PasskeyOnly: true}}
	}
	return []Sample{
		page("approve", func(f loginui.Frame) loginui.Page { return approve(f) }),
		page("approve-both", func(f loginui.Frame) loginui.Page {
			p := approve(f)
			p.TransactionToo = true
			return p
		}),
		page("approve-password", func(f loginui.Frame) loginui.Page {
			p := approve(f)
			p.ShowPasskey, p.PasskeyOnly, p.ShowPassword = false, false, true
			return p
		}),
		page("approve-code", func(f loginui.Frame) loginui.Page {
			d := deal(f)
			return loginui.Code{Frame: client(f), Kind: "totp", Purpose: "sign_in", Transaction: &d}
		}),
		page("approve-consent", func(f loginui.Frame) loginui.Page {
			d := deal(f)
			d.Client = "家計ノート"
			return loginui.Consent{Frame: client(f), Client: loginui.ClientCard{Name: "家計ノート", Domain: "kakei.example", Verified: true},
				Scopes: []loginui.ScopeItem{{Scope: "openid"}}, Lifetime: 24 * time.Hour, Transaction: &d}
		}),
		page("approve-transaction-password", func(f loginui.Frame) loginui.Page {
			d := deal(f)
			return loginui.TransactionPassword{Frame: client(f), Operation: operation, Transaction: &d}
		}),
		page("approve-transaction-password-first", func(f loginui.Frame) loginui.Page {
			d := deal(f)
			return loginui.TransactionPasswordSet{Frame: client(f), Action: f.Base, Operation: operation, First: true, MinLength: 8, Transaction: &d}
		}),
		page("not-mine", func(f loginui.Frame) loginui.Page { return loginui.NotMine{Frame: client(f), Transaction: deal(f)} }),
	}
}
