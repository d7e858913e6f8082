package recovery

import (
	"encoding/json"
	"errors"
	"net/http"

	"sekisho/idp"
	"sekisho/idp/assurance"
	"sekisho/idp/audit"
	"sekisho/idp/authn/passkey"
	"sekisho/idp/authn/throttle"
	"sekisho/idp/httpsafe"
	loginui "sekisho/login-ui"
)

// json is form for the calls of the page's script; the body is JSON and nothing else.
func (h *Handler) json(f visitFunc) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		v, err := h.open(r)
		if err != nil {
			status, _ := h.openFailure(r, err)
			h.scriptError(w, r, status, loginui.Notice{Kind: loginui.Bad, Code: loginui.NoticeSessionExpired})
			return
		}
		if !h.CSRF.Valid(r, h.Engine.Browser.Get(r), v.ix.ID) {
			h.Record(r.Context(), idp.AuditRecord{At: h.Now(), Event: audit.CSRFRejected, Result: audit.Denied, Actor: audit.Customer})
			h.scriptError(w, r, http.StatusForbidden, loginui.Notice{Kind: loginui.Bad, Code: loginui.NoticeFormExpired})
			return
		}
		if !httpsafe.IsJSON(r) {
			h.scriptError(w, r, http.StatusUnsupportedMediaType, loginui.Notice{Kind: loginui.Bad, Code: loginui.NoticeFailed})
			return
		}
		f(w, r, v)
	})
}

func (v *visit) ceremony(h *Handler, r *http.Request) passkey.Binding {
	return passkey.Binding{FlowID: v.ix.ID, BrowserHash: idp.HashSecret(h.Engine.Browser.Get(r))}
}

// passkeyOptions begins an assertion by any passkey of this provider; whose it must be is
// checked when it comes, so that the options tell nobody what the account holds.
func (h *Handler) passkeyOptions(w http.ResponseWriter, r *http.Request, v *visit) {
	var body struct {
		Mediation string `json:"mediation,omitempty"`
	}
	if err := httpsafe.DecodeJSON(w, r, &body); err != nil {
		h.scriptError(w, r, http.StatusBadRequest, loginui.Notice{Kind: loginui.Bad, Code: loginui.NoticePasskeyFailed})
		return
	}
	if v.account == nil || !v.progress.SecondAt.IsZero() || body.Mediation == "conditional" { // nothing here to fill in
		script(w, http.StatusOK, scriptAnswer{Next: v.path()})
		return
	}
	if err := h.Throttle.Ceremony(r.Context(), h.ip(r)); err != nil {
		if refusal, ok := throttle.AsRefusal(err); ok {
			h.scriptError(w, r, http.StatusTooManyRequests, loginui.Notice{Kind: loginui.Bad, Code: loginui.NoticeRateLimited, Until: refusal.Until})
			return
		}
		h.scriptFailed(w, r, err)
		return
	}
	begun, err := h.Passkeys.BeginAuthentication(r.Context(), nil, false, v.ceremony(h, r))
	if err != nil {
		h.scriptFailed(w, r, err)
		return
	}
	script(w, http.StatusOK, scriptAnswer{ChallengeID: begun.ChallengeID, PublicKey: begun.PublicKey})
}

// passkeyFinish takes the passkey as the second proof: it was the password that was forgotten.
func (h *Handler) passkeyFinish(w http.ResponseWriter, r *http.Request, v *visit) {
	var body struct {
		ChallengeID string          `json:"challenge_id"`
		Credential  json.RawMessage `json:"credential"`
	}
	if err := httpsafe.DecodeJSON(w, r, &body); err != nil {
		h.scriptError(w, r, http.StatusBadRequest, loginui.Notice{Kind: loginui.Bad, Code: loginui.NoticePasskeyFailed})
		return
	}
	if v.account == nil || !v.progress.SecondAt.IsZero() {
		script(w, http.StatusOK, scriptAnswer{Next: v.path()})
		return
	}
	if h.forbidden(w, r, v, byPasskey, func(u assurance.Use) bool { return u.Passkey }) {
		return
	}
	verified, err := h.Passkeys.FinishAuthentication(r.Context(), passkey.Authentication{
		Binding: v.ceremony(h, r), ChallengeID: body.ChallengeID, Response: body.Credential,
	})
	if err == nil && verified.Account.ID != v.accountID() {
		err = passkey.ErrRejected // somebody's passkey, but not this customer's
	}
	if err == nil {
		v.progress.SecondAt, v.progress.Second = h.Now(), byPasskey
		err = h.commit(r, v, byPasskey, idp.RecoveryProof{Passkey: &verified.Use})
	}
	switch {
	case err == nil, errors.Is(err, idp.ErrConflict):
		script(w, http.StatusOK, scriptAnswer{Next: v.path()})
	case wrong(err):
		h.Record(r.Context(), h.event(r, v, audit.RecoveryFailed, audit.Denied, map[string]string{"method": byPasskey}))
		h.scriptError(w, r, http.StatusUnprocessableEntity, loginui.Notice{Kind: loginui.Bad, Code: loginui.NoticePasskeyFailed})
	default:
		h.scriptFailed(w, r, err)
	}
}

type scriptAnswer struct {
	Next        string          `json:"next,omitempty"`
	ChallengeID string          `json:"challenge_id,omitempty"`
	PublicKey   json.RawMessage `json:"publicKey,omitempty"`
	Error       *scriptTrouble  `json:"error,omitempty"`
}

type scriptTrouble struct {
	Code   string `json:"code"`
	Title  string `json:"title"`
	Detail string `json:"detail"`
}

func script(w http.ResponseWriter, status int, body scriptAnswer) {
	w.Header().Set("Content-Type", "application/json;charset=UTF-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body) // the browser went away; nothing is left to tell it
}

func (h *Handler) scriptError(w http.ResponseWriter, r *http.Request, status int, n loginui.Notice) {
	n.Reference = httpsafe.RequestID(r.Context())
	title, detail := h.Site.NoticeText(loginui.Lang(r, nil), n)
	script(w, status, scriptAnswer{Error: &scriptTrouble{Code: n.Code, Title: title, Detail: detail}})
}

func (h *Handler) scriptFailed(w http.ResponseWriter, r *http.Request, err error) {
	h.Log.ErrorContext(r.Context(), "recovery call failed", "error", err)
	status := http.StatusInternalServerError
	if errors.Is(err, idp.ErrUnavailable) {
		status = http.StatusServiceUnavailable
	}
	h.scriptError(w, r, status, loginui.Notice{Kind: loginui.Bad, Code: loginui.NoticeFailed})
}
