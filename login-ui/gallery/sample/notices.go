package sample

import (
	"time"

	loginui "sekisho/login-ui"
)

func aboutNotices() []Sample {
	return []Sample{
		page("notme", func(f loginui.Frame) loginui.Page { return loginui.NotMe{Frame: f} }),
		page("frozen", func(f loginui.Frame) loginui.Page { return loginui.Frozen{Frame: f} }),
		page("history", func(f loginui.Frame) loginui.Page {
			phone, pc := "Safari · iPhone", "Edge · Windows"
			return loginui.History{Frame: own(f), Items: []loginui.HistoryItem{
				{Event: "signin.succeeded", Way: "passkey", At: in(-40 * time.Minute), Device: phone, Current: true},
				{Event: "passkey.added", At: in(-26 * time.Hour), Device: pc},
				{Event: "stepup.succeeded", Way: "totp", At: in(-26 * time.Hour), Device: pc},
				{Event: "signin.failed", At: in(-27 * time.Hour), Device: pc},
				{Event: "account.unlocked", At: in(-30 * 24 * time.Hour), Desk: true},
				{Event: "password.changed", At: in(-500 * 24 * time.Hour), Device: phone},
			}}
		}),
		page("history-empty", func(f loginui.Frame) loginui.Page { return loginui.History{Frame: own(f)} }),
		page("notifications", func(f loginui.Frame) loginui.Page {
			return loginui.Notifications{Frame: own(f), Optional: []loginui.MailChoice{{Kind: "sign_in", On: true}},
				Critical: []string{"new_device", "authenticators", "password", "sessions", "account", "withdrawal", "choices"},
				To:       []string{maskedMail, maskedSecurity}}
		}),
	}
}
