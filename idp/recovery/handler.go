package recovery

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/netip"
	"time"

	"sekisho/idp"
	"sekisho/idp/assurance"
	"sekisho/idp/audit"
	"sekisho/idp/authn/emailcode"
	"sekisho/idp/authn/passkey"
	"sekisho/idp/authn/password"
	"sekisho/idp/authn/recoverycode"
	"sekisho/idp/authn/securityquestion"
	"sekisho/idp/authn/throttle"
	"sekisho/idp/authn/totp"
	"sekisho/idp/authorize"
	"sekisho/idp/errand"
	"sekisho/idp/httpsafe"
	"sekisho/idp/notify"
	loginui "sekisho/login-ui"
)

// Store is what a recovery reads and changes. *storage.Store satisfies it.
type Store interface {
	AccountByLogin(ctx context.Context, canonical string) (*idp.Account, error)
	Account(ctx context.Context, id string) (*idp.Account, error)
	Emails(ctx context.Context, accountID string) ([]idp.Email, error)
	Passkeys(ctx context.Context, accountID string) ([]idp.Passkey, error)
	TOTP(ctx context.Context, accountID string) (*idp.TOTP, error)
	Password(ctx context.Context, accountID string, kind idp.PasswordKind) (*idp.Password, error)
	Recovery(ctx context.Context, accountID string) (idp.Recovery, error)
	// ProveRecovery, SuspendLost and CompleteRecovery are one transaction each; see storage.
	ProveRecovery(ctx context.Context, p idp.RecoveryProof) error
	SuspendLost(ctx context.Context, l idp.LostDevice) error
	CompleteRecovery(ctx context.Context, c idp.CompleteRecovery) error
}

// Handler serves the pages below /recover. All fields are required.
type Handler struct {
	Engine      *authorize.Engine
	Store       Store
	Site        *loginui.Site
	CSRF        *httpsafe.CSRF
	Codes       *emailcode.Service
	Recovery    *recoverycode.Service
	TOTP        *totp.Service
	Passkeys    *passkey.Service
	Passwords   *password.Service
	Throttle    *throttle.Service
	Mail        *notify.Composer
	Errands     errand.Queue
	ClientIP    func(*http.Request) string
	Fill        func(ctx context.Context, rec idp.AuditRecord) idp.AuditRecord
	Record      func(ctx context.Context, rec idp.AuditRecord)
	Log         *slog.Logger
	Now         func() time.Time
	Committed   func() // mails were queued; wakes the outbox
	Policy      func() assurance.Policy
	Hold        time.Duration // of withdrawals after a recovery (RC-12)
	MailWaits   bool          // that long too, from a new environment, for an app that was reported lost
	MinPassword int
	Questions   *securityquestion.Service // nil: the firm has no security questions
}

// Route is one entry of this package's part of the route table.
type Route struct {
	Path    string
	Method  string
	JSON    bool // body and answer are JSON; the token comes in a header
	Handler http.Handler
}

// Routes lists every route of the package.
func (h *Handler) Routes() []Route {
	get, post := http.MethodGet, http.MethodPost
	return []Route{
		{"/recover", get, false, http.HandlerFunc(h.startPage)},
		{"/recover", post, false, http.HandlerFunc(h.start)},
		{"/recover/{id}", get, false, h.page(h.show)},
		{"/recover/{id}/code", post, false, h.form(h.mailedCode)},
		{"/recover/{id}/send", post, false, h.form(h.resend)},
		{"/recover/{id}/recovery-code", post, false, h.form(h.recoveryCode)},
		{"/recover/{id}/totp", post, false, h.form(h.totpCode)},
		{"/recover/{id}/passkey/options", post, true, h.json(h.passkeyOptions)},
		{"/recover/{id}/passkey", post, true, h.json(h.passkeyFinish)},
		{"/recover/{id}/answer", post, false, h.form(h.securityAnswer)},
		{"/recover/{id}/lost", post, false, h.form(h.lost)},
		{"/recover/{id}/password", post, false, h.form(h.complete)},
	}
}

// request is what a recovery was begun for. It never changes.
type request struct {
	AccountID string `json:"account_id,omitempty"` // "" when nobody who may recover has the name
	Name      string `json:"name"`                 // canonical, as typed
}

// progress is what has been proved so far.
type progress struct {
	MailAt   time.Time `json:"mail_at,omitzero"`   // the mailed code
	SecondAt time.Time `json:"second_at,omitzero"` // the other proof
	Second   string    `json:"second,omitempty"`
	LostAt   time.Time `json:"lost_at,omitzero"` // a lost device was reported
}

// visit is one request's view of a recovery.
type visit struct {
	ix       *idp.Interaction
	request  request
	progress progress
	account  *idp.Account // nil without AccountID
	lang     string
	notice   *loginui.Notice
}

type visitFunc func(w http.ResponseWriter, r *http.Request, v *visit)

func (v *visit) path() string { return "/recover/" + v.ix.ID }

func (v *visit) proved() bool { return !v.progress.MailAt.IsZero() && !v.progress.SecondAt.IsZero() }

// subject is what wrong proofs are counted against, with and without an account alike.
func (v *visit) subject() throttle.Subject { return subjectOf(v.request) }

func subjectOf(q request) throttle.Subject {
	if q.AccountID != "" {
		return throttle.Known(q.AccountID)
	}
	return throttle.Unknown(q.Name)
}

func (v *visit) accountID() string { return v.request.AccountID }

// mailLang is the customer's chosen language, else the page's.
func (v *visit) mailLang() string {
	if v.account.Locale != "" {
		return v.account.Locale
	}
	return v.lang
}

// with adds a notice to the page shown next.
func (v *visit) with(kind loginui.NoticeKind, code string) *visit {
	v.notice = &loginui.Notice{Kind: kind, Code: code}
	return v
}

// open loads the recovery in the browser that began it.
func (h *Handler) open(r *http.Request) (*visit, error) {
	ix, err := h.Engine.OpenKind(r, httpsafe.PathVar(r, "id"), idp.InteractionRecover)
	if err != nil {
		return nil, err
	}
	v := &visit{ix: ix, lang: loginui.Lang(r, nil)}
	if err := json.Unmarshal(ix.Request, &v.request); err != nil {
		return nil, err
	}
	if err := json.Unmarshal(ix.Progress, &v.progress); err != nil {
		return nil, err
	}
	if v.request.AccountID != "" && !v.progress.MailAt.IsZero() {
		v.account, err = h.Store.Account(r.Context(), v.request.AccountID)
	}
	return v, err
}

// page opens the recovery for reading.
func (h *Handler) page(f visitFunc) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		v, err := h.open(r)
		if err != nil {
			h.openFailed(w, r, err)
			return
		}
		f(w, r, v)
	})
}

// form opens the recovery for a post: the token must be the one this browser got for this
// very recovery (SE-08).
func (h *Handler) form(f visitFunc) http.Handler {
	return h.page(func(w http.ResponseWriter, r *http.Request, v *visit) {
		if !h.CSRF.Valid(r, h.Engine.Browser.Get(r), v.ix.ID) {
			h.formRefused(w, r)
			return
		}
		f(w, r, v)
	})
}

// event is an audit record about the recovery's account.
func (h *Handler) event(r *http.Request, v *visit, name, result string, detail map[string]string) idp.AuditRecord {
	rec := idp.AuditRecord{At: h.Now(), Event: name, Result: result, Actor: audit.Customer, AccountID: v.accountID(), Detail: detail}
	return h.Fill(r.Context(), rec)
}

func (h *Handler) ip(r *http.Request) netip.Addr {
	ip, _ := netip.ParseAddr(h.ClientIP(r)) // an unreadable one counts as one shared source
	return ip
}
