package settings

import (
	"context"
	"net/http"
	"slices"
	"time"

	"sekisho/idp"
	"sekisho/idp/audit"
	"sekisho/idp/authn/identifier"
	"sekisho/idp/notify"
	"sekisho/idp/session"
	loginui "sekisho/login-ui"
)

// NoticeStore keeps what a customer chose to be told, and what happened.
type NoticeStore interface {
	NotificationOptOuts(ctx context.Context, accountID string) ([]string, error)
	SetNotification(ctx context.Context, accountID, kind string, wanted bool, at time.Time, effects idp.Effects) error
	// AccountHistory returns the account's newest records of these events.
	AccountHistory(ctx context.Context, accountID string, events []string, limit int) ([]idp.AuditRecord, error)
}

// told are the events a customer is shown, a closed list: what is not on it, and every
// detail, stays with the firm (LG-02).
var told = []string{
	audit.SignInSucceeded, audit.SignInFailed, audit.SignInLocked, audit.StepUpSucceeded, audit.StepUpFailed,
	audit.PasskeyAdded, audit.PasskeyRemoved, audit.PasskeyRenamed, audit.TOTPEnrolled, audit.TOTPRemoved, audit.TOTPFailed,
	audit.PasswordChanged, audit.PasswordFailed, audit.PasswordLocked, audit.EmailCodeFailed, audit.SessionEnded,
	audit.AccountLocked, audit.AccountUnlocked, audit.AuthenticatorSuspended, audit.AuthenticatorRestored,
	audit.NotificationChanged, audit.NoticeAccepted, audit.FactorChoiceTightened, audit.FactorChoiceLoosened,
	audit.EnvironmentForgotten, audit.SecurityAnswerSet, audit.TransactionApproved, audit.TransactionDisowned,
	audit.DeviceApproved, audit.DeviceDenied, audit.DeviceDisowned,
}

const toldLast = 50

// history shows what happened in the account lately.
func (h *Handler) history(w http.ResponseWriter, r *http.Request, c visitor) {
	records, err := h.Store.AccountHistory(r.Context(), c.account.ID, told, toldLast)
	if err != nil {
		h.failed(w, r, err)
		return
	}
	p := loginui.History{Frame: h.frame(r, c)}
	for _, rec := range records {
		item := loginui.HistoryItem{
			Event: rec.Event, At: rec.At, Desk: rec.Actor == audit.Operator, Current: rec.SessionID == c.session.ID,
		}
		if rec.Actor == audit.Customer {
			item.Device = session.Describe(rec.UserAgent)
		}
		if rec.Event == audit.SignInSucceeded || rec.Event == audit.StepUpSucceeded {
			item.Way = rec.Detail["method"] // of a closed list; the page says nothing for what it does not know
		}
		p.Items = append(p.Items, item)
	}
	h.Site.Render(w, r, http.StatusOK, p)
}

// alwaysSent are the groups of critical mails, in the page's words (A4).
var alwaysSent = []string{"new_device", "authenticators", "password", "sessions", "account", "withdrawal", "choices"}

func (h *Handler) notificationsPage(w http.ResponseWriter, r *http.Request, c visitor) {
	off, err := h.Store.NotificationOptOuts(r.Context(), c.account.ID)
	if err != nil {
		h.failed(w, r, err)
		return
	}
	emails, err := h.Store.Emails(r.Context(), c.account.ID)
	if err != nil {
		h.failed(w, r, err)
		return
	}
	p := loginui.Notifications{Frame: h.frame(r, c), Critical: alwaysSent}
	for _, k := range notify.OptionalKinds() {
		p.Optional = append(p.Optional, loginui.MailChoice{Kind: string(k), On: !slices.Contains(off, string(k))})
	}
	for _, e := range notify.Recipients(notify.NotificationsChanged, emails) {
		p.To = append(p.To, identifier.MaskEmail(e.Address))
	}
	h.Site.Render(w, r, http.StatusOK, p)
}

// notifications saves which optional mails are sent. A change is itself mailed to every
// address, so that nobody silences an account unseen. What is not optional cannot be named.
func (h *Handler) notifications(w http.ResponseWriter, r *http.Request, c visitor) {
	off, err := h.Store.NotificationOptOuts(r.Context(), c.account.ID)
	for _, k := range notify.OptionalKinds() {
		wanted := r.PostFormValue(string(k)) != ""
		if err != nil || wanted != slices.Contains(off, string(k)) {
			continue
		}
		detail := map[string]string{"kind": string(k), "wanted": map[bool]string{true: "yes", false: "no"}[wanted]}
		var effects idp.Effects
		if effects, err = h.effects(r, c, audit.NotificationChanged, detail, notify.NotificationsChanged, notify.Data{}); err == nil {
			err = h.Store.SetNotification(r.Context(), c.account.ID, string(k), wanted, h.Now(), effects)
		}
	}
	if err != nil {
		h.failed(w, r, err)
		return
	}
	h.done(w, r, loginui.NoticeNotificationsSaved)
}
