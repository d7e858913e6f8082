package signin

import (
	"context"
	"log/slog"
	"net/http"
	"slices"
	"time"

	loginui "sekisho/login-ui"

	"sekisho/idp"
	"sekisho/idp/audit"
	"sekisho/idp/authn/securityquestion"
	"sekisho/idp/authorize"
	"sekisho/idp/details"
	"sekisho/idp/environment"
	"sekisho/idp/freeze"
	"sekisho/idp/httpsafe"
	"sekisho/idp/notify"
	"sekisho/idp/oidc"
	"sekisho/idp/session"
)

// Store is what finishing a ceremony and an enrolment needs.
type Store interface {
	Authenticate(ctx context.Context, a idp.Authenticate) error
	Account(ctx context.Context, id string) (*idp.Account, error)
	AccountByLogin(ctx context.Context, canonical string) (*idp.Account, error)
	SetLocale(ctx context.Context, accountID, locale string) error
	Emails(ctx context.Context, accountID string) ([]idp.Email, error)
	TOTP(ctx context.Context, accountID string) (*idp.TOTP, error)
	Passkeys(ctx context.Context, accountID string) ([]idp.Passkey, error)
	Password(ctx context.Context, accountID string, kind idp.PasswordKind) (*idp.Password, error)
	NotificationOptOuts(ctx context.Context, accountID string) ([]string, error)
	OfferPasskey(ctx context.Context, accountID string, at, before time.Time) (bool, error)
	SuspendedPasskey(ctx context.Context, credentialID []byte) (bool, error)
	DeclinePasskey(ctx context.Context, accountID string, at time.Time, effects idp.Effects) error
	PutReminderOff(ctx context.Context, accountID string, kind idp.PasswordKind, changedAt, at time.Time) error
	ReplaceMarked(ctx context.Context, marked, next idp.Password, keepSessionID string, e idp.Effects) error
	OpenEmailCode(ctx context.Context, flowID string, purpose idp.CodePurpose) (*idp.EmailCode, error)
}

// Handler serves the interaction pages.
type Handler struct {
	Engine   *authorize.Engine
	Store    Store
	Site     *loginui.Site
	CSRF     *httpsafe.CSRF
	Sessions *session.Sessions
	Known    *environment.Browsers
	Methods  Methods
	Mail     *notify.Composer
	Stop     *freeze.Service
	Respond  oidc.Responder
	// OwnPath is the path of a page of the provider's own, by the key in OwnRequest.
	OwnPath   func(authorize.OwnRequest) string
	ClientIP  func(*http.Request) string
	Fill      func(ctx context.Context, rec idp.AuditRecord) idp.AuditRecord
	Record    func(ctx context.Context, rec idp.AuditRecord)
	Log       *slog.Logger
	Now       func() time.Time
	Committed func() // mails were queued; wakes the outbox
	// MaxSessions and MaxPasskeys are per account.
	MaxSessions, MaxPasskeys int
	ConditionalCreate        bool          // a passkey may be added without a dialog
	OfferEvery               time.Duration // between two offers of a passkey; 0: never

	Age            authorize.PasswordAge
	MinPassword    int
	NewEnvironment authorize.EnvironmentCheck
	LostWait       time.Duration // how long a mailed code does not stand in for an app reported lost
	Questions      *securityquestion.Service
	Details        *details.Registry                               // types of transactions
	Logo           func(ctx context.Context, c *idp.Client) []byte // PNG, or nil
}

// visitFunc handles one request of a loaded interaction.
type visitFunc func(w http.ResponseWriter, r *http.Request, v *authorize.Visit)

// Route is one entry of the interaction's part of the route table.
type Route struct {
	Path    string // below /interaction/{id}
	Method  string
	JSON    bool // body and answer are JSON; the token comes in a header
	Handler http.Handler
}

// Routes lists every route of the package.
func (h *Handler) Routes() []Route {
	return append(slices.Concat(h.transactionRoutes(), h.agedRoutes(), h.environmentRoutes(), h.questionRoutes(), h.approvalRoutes(), h.deviceRoutes()), []Route{
		{"", http.MethodGet, false, h.page(h.show)},
		{"/password", http.MethodPost, false, h.form(h.postPassword)},
		{"/code", http.MethodPost, false, h.form(h.postCode)},
		{"/password/new", http.MethodPost, false, h.form(h.postMustChange)},
		{"/code/send", http.MethodPost, false, h.form(h.postSend)},
		{"/code/method", http.MethodPost, false, h.form(h.postMethod)},
		{"/passkey/options", http.MethodPost, true, h.json(h.passkeyOptions)},
		{"/passkey", http.MethodPost, true, h.json(h.passkeyFinish)},
		{"/enrol", http.MethodPost, false, h.form(h.postEnrol)},
		{"/enrol/options", http.MethodPost, true, h.json(h.enrolOptions)},
		{"/enrol/finish", http.MethodPost, true, h.json(h.enrolFinish)},
		{"/enrol/done", http.MethodPost, false, h.form(h.postEnrolDone)},
		{"/offer", http.MethodPost, false, h.form(h.postOffer)},
		{"/account", http.MethodPost, false, h.form(h.postAccount)},
		{"/consent", http.MethodPost, false, h.form(h.postConsent)},
		{"/cancel", http.MethodPost, false, h.form(h.postCancel)},
		{"/stay", http.MethodPost, false, h.form(h.postStay)},
	}...)
}

// page opens the visit for reading.
func (h *Handler) page(f visitFunc) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		v, err := h.Engine.Open(r, httpsafe.PathVar(r, "id"))
		if err != nil {
			h.openFailed(w, r, err)
			return
		}
		f(w, r, v)
	})
}

// form opens the visit for a form post: the token must be the one this browser got for
// this very interaction (SE-08).
func (h *Handler) form(f visitFunc) http.Handler {
	return h.page(func(w http.ResponseWriter, r *http.Request, v *authorize.Visit) {
		if !h.CSRF.Valid(r, h.Engine.Browser.Get(r), v.Interaction.ID) {
			h.Record(r.Context(), h.denied(v, "", audit.CSRFRejected, string(v.Step.Kind)))
			h.refuse(w, r, v, http.StatusForbidden, loginui.ErrorFormExpired)
			return
		}
		f(w, r, v)
	})
}

// json is form for the calls of the page's script; the body is JSON and nothing else.
func (h *Handler) json(f visitFunc) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		v, err := h.Engine.Open(r, httpsafe.PathVar(r, "id"))
		if err != nil {
			h.jsonOpenFailed(w, r, err)
			return
		}
		if !h.CSRF.Valid(r, h.Engine.Browser.Get(r), v.Interaction.ID) {
			h.Record(r.Context(), h.denied(v, "", audit.CSRFRejected, string(v.Step.Kind)))
			h.jsonError(w, r, v, http.StatusForbidden, loginui.Notice{Kind: loginui.Bad, Code: loginui.NoticeFormExpired})
			return
		}
		if !httpsafe.IsJSON(r) { // also where the body says nothing: what a form can send is no call of ours
			h.jsonError(w, r, v, http.StatusUnsupportedMediaType, loginui.Notice{Kind: loginui.Bad, Code: loginui.NoticeFailed})
			return
		}
		f(w, r, v)
	})
}

// back sends the browser to the dispatcher, which shows what comes next.
func (h *Handler) back(w http.ResponseWriter, r *http.Request, v *authorize.Visit) {
	http.Redirect(w, r, v.Path(), http.StatusSeeOther)
}

// keep stores the visit's progress and returns to the dispatcher. When another request
// of the same interaction was faster, its progress stands and this one is dropped.
func (h *Handler) keep(w http.ResponseWriter, r *http.Request, v *authorize.Visit) {
	if err := h.Engine.Save(r.Context(), v); err != nil && !conflict(err) {
		h.failed(w, r, v, err)
		return
	}
	h.back(w, r, v)
}

// tell stores a notice for the next page; code "" takes an earlier one away.
func (h *Handler) tell(w http.ResponseWriter, r *http.Request, v *authorize.Visit, kind, code string, until time.Time) {
	v.Progress.Notice = nil
	if code != "" {
		v.Progress.Notice = &authorize.Notice{Kind: kind, Code: code, Until: until}
	}
	h.keep(w, r, v)
}
