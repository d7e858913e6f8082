package sample

import (
	"time"

	"sekisho/idp/authn/identifier"
	loginui "sekisho/login-ui"
)

func contact() []Sample {
	masked := loginui.Profile{
		Email: maskedMail, EmailVerified: true, Phone: maskedPhone,
		PostalCode: identifier.MaskPostalCode("100-0002"), Address: identifier.MaskAddress("東京都千代田区皇居外苑1-1"), Birthdate: identifier.MaskBirthdate("1960-04-01"),
	}
	wrong := loginui.Notice{Kind: loginui.Bad, Code: loginui.NoticeCurrentDataWrong, Left: 3}
	return []Sample{
		page("profile", func(f loginui.Frame) loginui.Page { p := masked; p.Frame = profile(f); return p }),
		page("profile-clear", func(f loginui.Frame) loginui.Page {
			return loginui.Profile{
				Frame: profile(f), Clear: true, Email: "hanako.yamada@example.jp", SecurityEmails: []string{"hanako-security@mail.example"},
				Phone: "+819012345678", PostalCode: "100-0002", Address: "東京都千代田区皇居外苑1-1 青葉マンション1203", Birthdate: "1960-04-01",
			}
		}),
		page("profile-changed", func(f loginui.Frame) loginui.Page {
			p := masked
			p.SecurityEmails = []string{maskedSecurity}
			p.Frame = with(profile(f), loginui.Notice{Kind: loginui.Good, Code: loginui.NoticeSecurityEmailChanged})
			return p
		}),
		page("email-change", func(f loginui.Frame) loginui.Page {
			return loginui.EmailChange{Frame: profile(f), Purpose: "registered", Current: maskedMail}
		}),
		page("email-change-wrong", func(f loginui.Frame) loginui.Page {
			return loginui.EmailChange{Frame: with(profile(f), wrong), Purpose: "registered", Current: maskedMail, New: "hanako@new.example"}
		}),
		page("security-email", func(f loginui.Frame) loginui.Page {
			return loginui.EmailChange{Frame: profile(f), Purpose: "security"}
		}),
		page("security-email-change", func(f loginui.Frame) loginui.Page {
			return loginui.EmailChange{Frame: profile(f), Purpose: "security", Current: maskedSecurity, Removable: []loginui.AddressChoice{{ID: "a1", Masked: maskedSecurity}}}
		}),
		page("email-confirm", func(f loginui.Frame) loginui.Page {
			return loginui.EmailConfirm{Frame: profile(f), Purpose: "registered", Address: "hanako@new.example", ExpiresAt: in(9 * time.Minute), ResendAt: in(45 * time.Second)}
		}),
		page("email-confirm-unsent", func(f loginui.Frame) loginui.Page {
			return loginui.EmailConfirm{Frame: with(profile(f), loginui.Notice{Kind: loginui.Info, Code: loginui.NoticeCodeWait, Until: in(4 * time.Minute)}),
				Purpose: "security", Address: "hanako@new.example", CanResend: true}
		}),
		page("phone-change", func(f loginui.Frame) loginui.Page {
			return loginui.PhoneChange{Frame: profile(f), Current: maskedPhone}
		}),
		page("phone-change-transaction", func(f loginui.Frame) loginui.Page {
			return loginui.PhoneChange{Frame: profile(f), Current: maskedPhone, Transaction: true}
		}),
		page("email-change-transaction", func(f loginui.Frame) loginui.Page {
			return loginui.EmailChange{Frame: with(profile(f), loginui.Notice{Kind: loginui.Bad, Code: loginui.NoticeTransactionWrong}), Purpose: "registered", Current: maskedMail, New: "hanako@new.example", Transaction: true}
		}),
		page("phone-add", func(f loginui.Frame) loginui.Page {
			return loginui.PhoneChange{Frame: with(profile(f), loginui.Notice{Kind: loginui.Bad, Code: loginui.NoticePhoneInvalid}), New: "1234"}
		}),
		page("undo", func(f loginui.Frame) loginui.Page { f.Base = "/undo"; return loginui.Undo{Frame: f} }),
		page("undo-failed", func(f loginui.Frame) loginui.Page {
			f.Base = "/undo"
			return loginui.Undo{Frame: with(f, loginui.Notice{Kind: loginui.Bad, Code: loginui.NoticeUndoFailed}), LoginName: "30154567"}
		}),
		page("undone", func(f loginui.Frame) loginui.Page { f.Base = "/undo"; return loginui.Undone{Frame: f} }),
	}
}

func profile(f loginui.Frame) loginui.Frame {
	f = own(f)
	f.Base = "/account/profile"
	return f
}

func init() {
	for _, code := range []string{loginui.NoticeEmailChanged, loginui.NoticeSecurityEmailChanged, loginui.NoticeSecurityEmailRemoved, loginui.NoticePhoneChanged} {
		kinds[code] = loginui.Good
	}
}
