package settings

import (
	"context"
	"net/http"
	"time"

	"sekisho/idp"
	"sekisho/idp/audit"
	"sekisho/idp/httpsafe"
	"sekisho/idp/session"
	loginui "sekisho/login-ui"
)

// EnvironmentStore keeps the browsers an account signed in from before.
type EnvironmentStore interface {
	Environments(ctx context.Context, accountID string, at time.Time) ([]idp.Environment, error)
	ForgetEnvironment(ctx context.Context, accountID, id string, effects idp.Effects) error
}

func (h *Handler) environmentRoutes() []Route {
	return []Route{{"/account/environments/{id}/forget", http.MethodPost, SignedIn, h.guarded("account", SignedIn, h.forgetEnvironment)}}
}

// forgetEnvironment makes one browser unknown again. It only ever makes signing in harder,
// so it takes no fresh proof. Another account's is not found.
func (h *Handler) forgetEnvironment(w http.ResponseWriter, r *http.Request, c visitor) {
	id := httpsafe.PathVar(r, "id")
	rec := h.event(c, audit.EnvironmentForgotten, map[string]string{"environment": id})
	err := h.Store.ForgetEnvironment(r.Context(), c.account.ID, id, idp.Effects{Audit: []idp.AuditRecord{h.Fill(r.Context(), rec)}})
	if err != nil {
		h.notFoundOr(w, r, c, err)
		return
	}
	h.done(w, r, loginui.NoticeEnvironmentForgotten)
}

// environmentItems lists them for the security centre and marks the browser in use.
func (h *Handler) environmentItems(r *http.Request, c visitor) (items []loginui.EnvironmentItem, err error) {
	list, err := h.Store.Environments(r.Context(), c.account.ID, h.Now())
	if err != nil {
		return nil, err
	}
	here := h.Environments.HeldID(r, c.account.ID)
	for _, e := range list {
		items = append(items, loginui.EnvironmentItem{
			ID: e.ID, Device: session.DescribeFamily(e.Browser, e.Platform), CreatedAt: e.CreatedAt, LastSeenAt: e.LastSeenAt, Current: e.ID == here,
		})
	}
	return items, nil
}
