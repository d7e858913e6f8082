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

// RedemptionStore uses approved transactions up. *storage.Store is one.
type RedemptionStore interface {
	// RedeemTransaction is one conditional act; idp.ErrConsumed for everybody but the first.
	RedeemTransaction(ctx context.Context, grantID string, at time.Time, effects idp.Effects) error
}

// Redemption is the endpoint at which a resource server uses an approved transaction up,
// right before it does what was approved. The answer is an introspection answer (RFC 7662
// 2.2), active for the first who asks and for nobody after it; introspection itself changes
// nothing and says inactive from then on. All fields but Logger are required.
type Redemption struct {
	Clients  Authenticator
	Verifier *Verifier
	Store    RedemptionStore
	Fill     func(ctx context.Context, rec idp.AuditRecord) idp.AuditRecord
	Audit    Recorder
	Logger   *slog.Logger
}

// ServeHTTP answers one redemption.
func (d *Redemption) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	form, e := oidc.ParseForm(w, r)
	if e == nil && !form.Has("token") {
		e = oidc.NewError(oidc.InvalidRequest, "token is missing")
	}
	var caller *idp.Client
	if e == nil {
		caller, e = d.Clients.Authenticate(r, form)
	}
	if e == nil && caller.Public() {
		e = oidc.NewError(oidc.InvalidClient, "client authentication failed")
	}
	if e != nil {
		oidc.WriteError(w, r, e)
		return
	}
	answer, err := d.redeem(r.Context(), caller, form.Get("token"))
	switch {
	case errors.Is(err, idp.ErrRejected), errors.Is(err, idp.ErrConsumed):
		oidc.WriteJSON(w, http.StatusOK, inactive)
	case err != nil:
		oidc.WriteError(w, r, trouble(r.Context(), d.Logger, err))
	default:
		oidc.WriteJSON(w, http.StatusOK, answer)
	}
}

// redeem lets the resource server that the token is for, and nobody else, not even the
// client it was given to, use the transaction up.
func (d *Redemption) redeem(ctx context.Context, caller *idp.Client, presented string) (*zoidc.IntrospectionResponse, error) {
	record := idp.AuditRecord{At: d.Verifier.Now(), Event: audit.TransactionReused, Result: audit.Denied, Actor: audit.ClientApp, ClientID: caller.ID}
	t, err := d.standing(ctx, caller, presented)
	if err == nil {
		record.AccountID, record.Detail = t.state.AccountID, map[string]string{"grant": t.state.ID}
		done := record
		done.Event, done.Result = audit.TransactionRedeemed, audit.OK
		err = d.Store.RedeemTransaction(ctx, t.state.ID, record.At, idp.Effects{Audit: []idp.AuditRecord{d.Fill(ctx, done)}})
	}
	if errors.Is(err, idp.ErrRejected) || errors.Is(err, idp.ErrConsumed) {
		d.Audit.Record(ctx, record)
	}
	if err != nil {
		return nil, err
	}
	return describe(t, record.At), nil
}

func (d *Redemption) standing(ctx context.Context, caller *idp.Client, presented string) (*accessToken, error) {
	claims, err := d.Verifier.parse(presented)
	if err != nil {
		return nil, err
	}
	if !claims.forResource(caller.Metadata.ResourceServer) || len(claims.Details) == 0 {
		return nil, errToken
	}
	t, err := d.Verifier.standing(ctx, claims)
	if err == nil && t.state == nil {
		return nil, errToken
	}
	return t, err
}
