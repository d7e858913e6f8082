package token

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"time"

	zoidc "github.com/zitadel/oidc/v3/pkg/oidc"

	"sekisho/idp"
	"sekisho/idp/audit"
	"sekisho/idp/oidc"
)

// Introspection is the introspection endpoint (RFC 7662). It answers for access tokens,
// to the resource servers they are for and to the client they were issued to. All fields
// but Logger are required.
type Introspection struct {
	Clients  Authenticator
	Verifier *Verifier
	Audit    Recorder
	Logger   *slog.Logger
	// Signer signs the answers that are to be signed (RFC 9701).
	Signer Signer
}

// inactive is the whole answer about anything the caller is to know nothing of (ID-10).
var inactive = map[string]bool{"active": false}

// ServeHTTP answers one introspection request.
func (i *Introspection) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	caller, form, e := i.caller(w, r)
	if e != nil {
		oidc.WriteError(w, r, e)
		return
	}
	active, e := i.answer(r, caller, form)
	if e != nil {
		oidc.WriteError(w, r, e)
		return
	}
	var answer any = inactive
	if active != nil {
		answer = active
	}
	if wantsSigned(r, caller) {
		i.writeSigned(w, r, caller, answer)
		return
	}
	oidc.WriteJSON(w, http.StatusOK, answer)
}

// caller is who asks.
func (i *Introspection) caller(w http.ResponseWriter, r *http.Request) (*idp.Client, oidc.Form, *oidc.Error) {
	form, e := oidc.ParseForm(w, r)
	if e != nil {
		return nil, form, e
	}
	caller, e := i.Clients.Authenticate(r, form)
	if e != nil {
		return nil, form, e
	}
	if caller.Public() { // it proved nothing (RFC 7662 2.1)
		return nil, form, oidc.NewError(oidc.InvalidClient, "client authentication failed")
	}
	return caller, form, nil
}

// answer is nil for a token that is not active, or of which the caller is to know nothing.
func (i *Introspection) answer(r *http.Request, caller *idp.Client, form oidc.Form) (*zoidc.IntrospectionResponse, *oidc.Error) {
	if !form.Has("token") {
		return nil, oidc.NewError(oidc.InvalidRequest, "token is missing")
	}
	t, err := i.inspect(r.Context(), caller, form.Get("token"))
	if err != nil && !errors.Is(err, idp.ErrRejected) {
		return nil, trouble(r.Context(), i.Logger, err)
	}
	record := idp.AuditRecord{Event: audit.TokenIntrospected, Result: audit.OK, Actor: audit.ClientApp, ClientID: caller.ID, Reason: "active"}
	if err != nil {
		record.Reason = "inactive"
		i.Audit.Record(r.Context(), record)
		return nil, nil
	}
	if t.state != nil {
		record.AccountID = t.state.AccountID
	}
	i.Audit.Record(r.Context(), record)
	return i.asKnownTo(caller, t, describe(t, i.Verifier.Now())), nil
}

// inspect verifies the token and that the caller may know of it.
func (i *Introspection) inspect(ctx context.Context, caller *idp.Client, presented string) (*accessToken, error) {
	claims, err := i.Verifier.parse(presented)
	if err != nil {
		return nil, err
	}
	if claims.ClientID != caller.ID && !claims.forResource(caller.Metadata.ResourceServer) {
		return nil, errToken
	}
	return i.Verifier.standing(ctx, claims)
}

// describe is the answer about an active token (RFC 7662 2.2, RFC 9470 6.2; SU-07).
func describe(t *accessToken, now time.Time) *zoidc.IntrospectionResponse {
	out := &zoidc.IntrospectionResponse{
		Active: true, Scope: t.scopes(), ClientID: t.ClientID, TokenType: t.tokenType(),
		Expiration: t.Expiration, IssuedAt: t.IssuedAt, AuthTime: t.AuthTime, Subject: t.Subject,
		Audience: t.Audience, Issuer: t.Issuer, JWTID: t.JWTID, Actor: t.Actor,
		AuthenticationMethodsReferences: t.AuthenticationMethodsReferences,
	}
	if acr := t.AuthenticationContextClassReference; acr != "" {
		out.Claims = map[string]any{"acr": acr, "sekisho_level": t.Level}
	}
	if t.Confirmation != nil {
		if out.Claims == nil {
			out.Claims = map[string]any{}
		}
		out.Claims["cnf"] = t.Confirmation // DP-08, MT-03: the resource server asks for the key
	}
	if t.state != nil {
		out.Claims = detailClaims(out.Claims, &t.state.Grant)
		if until := holdUntil(t.state.HeldUntil, now); until != 0 {
			if out.Claims == nil {
				out.Claims = map[string]any{}
			}
			out.Claims["sekisho_hold_until"] = until // as it is now, not as it was when the token was made
		}
	}
	return out
}
