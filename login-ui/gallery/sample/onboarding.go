package sample

import (
	"time"

	loginui "sekisho/login-ui"
)

func onboarding() []Sample {
	return []Sample{
		page("passkey-offer", func(f loginui.Frame) loginui.Page {
			return loginui.PasskeyOffer{Frame: client(f), DefaultName: "iPhone", From: in(24 * time.Hour)}
		}),
		page("passkey-offer-welcome", func(f loginui.Frame) loginui.Page {
			return loginui.PasskeyOffer{Frame: f, Welcome: true, DefaultName: "iPhone", From: in(24 * time.Hour)}
		}),
		page("passkey-offer-in-app", func(f loginui.Frame) loginui.Page {
			return loginui.PasskeyOffer{Frame: f, Welcome: true, InApp: true}
		}),
		page("enrol-passkey-in-app", func(f loginui.Frame) loginui.Page {
			return loginui.EnrolPasskey{Frame: f, Count: 1, Max: 3, InApp: true}
		}),
		page("welcome-codes", func(f loginui.Frame) loginui.Page {
			return loginui.WelcomeCodes{Frame: own(f), LaterHref: "/gallery/welcome-codes"}
		}),
		page("welcome-codes-check", func(f loginui.Frame) loginui.Page {
			return loginui.WelcomeCodes{Frame: own(f), LaterHref: "/gallery/welcome-codes", CheckHref: "/gallery/welcome-codes"}
		}),
	}
}
