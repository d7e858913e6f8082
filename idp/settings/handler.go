package settings

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"slices"
	"time"

	"sekisho/idp"
	"sekisho/idp/assurance"
	"sekisho/idp/audit"
	"sekisho/idp/authn/invitation"
	"sekisho/idp/authn/passkey"
	"sekisho/idp/authn/password"
	"sekisho/idp/authn/recoverycode"
	"sekisho/idp/authn/securityquestion"
	"sekisho/idp/authn/throttle"
	"sekisho/idp/authn/totp"
	"sekisho/idp/authn/transaction"
	"sekisho/idp/authorize"
	"sekisho/idp/contact"
	"sekisho/idp/details"
	"sekisho/idp/environment"
	"sekisho/idp/freeze"
	"sekisho/idp/httpsafe"
	"sekisho/idp/notify"
	"sekisho/idp/session"
	loginui "sekisho/login-ui"
)

// Store is what the customer's own pages read and change. Each method is atomic and
// scoped to the account.
type Store interface {
	NoticeStore
	SignalStore
	ChoiceStore
	EnvironmentStore
	ApprovalStore
	Emails(ctx context.Context, accountID string) ([]idp.Email, error)
	Password(ctx context.Context, accountID string, kind idp.PasswordKind) (*idp.Password, error)
	Passkeys(ctx context.Context, accountID string) ([]idp.Passkey, error)
	RemovePasskey(ctx context.Context, accountID, id, keepSessionID string, effects idp.Effects) error
	TOTP(ctx context.Context, accountID string) (*idp.TOTP, error)
	Sessions(ctx context.Context, accountID string) ([]idp.Session, error)
	EndSession(ctx context.Context, accountID, id, reason string, at time.Time, effects idp.Effects) error
	EndSessions(ctx context.Context, accountID, exceptID, reason string, at time.Time, effects idp.Effects) (int, error)
	Consents(ctx context.Context, accountID string) ([]idp.Consent, error)
	Grants(ctx context.Context, accountID string) ([]idp.Grant, error)
	RevokeConsent(ctx context.Context, accountID, clientID string, at time.Time, effects idp.Effects) error
	Account(ctx context.Context, id string) (*idp.Account, error)
	FinishInteraction(ctx context.Context, id string, version int, at time.Time, effects idp.Effects) error
}

// Accounts opens accounts by invitation.
type Accounts interface {
	AccountByLogin(ctx context.Context, canonical string) (*idp.Account, error)
	AcceptInvitation(ctx context.Context, a idp.AcceptInvitation) error
}

// Handler serves the pages below /account and /invite.
type Handler struct {
	Engine     *authorize.Engine
	Store      Store
	Accounts   Accounts
	Site       *loginui.Site
	CSRF       *httpsafe.CSRF
	Sessions   *session.Sessions
	Passwords  *password.Service
	TOTP       *totp.Service
	Passkeys   *passkey.Service
	Invitation *invitation.Service
	Contact    *contact.Service
	Throttle   *throttle.Service
	Mail       *notify.Composer
	Stop       *freeze.Service
	ClientIP   func(*http.Request) string
	Fill       func(ctx context.Context, rec idp.AuditRecord) idp.AuditRecord
	Record     func(ctx context.Context, rec idp.AuditRecord)
	Log        *slog.Logger
	Now        func() time.Time
	Committed  func() // mails were queued; wakes the outbox
	// Logout ends the session of a request and clears its cookies. frames are what the
	// signed-out page has to frame (Front-Channel Logout 1.0).
	Logout func(w http.ResponseWriter, r *http.Request, sess *idp.Session) (frames []string, err error)
	// LogoutAll does so with every session of the customer; the effects are written with it.
	LogoutAll   func(w http.ResponseWriter, r *http.Request, sess *idp.Session, effects idp.Effects) (frames []string, err error)
	Issuer      string
	MaxPasskeys int
	MinPassword int
	Transaction *transaction.Service // nil: the firm has no transaction passwords
	ChangeAsks  func() bool          // whether a change of registered data asks for it now; nil: never

	RecoveryCodes *recoverycode.Service
	// OperationName is the firm's own name of an operation; "" where it gave none.
	OperationName func(operation, lang string) string
	Age           authorize.PasswordAge
	Environments  *environment.Browsers
	Questions     *securityquestion.Service // nil: the firm has no security questions
	Letters       LetterStopper
	Details       *details.Registry // the types of transactions that customers approve
}

// Guard says what a route needs before its handler runs.
type Guard string

const (
	Anyone   Guard = "anyone"
	SignedIn Guard = "signed_in"
	Fresh    Guard = "fresh" // a recent proof at the account's strongest level
)

// Route is one entry of this package's part of the route table.
type Route struct {
	Path    string
	Method  string
	Guard   Guard
	Handler http.Handler
}

// visitor is the signed-in customer of one request.
type visitor struct {
	session  *idp.Session
	account  *idp.Account
	holdings assurance.Holdings
	outcome  assurance.Outcome // of the freshness rule
	lang     string
	notice   *loginui.Notice
}

type pageFunc func(w http.ResponseWriter, r *http.Request, c visitor)

// Routes lists every route of the package.
func (h *Handler) Routes() []Route {
	get, post := http.MethodGet, http.MethodPost
	return append(slices.Concat(h.transactionRoutes(), h.contactRoutes(), h.welcomeRoutes(), h.choiceRoutes(), h.environmentRoutes(), h.questionRoutes(), h.approvalRoutes()), []Route{
		{"/account", get, SignedIn, h.guarded("account", SignedIn, h.security)},
		{"/account/passkeys/add", get, SignedIn, h.guarded("passkey_add", SignedIn, h.usable(usesPasskeys, h.addPasskey))},
		{"/account/passkeys/{id}/rename", get, Fresh, h.guarded("passkey_rename", Fresh, h.renamePage)},
		{"/account/passkeys/{id}/rename", post, Fresh, h.guarded("passkey_rename", Fresh, h.rename)},
		{"/account/passkeys/{id}/remove", get, Fresh, h.guarded("passkey_remove", Fresh, h.removePage)},
		{"/account/passkeys/{id}/remove", post, Fresh, h.guarded("passkey_remove", Fresh, h.remove)},
		{"/account/totp", get, Fresh, h.guarded("totp", Fresh, h.usable(usesTOTP, h.totpPage))},
		{"/account/totp", post, Fresh, h.guarded("totp", Fresh, h.usable(usesTOTP, h.totpConfirm))},
		{"/account/totp/remove", get, Fresh, h.guarded("totp_remove", Fresh, h.totpRemovePage)},
		{"/account/totp/remove", post, Fresh, h.guarded("totp_remove", Fresh, h.totpRemove)},
		{"/account/password", get, Fresh, h.guarded("password", Fresh, h.passwordPage)},
		{"/account/password", post, Fresh, h.guarded("password", Fresh, h.passwordChange)},
		{"/account/recovery-codes", get, Fresh, h.guarded("recovery_codes", Fresh, h.usable(usesCodes, h.recoveryCodesPage))},
		{"/account/recovery-codes", post, Fresh, h.guarded("recovery_codes", Fresh, h.usable(usesCodes, h.recoveryCodesNew))},
		{"/account/sessions/{id}/end", post, Fresh, h.guarded("account", Fresh, h.endSession)},
		{"/account/sessions/end-others", post, Fresh, h.guarded("account", Fresh, h.endOthers)},
		{"/account/sessions/end-all", post, Fresh, h.guarded("account", Fresh, h.endAll)},
		{"/account/apps/{id}/revoke", post, SignedIn, h.guarded("account", SignedIn, h.revokeApp)},
		{stayPath, post, SignedIn, http.HandlerFunc(h.stay)},
		{"/account/logout", post, SignedIn, h.guarded("account", SignedIn, h.logout)},
		{"/account/history", get, SignedIn, h.guarded("history", SignedIn, h.history)},
		{"/account/notifications", get, Fresh, h.guarded("notifications", Fresh, h.notificationsPage)},
		{"/account/notifications", post, Fresh, h.guarded("notifications", Fresh, h.notifications)},
		{"/notme", get, Anyone, http.HandlerFunc(h.notMePage)},
		{"/notme", post, Anyone, http.HandlerFunc(h.notMe)},
		{"/invite", get, Anyone, http.HandlerFunc(h.invitePage)},
		{"/invite", post, Anyone, http.HandlerFunc(h.invite)},
		{"/invite/{id}", get, Anyone, http.HandlerFunc(h.firstPasswordPage)},
		{"/invite/{id}/password/new", post, Anyone, http.HandlerFunc(h.firstPassword)},
	}...)
}

// OwnPath is where a page of the customer's own lives, by the key stored in an
// interaction. An unknown key is the security centre: nothing leads elsewhere (HD-07).
func OwnPath(o authorize.OwnRequest) string {
	switch o.Page {
	case "passkey_rename":
		return "/account/passkeys/" + o.Param + "/rename"
	case "passkey_remove":
		return "/account/passkeys/" + o.Param + "/remove"
	case "passkey_add":
		return "/account/passkeys/add"
	case "totp":
		return "/account/totp"
	case "totp_remove":
		return "/account/totp/remove"
	case "recovery_codes":
		return "/account/recovery-codes"
	case "password":
		return "/account/password"
	case "transaction_password":
		return "/account/transaction-password"
	case "history":
		return "/account/history"
	case authorize.WelcomePage:
		return welcomePath + o.Param
	case "notifications":
		return "/account/notifications"
	case "checks":
		return checksBase
	case "check":
		return checksBase + "/" + o.Param
	default:
		if path, ok := approvalPath(o.Page, o.Param); ok {
			return path
		}
		return contactPath(o.Page)
	}
}

// guarded lets f run only for a signed-in customer, with a recent strong proof where the
// route asks for it, and for posts with the token of this very session (SE-08).
func (h *Handler) guarded(page string, need Guard, f pageFunc) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		sess, account, err := h.Sessions.Current(r)
		if err != nil {
			h.failed(w, r, err)
			return
		}
		own := authorize.OwnRequest{Page: page, Param: httpsafe.PathVar(r, "id")}
		if sess == nil {
			h.begin(w, r, own)
			return
		}
		c := visitor{session: sess, account: account, lang: loginui.Lang(r, nil)}
		if c.outcome, c.holdings, err = h.Engine.Fresh(r.Context(), sess, account); err != nil {
			h.failed(w, r, err)
			return
		}
		if r.URL.Path != "/account/logout" && h.Engine.FallsShort(sess, account, c.holdings) {
			own.Fresh = need == Fresh
			h.begin(w, r, own)
			return
		}
		if r.Method == http.MethodPost && !h.CSRF.Valid(r, h.Engine.Browser.Get(r), sess.ID) {
			h.formRefused(w, r, &c)
			return
		}
		if need == Fresh && c.outcome.Kind != assurance.Satisfied {
			own.Fresh = true
			h.begin(w, r, own)
			return
		}
		f(w, r, c)
	})
}

// formRefused answers a form that this browser was not given here (SE-08). c is nil where
// nobody is signed in.
func (h *Handler) formRefused(w http.ResponseWriter, r *http.Request, c *visitor) {
	rec := idp.AuditRecord{At: h.Now(), Event: audit.CSRFRejected, Actor: audit.Customer}
	if c != nil {
		rec = h.event(*c, audit.CSRFRejected, nil)
	}
	rec.Result = audit.Denied
	h.Record(r.Context(), rec)
	h.trouble(w, r, http.StatusForbidden, loginui.ErrorFormExpired)
}

// begin starts the sign-in or step-up that a page needs and returns there afterwards.
func (h *Handler) begin(w http.ResponseWriter, r *http.Request, own authorize.OwnRequest) {
	v, err := h.Engine.BeginOwn(r, own)
	if err == nil {
		v.Progress.Notice = h.endedNotice(r, v)
		err = h.Engine.Keep(w, r, v)
	}
	if err != nil {
		h.failed(w, r, err)
		return
	}
	http.Redirect(w, r, v.Path(), http.StatusSeeOther)
}

// addPasskey hands over to the interaction pages, which know the enrolment's steps (D3).
func (h *Handler) addPasskey(w http.ResponseWriter, r *http.Request, c visitor) {
	if c.holdings.SuspendedPasskeys > 0 || c.holdings.SuspendedTOTP {
		h.begin(w, r, authorize.OwnRequest{Page: "account", Fresh: true}) // which says what is out of use
		return
	}
	if !c.holdings.CanEnrolPasskey {
		h.security(w, r, c.with(loginui.Bad, loginui.NoticePasskeyLimit))
		return
	}
	h.begin(w, r, authorize.OwnRequest{Page: "account", EnrolPasskey: true})
}

func (h *Handler) failed(w http.ResponseWriter, r *http.Request, err error) {
	if errors.Is(err, idp.ErrRevoked) { // the session ended while the page was worked on: sign in first
		http.Redirect(w, r, "/account", http.StatusSeeOther)
		return
	}
	h.Log.ErrorContext(r.Context(), "own page failed", "path", r.URL.Path, "error", err)
	if errors.Is(err, idp.ErrUnavailable) {
		h.trouble(w, r, http.StatusServiceUnavailable, loginui.ErrorUnavailable)
		return
	}
	h.trouble(w, r, http.StatusInternalServerError, loginui.ErrorFailed)
}

func (h *Handler) trouble(w http.ResponseWriter, r *http.Request, status int, code string) {
	h.Site.Render(w, r, status, loginui.Error{Code: code, Status: status, Reference: httpsafe.RequestID(r.Context()), RetryHref: "/account"})
}
