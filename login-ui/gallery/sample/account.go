package sample

import (
	"time"

	loginui "sekisho/login-ui"
)

func account() []Sample {
	return []Sample{
		page("security", security),
		page("security-bare", func(f loginui.Frame) loginui.Page {
			s := security(f).(loginui.Security)
			s.Passkeys, s.TOTP, s.Apps, s.Sessions, s.Level = nil, nil, nil, s.Sessions[:1], "urn:sekisho:acr:email"
			return s
		}),
		page("security-one", func(f loginui.Frame) loginui.Page {
			s := security(f).(loginui.Security)
			s.Passkeys = s.Passkeys[:1]
			s.Frame = with(s.Frame, loginui.Notice{Kind: loginui.Good, Code: loginui.NoticePasskeyRemoved})
			return s
		}),
		page("passkey-rename", func(f loginui.Frame) loginui.Page {
			return loginui.PasskeyRename{Frame: own(f), Item: passkeyList(f)[0]}
		}),
		page("passkey-rename-bad", func(f loginui.Frame) loginui.Page {
			return loginui.PasskeyRename{Frame: with(own(f), loginui.Notice{Kind: loginui.Bad, Code: loginui.NoticeNameInvalid}), Item: passkeyList(f)[0]}
		}),
		page("passkey-remove", func(f loginui.Frame) loginui.Page {
			return loginui.PasskeyRemove{Frame: own(f), Item: passkeyList(f)[1]}
		}),
		page("passkey-remove-last", func(f loginui.Frame) loginui.Page {
			return loginui.PasskeyRemove{Frame: own(f), Item: passkeyList(f)[0], Last: true, Left: []string{"totp", "password_email"}}
		}),
		page("totp-enrol", func(f loginui.Frame) loginui.Page {
			return loginui.TOTPEnrol{Frame: own(f), Secret: "JBSW Y3DP EHPK 3PXP JBSW Y3DP EHPK 3PXP",
				OTPAuthURI: "otpauth://totp/Aoba%20Securities:30154567?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP&issuer=Aoba%20Securities"}
		}),
		page("totp-exchange", func(f loginui.Frame) loginui.Page {
			return loginui.TOTPEnrol{Frame: with(own(f), loginui.Notice{Kind: loginui.Bad, Code: loginui.NoticeCodeWrong, Left: 4}), Replaces: true,
				Secret: "JBSW Y3DP EHPK 3PXP", OTPAuthURI: "otpauth://totp/Aoba:30154567?secret=JBSWY3DPEHPK3PXP&issuer=Aoba"}
		}),
		page("totp-remove", func(f loginui.Frame) loginui.Page { return loginui.TOTPRemove{Frame: own(f)} }),
		page("password-change", func(f loginui.Frame) loginui.Page {
			return loginui.PasswordChange{Frame: own(f), MinLength: 12, LoginName: "30154567"}
		}),
		page("password-change-wrong", func(f loginui.Frame) loginui.Page {
			return loginui.PasswordChange{Frame: with(own(f), loginui.Notice{Kind: loginui.Bad, Code: loginui.NoticeCurrentPasswordWrong}), MinLength: 12, LoginName: "30154567"}
		}),
	}
}

func security(f loginui.Frame) loginui.Page {
	f = own(f)
	f.ReturnHref = "/gallery/home"
	return loginui.Security{
		Frame: f, Name: person(f), MaskedLogin: maskedLogin, Passkeys: passkeyList(f), MaxPasskeys: 3,
		TOTP:              &loginui.TOTPItem{CreatedAt: in(-200 * 24 * time.Hour), LastUsedAt: in(-12 * 24 * time.Hour)},
		PasswordChangedAt: in(-500 * 24 * time.Hour), MaskedEmail: maskedMail, Level: "phr", RecoveryCodes: true, RecoveryCodesLeft: 7,
		Sessions: []loginui.SessionItem{
			{ID: "s1", Device: "Safari · iPhone", IP: "203.0.113.24", CreatedAt: in(-40 * time.Minute), LastSeenAt: in(-time.Minute), Current: true},
			{ID: "s2", Device: "Edge · Windows", IP: "198.51.100.7", CreatedAt: in(-26 * time.Hour), LastSeenAt: in(-20 * time.Hour)},
		},
		Apps: []loginui.AppItem{
			{ClientID: "aoba-trade", Name: pick(f, "青葉トレード", "Aoba Trade"), Domain: "trade.aoba.example", Scopes: []string{"portfolio", "trade"}, Since: in(-90 * 24 * time.Hour)},
			{ClientID: "notes", Name: "Kabu Notebook", Domain: "notes.example.net", Scopes: []string{"profile"}, Since: in(-3 * 24 * time.Hour), OpenHref: "https://notes.example.net/signin"},
		},
	}
}

func around() []Sample {
	return []Sample{
		page("logout-confirm", func(f loginui.Frame) loginui.Page { return loginui.LogoutConfirm{Frame: client(f)} }),
		page("logged-out", func(f loginui.Frame) loginui.Page {
			return loginui.LoggedOut{Frame: client(f), ContinueHref: "https://trade.aoba.example/"}
		}),
		page("logged-out-telling", func(f loginui.Frame) loginui.Page {
			return loginui.LoggedOut{Frame: client(f), ContinueHref: "https://trade.aoba.example/", Wait: 3 * time.Second}
		}),
		page("logged-out-plain", func(f loginui.Frame) loginui.Page { return loginui.LoggedOut{Frame: f} }),
		page("environments", func(f loginui.Frame) loginui.Page { return loginui.Environments{Frame: f} }),
		page("help", func(f loginui.Frame) loginui.Page { return loginui.Help{Frame: f} }),
		page("home", func(f loginui.Frame) loginui.Page { return loginui.Home{Frame: f} }),
		page("form-post", func(f loginui.Frame) loginui.Page {
			return loginui.FormPost{Frame: f, Action: "/gallery/posted", Fields: [][2]string{{"code", "sample"}, {"state", "af0ifjsldkj"}}}
		}),
	}
}

// notices puts each notice on a page where it can occur.
func notices() []Sample {
	var all []Sample
	for _, code := range loginui.NoticeCodes() {
		n := loginui.Notice{Kind: kinds[code], Code: code}
		switch code {
		case loginui.NoticePasswordLocked, loginui.NoticeCodeLocked, loginui.NoticeRateLimited, loginui.NoticeTransactionLocked:
			n.Until = in(12 * time.Minute)
		case loginui.NoticeCodeWait:
			n.Until = in(40 * time.Second)
		case loginui.NoticeCodeWrong, loginui.NoticeInviteFailed, loginui.NoticeRecoveryCodeWrong:
			n.Left = 3
		case loginui.NoticeFailed:
			n.Reference = "7KQ2-M8XD"
		}
		all = append(all, page("notice-"+code, func(f loginui.Frame) loginui.Page { return noticed(with(f, n)) }))
	}
	return all
}

var kinds = map[string]loginui.NoticeKind{
	loginui.NoticeCodeSent: loginui.Good, loginui.NoticeSessionExpired: loginui.Info, loginui.NoticeSignedOut: loginui.Info,
	loginui.NoticePasskeyAdded: loginui.Good, loginui.NoticePasskeyRenamed: loginui.Good, loginui.NoticePasskeyRemoved: loginui.Good,
	loginui.NoticeTOTPAdded: loginui.Good, loginui.NoticeTOTPRemoved: loginui.Good, loginui.NoticePasswordChanged: loginui.Good,
	loginui.NoticeSessionEnded: loginui.Good, loginui.NoticeSessionsEnded: loginui.Good, loginui.NoticeAppRevoked: loginui.Good,
	loginui.NoticeCodeWait: loginui.Info, loginui.NoticeTransactionSet: loginui.Good, loginui.NoticeTransactionChanged: loginui.Good, loginui.NoticeNotificationsSaved: loginui.Good, loginui.NoticeRecoverSent: loginui.Info,
	loginui.NoticeEnvironmentForgotten: loginui.Good, loginui.NoticeAnswerSet: loginui.Good, loginui.NoticeChoiceSaved: loginui.Good,
}

func noticed(f loginui.Frame) loginui.Page {
	switch f.Notice.Code {
	case loginui.NoticeCodeWrong, loginui.NoticeCodeExpired, loginui.NoticeCodeSpent, loginui.NoticeCodeLocked, loginui.NoticeCodeWait, loginui.NoticeCodeSent:
		return loginui.Code{Frame: client(f), Kind: "email", Purpose: "sign_in", MaskedAddress: maskedMail, ExpiresAt: in(9 * time.Minute), CanResend: true}
	case loginui.NoticeInviteFailed, loginui.NoticeInviteSpent:
		return loginui.Invite{Frame: f, LoginName: "30154567"}
	case loginui.NoticeTransactionWrong, loginui.NoticeTransactionLocked, loginui.NoticeTransactionHardLocked:
		return loginui.TransactionPassword{Frame: client(f), Operation: "withdrawal"}
	case loginui.NoticeStopCodeFailed:
		return loginui.NotMe{Frame: f, LoginName: "30154567"}
	case loginui.NoticeRecoverSent:
		return loginui.RecoverMail{Frame: f}
	case loginui.NoticeRecoveryCodeWrong, loginui.NoticeLostNothing:
		return loginui.RecoverProof{Frame: f, Paper: true, Passkey: true}
	case loginui.NoticePersonalDataWrong, loginui.NoticePersonalDataLocked, loginui.NoticePersonalDataHardLocked:
		return loginui.PersonalData{Frame: client(f)}
	case loginui.NoticeCurrentDataWrong, loginui.NoticeAddressInvalid, loginui.NoticeAddressSame, loginui.NoticeAddressTaken:
		return loginui.EmailChange{Frame: profile(f), Purpose: "registered", Current: maskedMail, New: "hanako@new.example"}
	case loginui.NoticePhoneInvalid, loginui.NoticePhoneSame:
		return loginui.PhoneChange{Frame: profile(f), Current: maskedPhone, New: "1234"}
	case loginui.NoticeUndoFailed:
		return loginui.Undo{Frame: f, LoginName: "30154567"}
	case loginui.NoticeReissueMissing:
		return loginui.Reissue{Frame: f, LoginName: "30154567"}
	case loginui.NoticeUserCodeUnknown:
		return loginui.DeviceCode{Frame: f}
	case loginui.NoticePasswordRefused, loginui.NoticeCurrentPasswordWrong:
		return loginui.PasswordChange{Frame: own(f), MinLength: 12, LoginName: "30154567"}
	case loginui.NoticePasskeyExists, loginui.NoticePasskeyLimit, loginui.NoticePasskeyRejected:
		return loginui.EnrolPasskey{Frame: f, Count: 2, Max: 3, DefaultName: "iPhone"}
	}
	if f.Notice.Kind == loginui.Good {
		n := f.Notice
		s := security(f).(loginui.Security)
		s.Notice = n
		return s
	}
	return loginui.SignIn{Frame: client(f), ShowPassword: true, ShowPasskey: true, LoginHint: "30154567"}
}
