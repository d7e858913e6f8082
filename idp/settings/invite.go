package settings

import (
	"encoding/json"
	"errors"
	"net/http"
	"strings"

	"sekisho/idp"
	"sekisho/idp/audit"
	"sekisho/idp/authn/identifier"
	"sekisho/idp/authn/password"
	"sekisho/idp/authn/throttle"
	"sekisho/idp/authorize"
	"sekisho/idp/httpsafe"
	loginui "sekisho/login-ui"
)

// inviteScope is the form token's scope on the page where nothing is known yet.
const inviteScope = "invite"

func (h *Handler) invitePage(w http.ResponseWriter, r *http.Request) { h.showInvite(w, r, "", nil) }

func (h *Handler) showInvite(w http.ResponseWriter, r *http.Request, login string, n *loginui.Notice) {
	f := loginui.Frame{Lang: loginui.Lang(r, nil), Base: "", CSRF: h.CSRF.Token(h.Engine.Binding(w, r), inviteScope), Notice: n}
	h.Site.Render(w, r, http.StatusOK, loginui.Invite{Frame: f, LoginName: login, From: h.destinationID(r, from(r))})
}

// from is the interaction the customer came from, on the page or in its form.
func from(r *http.Request) string {
	if r.Method == http.MethodPost {
		return r.PostFormValue("from")
	}
	return strings.TrimPrefix(r.URL.Query().Get("from"), "/interaction/")
}

// invite checks the customer code and the invitation code together: which of them was
// wrong is never said (RC-09).
func (h *Handler) invite(w http.ResponseWriter, r *http.Request) {
	if !h.CSRF.Valid(r, h.Engine.Browser.Get(r), inviteScope) {
		h.formRefused(w, r, nil)
		return
	}
	login := r.PostFormValue("login")
	account, subject, err := h.invited(r, login)
	if err != nil {
		h.failed(w, r, err)
		return
	}
	attempt, err := h.Throttle.Begin(r.Context(), throttle.Invitation, subject, h.ip(r))
	if refusal, ok := throttle.AsRefusal(err); ok {
		h.showInvite(w, r, login, &loginui.Notice{Kind: loginui.Bad, Code: loginui.NoticeRateLimited, Until: refusal.Until})
		return
	}
	if err != nil {
		h.failed(w, r, err)
		return
	}
	inv, err := h.Invitation.Verify(r.Context(), account, r.PostFormValue("code"))
	if errors.Is(err, idp.ErrRejected) {
		h.Record(r.Context(), idp.AuditRecord{At: h.Now(), Event: audit.InvitationFailed, Result: audit.Denied, Actor: audit.Customer, AccountID: idOf(account)})
		if _, err := h.Throttle.Failed(r.Context(), attempt); err != nil {
			h.failed(w, r, err)
			return
		}
		h.showInvite(w, r, login, &loginui.Notice{Kind: loginui.Bad, Code: loginui.NoticeInviteFailed})
		return
	}
	if err == nil {
		err = h.Throttle.Succeeded(r.Context(), attempt)
	}
	if err != nil {
		h.failed(w, r, err)
		return
	}
	h.beginFirstPassword(w, r, account, inv)
}

func idOf(a *idp.Account) string {
	if a == nil {
		return ""
	}
	return a.ID
}

func (h *Handler) invited(r *http.Request, login string) (*idp.Account, throttle.Subject, error) {
	canonical, err := identifier.Lookup(login)
	if err != nil {
		return nil, throttle.Unknown("unusable"), nil
	}
	account, err := h.Accounts.AccountByLogin(r.Context(), canonical)
	if errors.Is(err, idp.ErrNotFound) {
		return nil, throttle.Unknown(canonical), nil
	}
	if err != nil {
		return nil, throttle.Subject{}, err
	}
	return account, throttle.Known(account.ID), nil
}

// inviteRequest is what an interaction of kind invite remembers.
type inviteRequest struct {
	AccountID    string `json:"account_id"`
	InvitationID string `json:"invitation_id"`
	From         string `json:"from,omitempty"` // where the customer was going
}

func (h *Handler) beginFirstPassword(w http.ResponseWriter, r *http.Request, account *idp.Account, inv *idp.Invitation) {
	body, err := json.Marshal(inviteRequest{account.ID, inv.ID, h.destinationID(r, from(r))})
	if err != nil {
		h.failed(w, r, err)
		return
	}
	now := h.Now()
	ix := idp.Interaction{
		ID: idp.NewID(), Kind: idp.InteractionInvite, BrowserHash: idp.HashSecret(h.Engine.Binding(w, r)),
		Request: body, Progress: authorize.Progress{}.Encode(), CreatedAt: now, ExpiresAt: now.Add(h.Engine.Limits.Interaction),
	}
	if err := h.Engine.Store.CreateInteraction(r.Context(), ix); err != nil {
		h.failed(w, r, err)
		return
	}
	http.Redirect(w, r, "/invite/"+ix.ID, http.StatusSeeOther)
}

// openInvite loads the interaction in the browser that began it.
func (h *Handler) openInvite(w http.ResponseWriter, r *http.Request) (*idp.Interaction, *idp.Account, inviteRequest, bool) {
	var req inviteRequest
	ix, err := h.Engine.OpenKind(r, httpsafe.PathVar(r, "id"), idp.InteractionInvite)
	if err == nil {
		err = json.Unmarshal(ix.Request, &req)
	}
	var account *idp.Account
	if err == nil {
		account, err = h.Store.Account(r.Context(), req.AccountID)
	}
	switch {
	case err == nil:
		return ix, account, req, true
	case errors.Is(err, authorize.ErrForeignBrowser):
		h.trouble(w, r, http.StatusForbidden, loginui.ErrorOtherBrowser)
	case errors.Is(err, authorize.ErrFinished):
		h.trouble(w, r, http.StatusGone, loginui.ErrorFinished)
	case errors.Is(err, idp.ErrNotFound), errors.Is(err, idp.ErrExpired):
		h.trouble(w, r, http.StatusGone, loginui.ErrorExpired)
	default:
		h.failed(w, r, err)
	}
	return nil, nil, req, false
}

func (h *Handler) firstPasswordPage(w http.ResponseWriter, r *http.Request) {
	if ix, account, _, ok := h.openInvite(w, r); ok {
		h.showFirstPassword(w, r, ix, account, nil)
	}
}

func (h *Handler) showFirstPassword(w http.ResponseWriter, r *http.Request, ix *idp.Interaction, account *idp.Account, reasons []string) {
	f := loginui.Frame{Lang: loginui.Lang(r, nil), Base: "/invite/" + ix.ID, CSRF: h.CSRF.Token(h.Engine.Browser.Get(r), ix.ID)}
	if len(reasons) > 0 {
		f.Notice = &loginui.Notice{Kind: loginui.Bad, Code: loginui.NoticePasswordRefused}
	}
	h.Site.Render(w, r, http.StatusOK, loginui.NewPassword{Frame: f, First: true, MinLength: h.MinPassword, Reasons: reasons, LoginName: account.LoginName})
}

// firstPassword opens the account: the invitation is used, the address that received it is
// verified, the password set, in one transaction. The customer then signs in like anybody.
func (h *Handler) firstPassword(w http.ResponseWriter, r *http.Request) {
	ix, account, req, ok := h.openInvite(w, r)
	if !ok {
		return
	}
	if !h.CSRF.Valid(r, h.Engine.Browser.Get(r), ix.ID) {
		h.formRefused(w, r, nil)
		return
	}
	about, err := h.passwordContext(r.Context(), account)
	if err != nil {
		h.failed(w, r, err)
		return
	}
	next, err := h.Passwords.New(r.Context(), account.ID, idp.LoginPassword, r.PostFormValue("new"), about)
	var policy *password.PolicyError
	if errors.As(err, &policy) {
		h.showFirstPassword(w, r, ix, account, words(policy.Reasons))
		return
	}
	if err == nil {
		err = h.accept(r, account, req, next)
	}
	if errors.Is(err, idp.ErrConsumed) || errors.Is(err, idp.ErrNotFound) || errors.Is(err, idp.ErrExpired) || errors.Is(err, idp.ErrLocked) {
		h.trouble(w, r, http.StatusGone, loginui.ErrorFinished)
		return
	}
	if err != nil {
		h.failed(w, r, err)
		return
	}
	if err := h.Store.FinishInteraction(r.Context(), ix.ID, ix.Version, h.Now(), idp.Effects{}); err != nil {
		h.Log.WarnContext(r.Context(), "invitation accepted, interaction left to expire", "error", err)
	}
	http.Redirect(w, r, welcomePath+h.destinationID(r, req.From), http.StatusSeeOther)
}

func (h *Handler) accept(r *http.Request, account *idp.Account, req inviteRequest, next idp.Password) error {
	emails, err := h.Store.Emails(r.Context(), account.ID)
	if err != nil {
		return err
	}
	verified := ""
	for _, e := range emails {
		if e.Purpose == idp.EmailRegistered {
			verified = e.ID
		}
	}
	rec := idp.AuditRecord{At: h.Now(), Event: audit.InvitationAccepted, Result: audit.OK, Actor: audit.Customer, AccountID: account.ID}
	return h.Accounts.AcceptInvitation(r.Context(), idp.AcceptInvitation{
		InvitationID: req.InvitationID, AccountID: account.ID, Password: next, VerifiedEmailID: verified, At: h.Now(),
		Effects: idp.Effects{Audit: []idp.AuditRecord{h.Fill(r.Context(), rec)}},
	})
}
