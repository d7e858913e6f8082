package settings

import (
	"context"
	"errors"
	"net/http"
	"net/url"

	"sekisho/idp"
	"sekisho/idp/assurance"
	"sekisho/idp/audit"
	"sekisho/idp/httpsafe"
	"sekisho/idp/notify"
	loginui "sekisho/login-ui"
)

func host(uri string) string {
	u, err := url.Parse(uri)
	if err != nil || u.Host == "" {
		return uri
	}
	return u.Hostname()
}

// ownPasskey is the passkey named in the path, if it is this customer's (PG-17).
func (h *Handler) ownPasskey(ctx context.Context, r *http.Request, c visitor) (idp.Passkey, error) {
	passkeys, err := h.Store.Passkeys(ctx, c.account.ID)
	if err != nil {
		return idp.Passkey{}, err
	}
	for _, k := range passkeys {
		if k.ID == httpsafe.PathVar(r, "id") {
			return k, nil
		}
	}
	return idp.Passkey{}, idp.ErrNotFound
}

// notFoundOr answers for a row that is not this customer's, which is told apart from one
// that does not exist in neither the answer nor the trail.
func (h *Handler) notFoundOr(w http.ResponseWriter, r *http.Request, c visitor, err error) {
	if errors.Is(err, idp.ErrNotFound) {
		rec := h.event(c, audit.AuthzDenied, map[string]string{"path": r.URL.Path})
		rec.Result, rec.Reason = audit.Denied, "not_own"
		h.Record(r.Context(), rec)
		h.trouble(w, r, http.StatusNotFound, loginui.ErrorNotFound)
		return
	}
	h.failed(w, r, err)
}

func (h *Handler) renamePage(w http.ResponseWriter, r *http.Request, c visitor) {
	k, err := h.ownPasskey(r.Context(), r, c)
	if err != nil {
		h.notFoundOr(w, r, c, err)
		return
	}
	h.Site.Render(w, r, http.StatusOK, loginui.PasskeyRename{Frame: h.frame(r, c), Item: passkeyItem(k, c.session)})
}

func (h *Handler) rename(w http.ResponseWriter, r *http.Request, c visitor) {
	err := h.Passkeys.Rename(r.Context(), c.account.ID, httpsafe.PathVar(r, "id"), r.PostFormValue("name"))
	if errors.Is(err, idp.ErrRejected) {
		h.renamePage(w, r, c.with(loginui.Bad, loginui.NoticeNameInvalid))
		return
	}
	if err != nil {
		h.notFoundOr(w, r, c, err)
		return
	}
	h.Record(r.Context(), h.event(c, audit.PasskeyRenamed, map[string]string{"passkey": httpsafe.PathVar(r, "id")}))
	h.done(w, r, loginui.NoticePasskeyRenamed)
}

// wayIn is what the firm lets customers sign in with besides passkeys. A removal that would
// leave nothing of it is refused by the transaction that makes it: two pages can each be
// right about what is left, and together leave nothing (PG-17).
func (h *Handler) wayIn() *idp.WayIn {
	p := h.Engine.Policy()
	return &idp.WayIn{Password: p.PasswordAllowed, EmailCode: p.EmailCodeAllowed}
}

// left is what remains when the last passkey goes (D9); nothing left means it stays (PG-17).
func left(h assurance.Holdings, in *idp.WayIn) []string {
	var out []string
	password := h.Password && in.Password
	if password && h.TOTP {
		out = append(out, "totp")
	}
	if password && h.Email && in.EmailCode {
		out = append(out, "password_email")
	}
	return out
}

func (h *Handler) removePage(w http.ResponseWriter, r *http.Request, c visitor) {
	k, err := h.ownPasskey(r.Context(), r, c)
	if err != nil {
		h.notFoundOr(w, r, c, err)
		return
	}
	h.Site.Render(w, r, http.StatusOK, loginui.PasskeyRemove{
		Frame: h.frame(r, c), Item: passkeyItem(k, c.session), Last: c.holdings.Passkeys == 1, Left: left(c.holdings, h.wayIn()),
		Stranded: h.named(c, h.strandedWithout(c, oneLessPasskey)),
	})
}

func (h *Handler) remove(w http.ResponseWriter, r *http.Request, c visitor) {
	k, err := h.ownPasskey(r.Context(), r, c)
	if err != nil {
		h.notFoundOr(w, r, c, err)
		return
	}
	if c.holdings.Passkeys == 1 && len(left(c.holdings, h.wayIn())) == 0 {
		h.removePage(w, r, c) // the page explains why it stays
		return
	}
	stranded := h.strandedWithout(c, oneLessPasskey)
	if len(stranded) > 0 && r.PostFormValue("fall_back") == "" {
		h.removePage(w, r, c) // nothing is loosened unasked
		return
	}
	if err := h.fallBack(r, c, stranded); err != nil {
		h.failed(w, r, err)
		return
	}
	effects, err := h.effects(r, c, audit.PasskeyRemoved, map[string]string{"passkey": k.ID}, notify.PasskeyRemoved, notify.Data{PasskeyName: k.Name})
	if err == nil {
		effects.WayIn = h.wayIn()
		err = h.Store.RemovePasskey(r.Context(), c.account.ID, k.ID, c.session.ID, effects)
	}
	if errors.Is(err, idp.ErrLastWayIn) {
		h.removePage(w, r, c.with(loginui.Bad, loginui.NoticeLastWayIn))
		return
	}
	if err != nil {
		h.notFoundOr(w, r, c, err)
		return
	}
	h.done(w, r, loginui.NoticePasskeyRemoved)
}

// event is an audit record of something the customer did on these pages.
func (h *Handler) event(c visitor, name string, detail map[string]string) idp.AuditRecord {
	return idp.AuditRecord{At: h.Now(), Event: name, Result: audit.OK, Actor: audit.Customer, AccountID: c.account.ID, SessionID: c.session.ID, Detail: detail}
}

// effects is a change's audit record and its mail to every verified address (D4).
func (h *Handler) effects(r *http.Request, c visitor, event string, detail map[string]string, kind notify.Kind, data notify.Data) (idp.Effects, error) {
	ctx := r.Context()
	e := idp.Effects{Audit: []idp.AuditRecord{h.Fill(ctx, h.event(c, event, detail))}, Session: c.session.ID}
	emails, err := h.Store.Emails(ctx, c.account.ID)
	if err != nil {
		return e, err
	}
	data.At = h.Now()
	e.Outbox, err = h.Mail.ComposeAll(kind, emails, c.mailLang(), data)
	return e, err
}

// mailLang is the customer's chosen language, else the page's.
func (c visitor) mailLang() string {
	if c.account.Locale != "" {
		return c.account.Locale
	}
	return c.lang
}
