package sample

import (
	"time"

	loginui "sekisho/login-ui"
)

func recovery() []Sample {
	return []Sample{
		page("recover-start", func(f loginui.Frame) loginui.Page { return loginui.RecoverStart{Frame: f} }),
		page("recover-mail", func(f loginui.Frame) loginui.Page { return loginui.RecoverMail{Frame: recovering(f)} }),
		page("recover-proof", func(f loginui.Frame) loginui.Page {
			return loginui.RecoverProof{Frame: recovering(f), Paper: true, App: true, Passkey: true, Question: "初めて通った小学校の名前は？"}
		}),
		page("recover-proof-suspended", func(f loginui.Frame) loginui.Page {
			return loginui.RecoverProof{Frame: recovering(f), Suspended: true, Paper: true, LostApp: true, LostPasskeys: true, MailedFrom: in(24 * time.Hour)}
		}),
		page("recover-proof-passkey", func(f loginui.Frame) loginui.Page {
			return loginui.RecoverProof{Frame: recovering(f), Suspended: true, Passkey: true, LostApp: true, MailedFrom: in(24 * time.Hour)}
		}),
		page("recover-proof-nothing", func(f loginui.Frame) loginui.Page {
			return loginui.RecoverProof{Frame: recovering(f), Suspended: true, LostApp: true, LostPasskeys: true, MailedFrom: in(24 * time.Hour)}
		}),
		page("recover-password", recoverPassword),
		page("recover-password-refused", func(f loginui.Frame) loginui.Page {
			p := recoverPassword(f).(loginui.RecoverPassword)
			p.Frame, p.Reasons, p.LostTOTP = with(p.Frame, loginui.Notice{Kind: loginui.Bad, Code: loginui.NoticePasswordRefused}), []string{"too_short", "unchanged"}, true
			return p
		}),
		page("recover-refused", func(f loginui.Frame) loginui.Page { return loginui.RecoverRefused{Frame: f, Corporate: true} }),
		page("recovered", func(f loginui.Frame) loginui.Page {
			return loginui.Recovered{Frame: f, HeldUntil: in(24 * time.Hour), RemovedTOTP: true, RemovedPasskeys: true, RemovedTransaction: true}
		}),
		page("recovery-hold", func(f loginui.Frame) loginui.Page {
			return loginui.CoolingOff{Frame: client(f), Operation: "withdrawal", From: in(23 * time.Hour), Held: true, Early: true}
		}),
		page("suspended", func(f loginui.Frame) loginui.Page { return loginui.Suspended{Frame: f} }),
		page("transaction-cooling-off", func(f loginui.Frame) loginui.Page {
			return loginui.CoolingOff{Frame: client(f), Operation: "withdrawal", From: in(23 * time.Hour), Password: true}
		}),
		page("recovery-codes", func(f loginui.Frame) loginui.Page { return loginui.RecoveryCodes{Frame: own(f)} }),
		page("recovery-codes-left", func(f loginui.Frame) loginui.Page {
			return loginui.RecoveryCodes{Frame: own(f), Total: 10, Left: 7, CreatedAt: in(-90 * 24 * time.Hour)}
		}),
		page("recovery-codes-new", func(f loginui.Frame) loginui.Page {
			return loginui.RecoveryCodesNew{Frame: own(f), MaskedLogin: maskedLogin, CreatedAt: in(0), Codes: []string{
				"7KQ2-M8XD-0R4T-W9HZ-3BNC-5VYE", "1A2B-3C4D-5E6F-7G8H-9J0K-1M2N", "P3Q4-R5S6-T7V8-W9X0-Y1Z2-A3B4", "C5D6-E7F8-G9H0-J1K2-M3N4-P5Q6",
				"R7S8-T9V0-W1X2-Y3Z4-A5B6-C7D8", "E9F0-G1H2-J3K4-M5N6-P7Q8-R9S0", "T1V2-W3X4-Y5Z6-A7B8-C9D0-E1F2", "G3H4-J5K6-M7N8-P9Q0-R1S2-T3V4",
				"W5X6-Y7Z8-A9B0-C1D2-E3F4-G5H6", "J7K8-M9N0-P1Q2-R3S4-T5V6-W7X8",
			}}
		}),
		page("security-held", func(f loginui.Frame) loginui.Page {
			s := security(f).(loginui.Security)
			s.HeldUntil, s.Suspended = in(20*time.Hour), true
			return s
		}),
	}
}

func recovering(f loginui.Frame) loginui.Frame {
	f.Base = "/gallery"
	return f
}

func recoverPassword(f loginui.Frame) loginui.Page {
	return loginui.RecoverPassword{Frame: recovering(f), MinLength: 12, LoginName: "30154567", Passkeys: 2, TOTP: true, Transaction: true, HoldUntil: in(24 * time.Hour)}
}
