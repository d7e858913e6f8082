package sample

import (
	"time"

	loginui "sekisho/login-ui"
)

// transactions are the pages of the transaction password.
func transactions() []Sample {
	const operation = "urn:sekisho:op:withdrawal"
	set := func(f loginui.Frame) loginui.TransactionPasswordSet {
		return loginui.TransactionPasswordSet{Frame: f, Action: f.Base + "/transaction-password/new", Operation: operation, MinLength: 8}
	}
	mine := func(f loginui.Frame) loginui.TransactionPasswordSet {
		return loginui.TransactionPasswordSet{Frame: own(f), Action: "/account/transaction-password", Own: true, MinLength: 8}
	}
	centre := func(item loginui.TransactionItem) func(loginui.Frame) loginui.Page {
		return func(f loginui.Frame) loginui.Page {
			s := security(f).(loginui.Security)
			s.Transaction = &item
			return s
		}
	}
	return []Sample{
		page("transaction-password", func(f loginui.Frame) loginui.Page {
			return loginui.TransactionPassword{Frame: client(f), Operation: operation}
		}),
		page("transaction-password-first", func(f loginui.Frame) loginui.Page {
			p := set(client(f))
			p.First = true
			return p
		}),
		page("transaction-password-refused", func(f loginui.Frame) loginui.Page {
			p := set(with(client(f), loginui.Notice{Kind: loginui.Bad, Code: loginui.NoticePasswordRefused}))
			p.MustChange, p.FourDigits, p.Reasons = true, true, []string{"too_short", "same_as_login"}
			return p
		}),
		page("transaction-password-must", func(f loginui.Frame) loginui.Page {
			p := set(client(f))
			p.MustChange = true
			return p
		}),
		page("transaction-password-advice", func(f loginui.Frame) loginui.Page {
			return loginui.TransactionPasswordAdvice{Frame: client(f), Operation: operation}
		}),
		page("transaction-password-own", func(f loginui.Frame) loginui.Page {
			p := mine(f)
			p.First = true
			return p
		}),
		page("transaction-password-change", func(f loginui.Frame) loginui.Page {
			p := mine(with(f, loginui.Notice{Kind: loginui.Bad, Code: loginui.NoticeCurrentPasswordWrong}))
			p.FourDigits = true
			return p
		}),
		page("security-transaction", centre(loginui.TransactionItem{ChangedAt: in(-30 * 24 * time.Hour)})),
		page("security-transaction-none", centre(loginui.TransactionItem{})),
		page("security-transaction-four-digits", centre(loginui.TransactionItem{ChangedAt: in(-4000 * 24 * time.Hour), FourDigits: true, LockedUntil: in(12 * time.Minute)})),
		page("security-transaction-stopped", centre(loginui.TransactionItem{ChangedAt: in(-30 * 24 * time.Hour), HardLocked: true})),
	}
}
