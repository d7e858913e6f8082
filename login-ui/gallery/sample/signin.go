package sample

import (
	"time"

	loginui "sekisho/login-ui"
)

func signIn() []Sample {
	choices := []loginui.AddressChoice{{ID: "a1", Masked: maskedMail}, {ID: "a2", Masked: maskedSecurity}}
	return []Sample{
		page("signin", func(f loginui.Frame) loginui.Page {
			return loginui.SignIn{Frame: client(f), ShowPassword: true, ShowPasskey: true}
		}),
		page("signin-hint", func(f loginui.Frame) loginui.Page {
			return loginui.SignIn{Frame: client(f), ShowPassword: true, ShowPasskey: true, LoginHint: "hanako@example.jp"}
		}),
		page("signin-password-only", func(f loginui.Frame) loginui.Page {
			return loginui.SignIn{Frame: f, ShowPassword: true}
		}),
		page("signin-reauth", func(f loginui.Frame) loginui.Page {
			return loginui.SignIn{Frame: client(f), ShowPassword: true, ShowPasskey: true, Reauth: true, MayOther: true, MaskedLogin: maskedLogin, Reason: "max_age"}
		}),
		page("signin-stepup", func(f loginui.Frame) loginui.Page {
			return loginui.SignIn{Frame: client(f), ShowPasskey: true, PasskeyOnly: true, Reauth: true, MaskedLogin: maskedLogin,
				Operation: "urn:sekisho:op:withdrawal", Reason: "operation_once"}
		}),
		page("code-email", func(f loginui.Frame) loginui.Page {
			return loginui.Code{Frame: client(f), Kind: "email", Purpose: "sign_in", MaskedAddress: maskedMail, Addresses: choices[:1],
				ExpiresAt: in(9*time.Minute + 20*time.Second), ResendAt: in(45 * time.Second), Other: "totp"}
		}),
		page("code-email-resend", func(f loginui.Frame) loginui.Page {
			return loginui.Code{Frame: f, Kind: "email", Purpose: "enrol_passkey", MaskedAddress: choices[1].Masked, Addresses: choices,
				ExpiresAt: in(7 * time.Minute), CanResend: true}
		}),
		page("code-email-choose", func(f loginui.Frame) loginui.Page {
			return loginui.Code{Frame: f, Kind: "email", Purpose: "enrol_passkey", Addresses: choices}
		}),
		page("code-totp", func(f loginui.Frame) loginui.Page {
			return loginui.Code{Frame: client(f), Kind: "totp", Purpose: "sign_in", Other: "email"}
		}),
		page("choose-account", func(f loginui.Frame) loginui.Page {
			return loginui.ChooseAccount{Frame: client(f), Name: person(f), MaskedLogin: maskedLogin}
		}),
		page("invite", func(f loginui.Frame) loginui.Page { return loginui.Invite{Frame: f, LoginName: "30154567"} }),
		page("new-password-first", func(f loginui.Frame) loginui.Page {
			return loginui.NewPassword{Frame: f, First: true, MinLength: 12, LoginName: "30154567"}
		}),
		page("new-password-must", func(f loginui.Frame) loginui.Page {
			return loginui.NewPassword{Frame: with(f, loginui.Notice{Kind: loginui.Bad, Code: loginui.NoticePasswordRefused}), MinLength: 12,
				Reasons: []string{"too_short", "contains_email", "common"}, LoginName: "30154567"}
		}),
		page("consent", func(f loginui.Frame) loginui.Page {
			return loginui.Consent{Frame: client(f), Client: loginui.ClientCard{Name: client(f).ClientName, Domain: "trade.aoba.example", Verified: true, Logo: logo(),
				PolicyURI: "https://trade.aoba.example/privacy", TOSURI: "https://trade.aoba.example/terms"},
				Scopes: []loginui.ScopeItem{{Scope: "openid"}, {Scope: "profile"}, {Scope: "portfolio"}, {Scope: "offline_access"}}, Lifetime: 30 * 24 * time.Hour}
		}),
		page("consent-unverified", func(f loginui.Frame) loginui.Page {
			return loginui.Consent{Frame: f, Client: loginui.ClientCard{Name: "Kabu Notebook", Domain: "notes.example.net", PolicyURI: "https://notes.example.net/privacy"},
				Scopes: []loginui.ScopeItem{{Scope: "openid"}, {Scope: "email"}, {Scope: "https://api.example.net/read"}}}
		}),
	}
}

func passkeys() []Sample {
	saturday := time.Date(2025, 11, 23, 0, 0, 0, 0, time.UTC)
	return []Sample{
		page("passkey-needed", func(f loginui.Frame) loginui.Page {
			return loginui.PasskeyNeeded{Frame: client(f), Operation: "withdrawal", Immediate: true, CanEnrol: true}
		}),
		page("passkey-needed-later", func(f loginui.Frame) loginui.Page {
			return loginui.PasskeyNeeded{Frame: client(f), Operation: "withdrawal", From: saturday, CanEnrol: true, Phone: "0120-000-000"}
		}),
		page("passkey-needed-desk", func(f loginui.Frame) loginui.Page {
			return loginui.PasskeyNeeded{Frame: client(f), Operation: "trade", Phone: "0120-000-000"}
		}),
		page("cooling-off", func(f loginui.Frame) loginui.Page {
			return loginui.CoolingOff{Frame: client(f), Operation: "withdrawal", From: saturday}
		}),
		page("denied", func(f loginui.Frame) loginui.Page {
			return loginui.Denied{Frame: client(f), Operation: "payout_account"}
		}),
		page("denied-reason", func(f loginui.Frame) loginui.Page {
			return loginui.Denied{Frame: client(f), Operation: "payout_account",
				Reason: pick(f, "不正アクセス対策のため、出金先口座の変更を11月25日まで停止しています。", "Changes of the payout account are closed until 25 Nov as a protection against fraud.")}
		}),
		page("enrol-passkey", func(f loginui.Frame) loginui.Page {
			return loginui.EnrolPasskey{Frame: f, Count: 1, Max: 3, DefaultName: "iPhone"}
		}),
		page("passkey-added", func(f loginui.Frame) loginui.Page {
			list := passkeyList(f)
			list = append(list, loginui.PasskeyItem{ID: "p3", Name: "iPad", Provider: "iCloud Keychain", Synced: true, CreatedAt: Now, TrustedFrom: saturday})
			return loginui.PasskeyAdded{Frame: f, Passkeys: list, Added: list[2], ContinueAction: f.Base + "/continue", TrustedFrom: saturday}
		}),
	}
}

func passkeyList(f loginui.Frame) []loginui.PasskeyItem {
	return []loginui.PasskeyItem{
		{ID: "p1", Name: pick(f, "花子のiPhone", "Hanako’s iPhone"), Provider: "iCloud Keychain", Synced: true,
			CreatedAt: in(-90 * 24 * time.Hour), LastUsedAt: in(-40 * time.Minute), Current: true},
		{ID: "p2", Name: pick(f, "会社のパソコン", "Office PC"), Provider: "Windows Hello",
			CreatedAt: in(-400 * 24 * time.Hour), LastUsedAt: in(-26 * time.Hour)},
	}
}
