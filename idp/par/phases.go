package par

import (
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"time"

	"sekisho/idp"
	"sekisho/idp/dpop"
	"sekisho/idp/oidc"
)

func (e *Endpoint) parse(r *request) (err *oidc.Error) {
	r.form, err = oidc.ParseForm(r.w, r.http)
	return err
}

// authenticate takes clients that prove who they are. A public one proves nothing, so
// anybody could fill its allowance (PR-02).
func (e *Endpoint) authenticate(r *request) *oidc.Error {
	client, err := e.Clients.Authenticate(r.http, r.form)
	switch {
	case err != nil:
		return err
	case client.Public():
		return oidc.NewError(oidc.InvalidClient, "only clients that authenticate may push requests")
	}
	r.client = client
	return nil
}

func (e *Endpoint) limit(r *request) *oidc.Error {
	ok, wait, err := e.Store.TakeToken(r.http.Context(), "par:"+r.client.ID, e.Limit, e.Now())
	if err != nil {
		return e.trouble(r, err)
	}
	if ok {
		return nil
	}
	r.w.Header().Set("Retry-After", strconv.FormatInt(int64((wait+time.Second-1)/time.Second), 10))
	tooMany := oidc.NewError(oidc.TemporarilyUnavailable, "the client pushes too many requests")
	tooMany.Status = http.StatusTooManyRequests
	return tooMany
}

func (e *Endpoint) check(r *request) (err *oidc.Error) {
	r.asked, err = oidc.CheckPushed(r.http.Context(), r.form, r.client, e.Rules)
	return err
}

// hint keeps the subject of an id_token_hint and never the token.
func (e *Endpoint) hint(r *request) *oidc.Error {
	if r.asked.IDTokenHint == "" {
		return nil
	}
	hint, err := e.VerifyHint(r.asked.IDTokenHint)
	if err != nil || hint.ClientID != r.client.ID {
		return oidc.NewError(oidc.InvalidRequest, "id_token_hint is not a genuine ID token for this client")
	}
	r.asked.HintSubject = hint.Subject
	return nil
}

// bind lets the code be redeemed with the proved key only (RFC 9449 10.1; PR-10).
func (e *Endpoint) bind(r *request) *oidc.Error {
	proved, err := e.Proofs.Key(r.http)
	if err != nil {
		return err
	}
	r.asked.DPoPKey, err = dpop.CodeKey(r.asked.DPoPKey, proved)
	return err
}

func (e *Endpoint) keep(r *request) *oidc.Error {
	body, err := json.Marshal(r.asked)
	if err != nil {
		return e.trouble(r, err)
	}
	uri, now := oidc.RequestURIPrefix+idp.NewSecret(), e.Now()
	err = e.Store.PushRequest(r.http.Context(), idp.PushedRequest{
		Hash: idp.HashSecret(uri), ClientID: r.client.ID, Request: body, CreatedAt: now, ExpiresAt: now.Add(e.Lifetime),
	})
	if err != nil {
		return e.trouble(r, err)
	}
	r.answer = answer{uri, int64(e.Lifetime / time.Second)}
	return nil
}

// trouble is the answer when the provider itself failed; what failed goes to the log only.
func (e *Endpoint) trouble(r *request, err error) *oidc.Error {
	if e.Logger != nil {
		e.Logger.ErrorContext(r.http.Context(), "pushed authorization request", "client", r.client.ID, "error", err)
	}
	if errors.Is(err, idp.ErrUnavailable) {
		return oidc.NewError(oidc.TemporarilyUnavailable, "try again later")
	}
	return oidc.NewError(oidc.ServerError, "the request could not be processed")
}
