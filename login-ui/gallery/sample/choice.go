package sample

import (
	"time"

	loginui "sekisho/login-ui"
)

// together are the pages on which the transaction password is given beside another proof.
func together() []Sample {
	const operation = "urn:sekisho:op:withdrawal"
	return []Sample{
		page("stepup-together", func(f loginui.Frame) loginui.Page {
			return loginui.SignIn{Frame: client(f), Reauth: true, MaskedLogin: maskedLogin, Operation: operation, Reason: "operation_once", ShowPasskey: true, PasskeyOnly: true, TransactionToo: true}
		}),
		page("stepup-together-password", func(f loginui.Frame) loginui.Page {
			return loginui.SignIn{Frame: client(f), Reauth: true, MaskedLogin: maskedLogin, Operation: "trade", Reason: "max_age", ShowPasskey: true, ShowPassword: true, TransactionToo: true}
		}),
		page("code-together", func(f loginui.Frame) loginui.Page {
			return loginui.Code{Frame: client(f), Kind: "totp", Purpose: "sign_in", Operation: operation, TransactionToo: true}
		}),
		page("code-together-wrong", func(f loginui.Frame) loginui.Page {
			return loginui.Code{Frame: with(client(f), loginui.Notice{Kind: loginui.Bad, Code: loginui.NoticeTogetherWrong}), Kind: "totp", Purpose: "sign_in", Operation: operation, TransactionToo: true}
		}),
		page("transaction-password-instead", func(f loginui.Frame) loginui.Page {
			return loginui.TransactionPassword{Frame: client(f), Operation: "registered_data", Instead: true}
		}),
	}
}

// choices are the pages of what is asked for at each operation.
func choices() []Sample {
	email, mfa := "urn:sekisho:acr:email", "urn:sekisho:acr:mfa"
	base := func(f loginui.Frame) loginui.Frame {
		f = own(f)
		f.Base = "/account/checks"
		return f
	}
	trade := loginui.CheckItem{OperationName: loginui.OperationName{ID: "trade"}, Rule: loginui.CheckRule{Level: mfa, MaxAge: 15 * time.Minute}, Open: true}
	chosen := trade
	chosen.Chosen = loginui.CheckChoice{Factor: "passkey", Anew: true}
	check := func(f loginui.Frame) loginui.Check {
		return loginui.Check{Frame: base(f), CheckItem: trade, None: true, Passkey: true, Anew: true, Transaction: true}
	}
	names := []loginui.OperationName{{ID: "trade"}, {ID: "lending", Name: "貸株・Stock lending"}}
	return []Sample{
		page("checks", func(f loginui.Frame) loginui.Page {
			return loginui.Checks{Frame: base(f), Items: []loginui.CheckItem{
				{OperationName: loginui.OperationName{ID: "sign_in"}, Rule: loginui.CheckRule{Level: email, MaxAge: 8 * time.Hour}, Chosen: loginui.CheckChoice{Factor: "totp"}, Open: true},
				chosen,
				{OperationName: loginui.OperationName{ID: "withdrawal"}, Rule: loginui.CheckRule{Level: "phr", Once: true, Transaction: true}, Stopped: true},
				{OperationName: loginui.OperationName{ID: "documents"}, Rule: loginui.CheckRule{Level: email, Transaction: true, TransactionOr: true}, Chosen: loginui.CheckChoice{Factor: "none", Stale: true}, Open: true},
				{OperationName: names[1], Rule: loginui.CheckRule{Level: email, MaxAge: time.Hour}, Open: true},
			}}
		}),
		page("check", func(f loginui.Frame) loginui.Page { return check(f) }),
		page("check-refused", func(f loginui.Frame) loginui.Page {
			p := check(with(f, loginui.Notice{Kind: loginui.Bad, Code: loginui.NoticeChoiceNeedsPasskey}))
			p.LacksPasskey, p.LacksTransaction = true, true
			return p
		}),
		page("check-stale", func(f loginui.Frame) loginui.Page {
			p := check(f)
			p.None, p.Chosen = false, loginui.CheckChoice{Factor: "none", Stale: true}
			return p
		}),
		page("passkey-remove-stranded", func(f loginui.Frame) loginui.Page {
			return loginui.PasskeyRemove{Frame: own(f), Item: passkeyList(f)[0], Last: true, Left: []string{"totp"}, Stranded: names}
		}),
		page("totp-remove-stranded", func(f loginui.Frame) loginui.Page {
			return loginui.TOTPRemove{Frame: own(f), Stranded: names[:1]}
		}),
	}
}
