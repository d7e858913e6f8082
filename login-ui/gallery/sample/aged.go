package sample

import (
	"time"

	loginui "sekisho/login-ui"
)

func aged() []Sample {
	long := in(-500 * 24 * time.Hour)
	return []Sample{
		page("password-age", func(f loginui.Frame) loginui.Page {
			return loginui.PasswordAge{Frame: client(f), ChangedAt: long, Again: 90 * 24 * time.Hour}
		}),
		page("password-age-transaction", func(f loginui.Frame) loginui.Page {
			return loginui.PasswordAge{Frame: f, Transaction: true, ChangedAt: long, Again: 90 * 24 * time.Hour}
		}),
		page("password-age-change", func(f loginui.Frame) loginui.Page {
			return loginui.PasswordAgeChange{Frame: client(f), MinLength: 12, LoginName: "30154567"}
		}),
		page("password-age-security", func(f loginui.Frame) loginui.Page {
			s := security(f).(loginui.Security)
			s.PasswordAged, s.Transaction = true, &loginui.TransactionItem{ChangedAt: long, Aged: true}
			return s
		}),
	}
}
