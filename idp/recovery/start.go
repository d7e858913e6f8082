package recovery

import (
	"encoding/json"
	"errors"
	"net/http"

	"sekisho/idp"
	"sekisho/idp/audit"
	"sekisho/idp/authn/identifier"
	"sekisho/idp/authn/throttle"
	loginui "sekisho/login-ui"
)

// startScope is the form token's scope on the page where nothing is known yet.
const startScope = "recover"

func (h *Handler) startPage(w http.ResponseWriter, r *http.Request) { h.showStart(w, r, "", nil) }

func (h *Handler) showStart(w http.ResponseWriter, r *http.Request, login string, n *loginui.Notice) {
	f := loginui.Frame{Lang: loginui.Lang(r, nil), CSRF: h.CSRF.Token(h.Engine.Binding(w, r), startScope), Notice: n}
	h.Site.Render(w, r, http.StatusOK, loginui.RecoverStart{Frame: f, LoginName: login})
}

// start opens a recovery for whatever was typed. It does the same for every name: one
// look-up, one row, one redirect; the mail is somebody else's work, later (RC-01).
func (h *Handler) start(w http.ResponseWriter, r *http.Request) {
	if !h.CSRF.Valid(r, h.Engine.Browser.Get(r), startScope) {
		h.formRefused(w, r)
		return
	}
	login := r.PostFormValue("login")
	// Beginning guesses nothing, so it counts against nobody's lock; but it stores a row,
	// as beginning a passkey ceremony does, and shares that limit.
	if err := h.Throttle.Ceremony(r.Context(), h.ip(r)); err != nil {
		if refusal, ok := throttle.AsRefusal(err); ok {
			h.showStart(w, r, login, &loginui.Notice{Kind: loginui.Bad, Code: loginui.NoticeRateLimited, Until: refusal.Until})
			return
		}
		h.failed(w, r, err)
		return
	}
	asked, err := h.requested(r, login)
	if err != nil {
		h.failed(w, r, err)
		return
	}
	v, err := h.begin(w, r, asked)
	if err != nil {
		h.failed(w, r, err)
		return
	}
	h.Record(r.Context(), h.event(r, v, audit.RecoveryBegun, audit.OK, nil))
	if err := h.post(r, v); err != nil {
		h.failed(w, r, err)
		return
	}
	http.Redirect(w, r, v.path(), http.StatusSeeOther)
}

// requested finds whom a recovery is about. An account that is not active is nobody here.
func (h *Handler) requested(r *http.Request, login string) (request, error) {
	canonical, err := identifier.Lookup(login)
	if err != nil {
		canonical = "" // looked up all the same; nobody has it
	}
	account, err := h.Store.AccountByLogin(r.Context(), canonical)
	if errors.Is(err, idp.ErrNotFound) || err == nil && account.Status != idp.AccountActive {
		return request{Name: canonical}, nil
	}
	if err != nil {
		return request{}, err
	}
	return request{AccountID: account.ID, Name: canonical}, nil
}

func (h *Handler) begin(w http.ResponseWriter, r *http.Request, q request) (*visit, error) {
	body, err := json.Marshal(q)
	if err != nil {
		return nil, err
	}
	now := h.Now()
	ix := idp.Interaction{
		ID: idp.NewID(), Kind: idp.InteractionRecover, BrowserHash: idp.HashSecret(h.Engine.Binding(w, r)),
		Request: body, Progress: []byte("{}"), CreatedAt: now, ExpiresAt: now.Add(h.Engine.Limits.Interaction),
	}
	if err := h.Engine.Store.CreateInteraction(r.Context(), ix); err != nil {
		return nil, err
	}
	return &visit{ix: &ix, request: q, lang: loginui.Lang(r, nil)}, nil
}

// resend asks for another mail. Whether one goes out is not said.
func (h *Handler) resend(w http.ResponseWriter, r *http.Request, v *visit) {
	if !v.progress.MailAt.IsZero() {
		http.Redirect(w, r, v.path(), http.StatusSeeOther)
		return
	}
	if err := h.post(r, v); err != nil {
		h.failed(w, r, err)
		return
	}
	h.show(w, r, v.with(loginui.Info, loginui.NoticeRecoverSent))
}
