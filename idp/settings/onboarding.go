package settings

import (
	"context"
	"net/http"

	"sekisho/idp"
	"sekisho/idp/audit"
	"sekisho/idp/authn/identifier"
	"sekisho/idp/authorize"
	"sekisho/idp/httpsafe"
	"sekisho/idp/notify"

	"sekisho/idp/assurance"
	loginui "sekisho/login-ui"
)

// The way of a newly opened account: sign-in, where a passkey is offered first (package
// signin), then the steps below, then where the customer was going. Every step can be put
// off; nothing is remembered but what the customer has, so leaving in the middle and
// coming back loses nothing and the security centre names what is missing.

// welcomeStep is one page on that way, at welcomePath/{id}/name.
type welcomeStep struct {
	name string
	// due reports whether the customer still lacks it.
	due  func(ctx context.Context, c visitor) (bool, error)
	page pageFunc // on GET
	post pageFunc // on POST, with a recent strong proof
}

// welcomeSteps in the order they are shown. A further step is one more line.
func (h *Handler) welcomeSteps() []welcomeStep {
	return []welcomeStep{
		{"recovery-codes", h.lacksCodes, h.welcomeCodes, h.welcomeCodesNew},
	}
}

const (
	welcomePath = "/account/welcome/"
	// homeward is the id of a customer who was going nowhere else.
	homeward = "account"
)

func (h *Handler) welcomeRoutes() []Route {
	get, post := http.MethodGet, http.MethodPost
	routes := []Route{{welcomePath + "{id}", get, SignedIn, h.guarded(authorize.WelcomePage, SignedIn, h.welcomeFrom(0))}}
	for i, s := range h.welcomeSteps() {
		at := welcomePath + "{id}/" + s.name
		routes = append(routes,
			Route{at, get, SignedIn, h.guarded(authorize.WelcomePage, SignedIn, s.page)},
			Route{at, post, Fresh, h.guarded(authorize.WelcomePage, Fresh, s.post)},
			Route{at + "/check", get, Fresh, h.guarded(authorize.WelcomePage, Fresh, h.welcomeFrom(i))},
			Route{at + "/later", get, SignedIn, h.guarded(authorize.WelcomePage, SignedIn, h.welcomeFrom(i+1))},
		)
	}
	return routes
}

// welcomeFrom leads to the first step from n on that is due, else to the destination.
func (h *Handler) welcomeFrom(n int) pageFunc {
	return func(w http.ResponseWriter, r *http.Request, c visitor) {
		id := httpsafe.PathVar(r, "id")
		for _, s := range h.welcomeSteps()[n:] {
			due, err := s.due(r.Context(), c)
			if err != nil {
				h.failed(w, r, err)
				return
			}
			if due {
				http.Redirect(w, r, welcomePath+h.destinationID(r, id)+"/"+s.name, http.StatusSeeOther)
				return
			}
		}
		if id = h.destinationID(r, id); id == homeward {
			http.Redirect(w, r, "/account", http.StatusSeeOther)
			return
		}
		http.Redirect(w, r, "/interaction/"+id, http.StatusSeeOther)
	}
}

// destinationID is id when it names an authorization request that is open in this very
// browser, else homeward: nothing that was typed or forged leads anywhere (HD-07).
func (h *Handler) destinationID(r *http.Request, id string) string {
	if id == homeward || id == "" {
		return homeward
	}
	ix, err := h.Engine.OpenKind(r, id, idp.InteractionAuthorize)
	if err != nil {
		return homeward
	}
	return ix.ID
}

func (h *Handler) lacksCodes(ctx context.Context, c visitor) (bool, error) {
	if !h.Engine.Use(c.account.Kind).RecoveryCodes {
		return false, nil
	}
	state, err := h.RecoveryCodes.State(ctx, c.account.ID)
	return state.Total == 0, err
}

func welcomeStepPath(r *http.Request, name string) string {
	return welcomePath + httpsafe.PathVar(r, "id") + "/" + name
}

// welcomeCodes offers recovery codes. A passkey that was just added is the account's
// strongest authenticator and has to be shown first (PG-16), which tries it out as well.
func (h *Handler) welcomeCodes(w http.ResponseWriter, r *http.Request, c visitor) {
	at := welcomeStepPath(r, "recovery-codes")
	p := loginui.WelcomeCodes{Frame: h.frame(r, c), LaterHref: at + "/later"}
	p.Frame.Base = at
	if c.outcome.Kind != assurance.Satisfied {
		p.CheckHref = at + "/check"
	}
	h.Site.Render(w, r, http.StatusOK, p)
}

// welcomeCodesNew makes the first set. An account that has one keeps it: going back in the
// browser must not void what was just printed.
func (h *Handler) welcomeCodesNew(w http.ResponseWriter, r *http.Request, c visitor) {
	due, err := h.lacksCodes(r.Context(), c)
	if err != nil {
		h.failed(w, r, err)
		return
	}
	if !due {
		http.Redirect(w, r, "/account/recovery-codes", http.StatusSeeOther)
		return
	}
	h.makeCodes(w, r, c, welcomeStepPath(r, "recovery-codes")+"/later")
}

// makeCodes makes a set and shows it in the answer to this very post: it is in no URL, no
// history and no second page (OT-11). done is where the page leads on to; "": the security
// centre.
func (h *Handler) makeCodes(w http.ResponseWriter, r *http.Request, c visitor, done string) {
	effects, err := h.effects(r, c, audit.RecoveryCodesCreated, nil, notify.RecoveryCodesCreated, notify.Data{})
	if err != nil {
		h.failed(w, r, err)
		return
	}
	codes, err := h.RecoveryCodes.Replace(r.Context(), c.account.ID, effects)
	if err != nil {
		h.failed(w, r, err)
		return
	}
	h.Committed()
	h.Site.Render(w, r, http.StatusOK, loginui.RecoveryCodesNew{
		Frame: h.frame(r, c), MaskedLogin: identifier.MaskLogin(c.account.LoginName), Codes: codes, CreatedAt: h.Now(), Done: done,
	})
}
