package register

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"

	"sekisho/idp"
	"sekisho/idp/audit"
	"sekisho/idp/oidc"
)

// answer is the client information response (RFC 7591 section 3.2.1, RFC 7592 section 3):
// everything that is registered now, the secret when it is new, and the token by which the
// registration is managed from now on.
func (h *Handler) answer(w http.ResponseWriter, r *http.Request, status int, client *idp.Client, secret, token string) {
	out := map[string]any{}
	raw, err := json.Marshal(client.Metadata)
	if err == nil {
		err = json.Unmarshal(raw, &out)
	}
	if err != nil {
		h.failed(w, r, err)
		return
	}
	for name := range out {
		if strings.HasPrefix(name, operatorPrefix) {
			delete(out, name)
		}
	}
	out["client_id"], out["client_id_issued_at"] = client.ID, client.CreatedAt.Unix()
	if secret != "" {
		out["client_secret"], out["client_secret_expires_at"] = secret, 0
	}
	out["registration_access_token"], out["registration_client_uri"] = token, h.URL+"/"+client.ID
	oidc.WriteJSON(w, status, out)
}

// bearer is the token of the Authorization header (RFC 6750 section 2.1), the only place
// one may be in.
func bearer(r *http.Request) (token string, sent bool, e *oidc.Error) {
	headers := r.Header.Values("Authorization")
	if len(headers) > 1 {
		return "", false, oidc.NewError(oidc.InvalidRequest, "more than one Authorization header")
	}
	if len(headers) == 0 {
		return "", false, nil
	}
	scheme, value, _ := strings.Cut(headers[0], " ")
	if !strings.EqualFold(scheme, "Bearer") || strings.TrimSpace(value) == "" {
		return "", false, errToken()
	}
	return strings.TrimSpace(value), true, nil
}

// errToken is one answer for a token that is unknown, used up, expired, revoked or
// somebody else's.
func errToken() *oidc.Error {
	return oidc.NewError(oidc.InvalidToken, "the token is not one that is good for this")
}

// errMissing has no code: its challenge says no more than the scheme (RFC 6750 section 3.1).
func errMissing() *oidc.Error { return &oidc.Error{Status: http.StatusUnauthorized} }

func (h *Handler) refuse(w http.ResponseWriter, r *http.Request, clientID string, e *oidc.Error) {
	switch {
	case e.HTTPStatus() >= http.StatusInternalServerError:
		oidc.WriteError(w, r, e)
		return
	case e.Code == "":
		w.Header().Set("WWW-Authenticate", "Bearer")
		oidc.WriteJSON(w, http.StatusUnauthorized, struct{}{})
	case e.Code == oidc.InvalidToken:
		oidc.WriteBearerError(w, e)
	default:
		oidc.WriteError(w, r, e)
	}
	reason := string(e.Code)
	if reason == "" {
		reason = "no_token"
	}
	h.Record(r.Context(), idp.AuditRecord{
		At: h.Now(), Event: audit.ClientRegistrationRejected, Result: audit.Denied, Reason: reason, Actor: audit.ClientApp, ClientID: clientID,
	})
}

func (h *Handler) failed(w http.ResponseWriter, r *http.Request, err error) {
	oidc.WriteError(w, r, h.trouble(r.Context(), err))
}

// trouble is the answer when a dependency failed; what failed goes to the log only.
func (h *Handler) trouble(ctx context.Context, err error) *oidc.Error {
	h.Log.ErrorContext(ctx, "client registration", "error", err)
	if errors.Is(err, idp.ErrUnavailable) {
		return oidc.NewError(oidc.TemporarilyUnavailable, "try again later")
	}
	return oidc.NewError(oidc.ServerError, "the request could not be processed")
}
