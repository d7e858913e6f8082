package logout

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"time"

	"sekisho/idp"
	"sekisho/idp/audit"
	"sekisho/idp/httpsafe"
	"sekisho/idp/oidc"
	"sekisho/idp/pairwise"
)

// Sessions reads the session of a request; nils when there is none.
type Sessions interface {
	Current(r *http.Request) (*idp.Session, *idp.Account, error)
}

// Store ends a session and what rests on it, in one transaction.
type Store interface {
	EndSession(ctx context.Context, accountID, id, reason string, at time.Time, effects idp.Effects) error
}

// Pages renders what the customer sees. client is nil when no client is known.
type Pages interface {
	// ConfirmLogout posts token as field "csrf" to Paths.Confirm. The redirect that
	// follows the post goes to formAction, "" when it stays here: the page's policy has
	// to allow it.
	ConfirmLogout(w http.ResponseWriter, r *http.Request, client *idp.Client, token, formAction string)
	LoggedOut(w http.ResponseWriter, r *http.Request, client *idp.Client)
	// Telling frames the relying parties' pages and then goes on to redirectURI, "" when
	// this page is the end (Front-Channel Logout 1.0).
	Telling(w http.ResponseWriter, r *http.Request, client *idp.Client, frames []string, redirectURI string)
	// LogoutFailed says that nothing was ended: 400 for a request that cannot be
	// trusted, 403 for a stale form, 503 when the provider cannot do it now.
	LogoutFailed(w http.ResponseWriter, r *http.Request, status int)
}

// Handler serves the end-session endpoint and its confirmation.
type Handler struct {
	Path     string // of the end-session endpoint
	Sessions Sessions
	Clients  oidc.ClientLookup
	Store    Store
	// VerifyHint verifies an id_token_hint of this issuer, expired or not.
	VerifyHint func(raw string) (oidc.IDTokenHint, error)
	// Subjects says by what a client knows the customer and the session.
	Subjects *pairwise.Subjects
	// Frames lists what has to be framed when the session ends.
	Frames func(ctx context.Context, session *idp.Session) []string
	// Committed wakes what tells relying parties.
	Committed func()
	Pages     Pages
	CSRF      *httpsafe.CSRF
	Cookies   httpsafe.Cookies
	// Fill adds request facts to an audit record.
	Fill func(ctx context.Context, rec idp.AuditRecord) idp.AuditRecord
	Now  func() time.Time
	Log  *slog.Logger
}

// Endpoint answers GET and POST (LO-04). It must not stand behind the cross-site check:
// a relying party's form comes from another site. What it can do to the customer is
// decided by Decide alone.
func (h *Handler) Endpoint(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "no-store")
	form, malformed := parse(w, r)
	if malformed != nil {
		h.Pages.LogoutFailed(w, r, malformed.HTTPStatus())
		return
	}
	session, account, err := h.Sessions.Current(r)
	if err != nil {
		h.failed(w, r, err)
		return
	}
	if session == nil && r.Method == http.MethodPost && repeatAsGet(w, form, h.Path) {
		return
	}
	q := requestOf(form)
	hint := h.hint(q)
	client, err := h.client(r.Context(), q, hint)
	if err != nil {
		h.failed(w, r, err)
		return
	}
	var current *Current
	if session != nil {
		current = &Current{Subject: h.Subjects.Subject(client, account.Subject), SID: h.Subjects.Session(client, session.SID)}
	}
	h.act(w, r, Decide(q, hint, client, current), client, session)
}

func (h *Handler) act(w http.ResponseWriter, r *http.Request, d Decision, client *idp.Client, session *idp.Session) {
	switch d.Action {
	case Refuse:
		h.Pages.LogoutFailed(w, r, http.StatusBadRequest)
	case Confirm:
		h.askFirst(w, r, d, client)
	case NoneOpen:
		if client != nil && client.Dynamic { // nobody vouches for its address, and nothing was ended on the way there
			h.Pages.LoggedOut(w, r, nil)
			return
		}
		h.leave(w, r, d, client)
	case End:
		if r.Method == http.MethodHead {
			w.WriteHeader(http.StatusOK) // HEAD promises to change nothing
			return
		}
		h.endAndLeave(w, r, d, client, session)
	}
}

func (h *Handler) endAndLeave(w http.ResponseWriter, r *http.Request, d Decision, client *idp.Client, session *idp.Session) {
	now := h.Now()
	record := idp.AuditRecord{
		At: now, Event: audit.SessionEnded, Result: audit.OK, Reason: reasonLogout, Actor: audit.Customer,
		AccountID: session.AccountID, SessionID: session.ID,
	}
	if client != nil {
		record.ClientID = client.ID
	}
	effects := idp.Effects{Audit: []idp.AuditRecord{h.Fill(r.Context(), record)}}
	frames := h.Frames(r.Context(), session)
	err := h.Store.EndSession(r.Context(), session.AccountID, session.ID, reasonLogout, now, effects)
	if err != nil && !errors.Is(err, idp.ErrNotFound) { // not found: it ended in another tab meanwhile
		h.failed(w, r, err)
		return
	}
	h.Committed()
	ForgetBrowser(w, h.Cookies, d.RedirectURI != "" || len(frames) > 0)
	if len(frames) == 0 {
		h.leave(w, r, d, client)
		return
	}
	next := d.RedirectURI
	if next != "" {
		next = withState(next, d.State)
	}
	h.Pages.Telling(w, r, client, frames, next)
}

const reasonLogout = "logout"

// failed says that the customer is still signed in: nothing is worse here than a page
// that claims otherwise (LG-05).
func (h *Handler) failed(w http.ResponseWriter, r *http.Request, err error) {
	h.Log.ErrorContext(r.Context(), "logout failed", "error", err)
	status := http.StatusInternalServerError
	if errors.Is(err, idp.ErrUnavailable) {
		status = http.StatusServiceUnavailable
	}
	h.Pages.LogoutFailed(w, r, status)
}

func (h *Handler) hint(q Request) Hint {
	if q.IDTokenHint == "" {
		return Hint{}
	}
	token, err := h.VerifyHint(q.IDTokenHint)
	return Hint{Sent: true, Genuine: err == nil, Token: token}
}

// client finds the client that counts; nil when none is named, known and enabled.
func (h *Handler) client(ctx context.Context, q Request, hint Hint) (*idp.Client, error) {
	id, _ := ClientID(q, hint)
	return h.lookUp(ctx, id)
}

func (h *Handler) lookUp(ctx context.Context, id string) (*idp.Client, error) {
	if id == "" || len(id) > 255 {
		return nil, nil
	}
	client, err := h.Clients.Client(ctx, id)
	if errors.Is(err, idp.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	if client.Disabled {
		return nil, nil
	}
	return client, nil
}
