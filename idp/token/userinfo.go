package token

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"slices"

	"sekisho/idp"
	"sekisho/idp/audit"
	"sekisho/idp/keys"
	"sekisho/idp/oidc"
)

// UserInfo is the userinfo endpoint (OIDC Core 5.3). All fields but Logger are required.
type UserInfo struct {
	Verifier *Verifier
	Claims   AccountClaims
	Audit    Recorder
	Logger   *slog.Logger
}

// ServeHTTP answers one userinfo request.
func (u *UserInfo) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodPost {
		w.Header().Set("Allow", "GET, POST")
		e := oidc.NewError(oidc.InvalidRequest, "the endpoint answers GET and POST")
		e.Status = http.StatusMethodNotAllowed
		oidc.WriteError(w, r, e)
		return
	}
	presented, found, e := bearer(w, r)
	if e == nil && !found {
		oidc.WriteBearerError(w, nil)
		return
	}
	var t *accessToken
	if e == nil {
		t, e = u.verify(r, presented)
	}
	if e != nil {
		u.refuse(w, r, e)
		return
	}
	claims, err := u.claims(r.Context(), t)
	if err != nil {
		oidc.WriteError(w, r, trouble(r.Context(), u.Logger, err))
		return
	}
	u.write(w, r, t, claims)
}

// refuse answers in the bearer scheme, except when the provider itself is in trouble.
func (u *UserInfo) refuse(w http.ResponseWriter, r *http.Request, e *oidc.Error) {
	if e.HTTPStatus() >= http.StatusInternalServerError {
		oidc.WriteError(w, r, e)
		return
	}
	u.Audit.Record(r.Context(), idp.AuditRecord{Event: audit.TokenRejected, Result: audit.Denied, Reason: string(e.Code), Actor: audit.ClientApp})
	oidc.WriteBearerError(w, e)
}

// verify accepts an access token that is for this endpoint and has openid.
func (u *UserInfo) verify(r *http.Request, p presented) (*accessToken, *oidc.Error) {
	ctx := r.Context()
	claims, err := u.Verifier.parse(p.token)
	if err != nil {
		return nil, inScheme(p.dpop, errBearer())
	}
	if e := u.Verifier.held(r, p, claims.Confirmation); e != nil {
		return nil, e
	}
	if !slices.Contains(claims.scopes(), scopeOpenID) {
		e := oidc.NewError(oidc.InsufficientScope, "the token lacks the scope openid")
		e.Challenge = [][2]string{{"scope", scopeOpenID}}
		return nil, inScheme(p.dpop, e)
	}
	if !claims.forResource([]string{u.Verifier.Issuer}) {
		return nil, inScheme(p.dpop, errBearer())
	}
	t, err := u.Verifier.standing(ctx, claims)
	switch {
	case err != nil && !errors.Is(err, idp.ErrRejected):
		return nil, trouble(ctx, u.Logger, err)
	case err != nil, t.state == nil:
		return nil, inScheme(p.dpop, errBearer())
	}
	return t, nil
}

func errBearer() *oidc.Error {
	return oidc.NewError(oidc.InvalidToken, "the access token is expired, revoked, malformed or meant for something else")
}

// claims are what the token's client may know of the customer now.
func (u *UserInfo) claims(ctx context.Context, t *accessToken) (map[string]any, error) {
	asked := requestedClaims(&t.state.Grant).UserInfo
	out := map[string]any{}
	if names := userinfoNames(t.client, t.scopes(), asked); len(names) > 0 {
		held, err := u.Claims.AccountClaims(ctx, t.state.AccountID, t.client, names)
		if err != nil {
			return nil, err
		}
		for name, value := range held {
			out[name] = value
		}
	}
	assurance(out, &t.state.Grant, asked)
	out["sub"] = t.Subject // the ID token's, whatever a claim mapping says
	return out, nil
}

// write answers in plain JSON, or signed where the client registered for it (ID-07).
func (u *UserInfo) write(w http.ResponseWriter, r *http.Request, t *accessToken, claims map[string]any) {
	alg := t.client.Metadata.UserinfoAlg
	if alg == "" {
		oidc.WriteJSON(w, http.StatusOK, claims)
		return
	}
	claims["iss"], claims["aud"] = u.Verifier.Issuer, t.client.ID
	signed, err := u.Verifier.Keys.Sign(alg, keys.KindUserInfo, claims)
	if err != nil {
		oidc.WriteError(w, r, trouble(r.Context(), u.Logger, err))
		return
	}
	h := w.Header()
	h.Set("Content-Type", "application/jwt")
	h.Set("Cache-Control", "no-store")
	h.Set("Pragma", "no-cache")
	w.Write([]byte(signed))
}
