package settings

import (
	"net/http"

	"sekisho/idp/assurance"
	loginui "sekisho/login-ui"
)

// usable shuts a page to accounts that may not use what it is about (E7).
func (h *Handler) usable(allows func(assurance.Use) bool, f pageFunc) pageFunc {
	return func(w http.ResponseWriter, r *http.Request, c visitor) {
		if !allows(h.Engine.Use(c.account.Kind)) {
			h.security(w, r, c.with(loginui.Bad, loginui.NoticeKindForbidden))
			return
		}
		f(w, r, c)
	}
}

func usesPasskeys(u assurance.Use) bool { return u.Passkey }
func usesTOTP(u assurance.Use) bool     { return u.TOTP }
func usesCodes(u assurance.Use) bool    { return u.RecoveryCodes }

// unusable is what the security centre shows as out of use for this type of account.
func unusable(u assurance.Use) loginui.Unusable {
	return loginui.Unusable{Passkeys: !u.Passkey, TOTP: !u.TOTP, EmailCode: !u.EmailCode, RecoveryCodes: !u.RecoveryCodes}
}
