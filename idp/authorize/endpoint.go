package authorize

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strings"

	"sekisho/idp"
	"sekisho/idp/audit"
	"sekisho/idp/oidc"
)

// Endpoint is the authorization endpoint (OIDC Core 3.1.2), GET and POST.
type Endpoint struct {
	Engine  *Engine
	Rules   oidc.Rules
	Respond oidc.Responder
	// VerifyHint verifies an id_token_hint of this issuer, expired or not.
	VerifyHint func(raw string) (oidc.IDTokenHint, error)
	Record     func(ctx context.Context, rec idp.AuditRecord)
	Log        *slog.Logger
}

// maxRepeatedQuery bounds the GET a cookieless POST is turned into; below every URL limit.
const maxRepeatedQuery = 6 << 10

// ServeHTTP checks the request, then either answers at once or hands the browser to the
// interaction's pages.
func (p *Endpoint) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if p.repeatAsGet(w, r) {
		return
	}
	req, refused := oidc.ParseAuthorization(w, r, p.Engine.Clients, p.Rules)
	if refused != nil {
		p.refuse(w, r, refused)
		return
	}
	if req.IDTokenHint != "" {
		hint, err := p.VerifyHint(req.IDTokenHint)
		if err != nil || hint.ClientID != req.ClientID {
			p.refuse(w, r, p.held(r.Context(), req, req.Refuse(oidc.InvalidRequest, "id_token_hint is not a genuine ID token for this client")))
			return
		}
		req.HintSubject = hint.Subject
	}
	v, err := p.Engine.Begin(r, req)
	if err != nil {
		p.failed(w, r, req, err)
		return
	}
	p.answer(w, r, v)
}

// answer ends what needs no page at once and stores the rest as an interaction.
func (p *Endpoint) answer(w http.ResponseWriter, r *http.Request, v *Visit) {
	if v.Step.Kind == StepFail {
		// prompt=none leaves no row and sets no cookie (AZ-17).
		p.Respond.Refuse(w, r, v.Request.Refuse(oidc.ErrorCode(v.Step.Error), ""))
		return
	}
	if err := p.Engine.Keep(w, r, v); err != nil {
		p.failed(w, r, v.Request, err)
		return
	}
	if v.Step.Kind != StepFinish {
		http.Redirect(w, r, v.Path(), http.StatusSeeOther)
		return
	}
	code, err := p.Engine.Issue(r.Context(), v)
	if errors.Is(err, idp.ErrConsumed) && v.Request.Pushed != nil { // another tab was faster (PR-06)
		p.refuse(w, r, oidc.PushedUsed(v.Request))
		return
	}
	if err != nil {
		p.failed(w, r, v.Request, err)
		return
	}
	p.Respond.Grant(w, r, v.Request, code)
}

// repeatAsGet: a cross-site POST comes without SameSite=Lax cookies, so a signed-in
// customer would look like a stranger, and the new binding cookie of a stranger would
// cut off what is open in other tabs. The same request as a GET brings ours (AZ-13);
// whatever is wrong with it is said there. Cookies of the whole domain, which other hosts
// set, say nothing about ours. A body too long for a URL is worked off as it is.
func (p *Endpoint) repeatAsGet(w http.ResponseWriter, r *http.Request) bool {
	if r.Method != http.MethodPost || p.ours(r) || r.ContentLength <= 0 || r.ContentLength > maxRepeatedQuery ||
		!strings.HasPrefix(r.Header.Get("Content-Type"), "application/x-www-form-urlencoded") {
		return false
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, maxRepeatedQuery))
	if err != nil || len(body) == 0 {
		return false
	}
	query := string(body)
	if r.URL.RawQuery != "" {
		query = r.URL.RawQuery + "&" + query
	}
	if _, err := url.ParseQuery(query); err != nil {
		r.Body = io.NopCloser(strings.NewReader(string(body)))
		return false
	}
	http.Redirect(w, r, r.URL.Path+"?"+query, http.StatusSeeOther)
	return true
}

// ours reports whether the browser sent a cookie that decides who is signed in or what
// is open here.
func (p *Endpoint) ours(r *http.Request) bool {
	return p.Engine.Sessions.Jar.Get(r) != "" || p.Engine.Browser.Get(r) != ""
}

// held marks a refusal that came before anybody signed in as the parser marks its own.
func (p *Endpoint) held(ctx context.Context, req *oidc.AuthorizationRequest, e *oidc.AuthorizationError) *oidc.AuthorizationError {
	client, err := p.Engine.Clients.Client(ctx, req.ClientID)
	e.HoldForUser = (err != nil || client.Dynamic) && !req.HasPrompt(oidc.PromptNone)
	return e
}

// refuse writes an authorization error. A browser in which somebody is signed in may be
// redirected even for a client registered over the wire (AZ-28).
func (p *Endpoint) refuse(w http.ResponseWriter, r *http.Request, e *oidc.AuthorizationError) {
	if e.HoldForUser {
		sess, _, err := p.Engine.Sessions.Current(r)
		e.HoldForUser = err != nil || sess == nil
	}
	p.Record(r.Context(), idp.AuditRecord{
		At: p.Engine.Now(), Event: audit.AuthorizationRejected, Result: audit.Denied, Reason: string(e.Code), Actor: audit.ClientApp, ClientID: e.ClientID,
	})
	p.Respond.Refuse(w, r, e)
}

func (p *Endpoint) failed(w http.ResponseWriter, r *http.Request, req *oidc.AuthorizationRequest, err error) {
	code, text := oidc.ServerError, "the provider could not process the request"
	if errors.Is(err, idp.ErrUnavailable) {
		code, text = oidc.TemporarilyUnavailable, "the provider cannot answer at the moment"
	}
	p.Log.ErrorContext(r.Context(), "authorization request failed", "client", req.ClientID, "error", err)
	p.Respond.Refuse(w, r, req.Refuse(code, text))
}
