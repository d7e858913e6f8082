package inform

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"time"

	"sekisho/idp"
	"sekisho/idp/audit"
	"sekisho/idp/httpsafe"
	"sekisho/idp/notify"
	"sekisho/idp/oidc"
)

// Store is what accepting a notice needs. *storage.Store satisfies it.
type Store interface {
	AccountBySubject(ctx context.Context, subject string) (*idp.Account, error)
	Emails(ctx context.Context, accountID string) ([]idp.Email, error)
	TakeToken(ctx context.Context, key string, l idp.RateLimit, now time.Time) (ok bool, retryAfter time.Duration, err error)
	// AcceptNotice writes the effects once per request; a retry is a replay, another body
	// under the same id idp.ErrConflict.
	AcceptNotice(ctx context.Context, n idp.NoticeRequest, effects idp.Effects) (replayed bool, err error)
}

// Verifier decides who asks. *token.Verifier satisfies it.
type Verifier interface {
	ClientToken(ctx context.Context, r *http.Request, scope string) (*idp.Client, *oidc.Error, error)
}

// Withdrawals tells customers of withdrawal requests. All fields are required.
type Withdrawals struct {
	Verifier  Verifier
	Store     Store
	Mail      *notify.Composer
	Client    idp.RateLimit // requests of one relying party
	Account   idp.RateLimit // notices to one customer
	Fill      func(ctx context.Context, rec idp.AuditRecord) idp.AuditRecord
	Record    func(ctx context.Context, rec idp.AuditRecord)
	Log       *slog.Logger
	Now       func() time.Time
	Committed func() // mails were queued; wakes the outbox
}

// remembered is how long an idempotency key stands: longer than a request may be old.
const remembered = 2 * tooOld

// ServeHTTP answers one request with 202 when the mail is queued, or was before.
func (h *Withdrawals) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	client, refused, err := h.Verifier.ClientToken(r.Context(), r, oidc.ScopeNotifyWithdrawal)
	switch {
	case err != nil:
		h.failed(w, r, err)
		return
	case refused != nil && refused.Code == "":
		oidc.WriteBearerError(w, nil)
		return
	case refused != nil:
		h.Record(r.Context(), idp.AuditRecord{Event: audit.TokenRejected, Result: audit.Denied, Reason: string(refused.Code), Actor: audit.ClientApp})
		oidc.WriteBearerError(w, refused)
		return
	}
	if e, err := h.accept(w, r, client); err != nil {
		h.failed(w, r, err)
		return
	} else if e != nil {
		h.Record(r.Context(), idp.AuditRecord{
			Event: audit.NoticeRejected, Result: audit.Denied, Reason: strconv.Itoa(e.HTTPStatus()), Actor: audit.ClientApp, ClientID: client.ID,
		})
		oidc.WriteError(w, r, e)
		return
	}
	oidc.WriteJSON(w, http.StatusAccepted, map[string]string{"status": "accepted"})
}

func refuse(status int, description string) *oidc.Error {
	e := oidc.NewError(oidc.InvalidRequest, description)
	e.Status = status
	return e
}

// accept works a request of a client off. An error means that a dependency failed.
func (h *Withdrawals) accept(w http.ResponseWriter, r *http.Request, client *idp.Client) (*oidc.Error, error) {
	ctx := r.Context()
	if e, err := h.within(ctx, w, "notice:client:"+client.ID, h.Client); e != nil || err != nil {
		return e, err
	}
	id := requestID(r, client.ID)
	if id == nil {
		return refuse(http.StatusBadRequest, "the header Idempotency-Key must hold 16 to 64 letters, digits, hyphens or underscores"), nil
	}
	asked, err := read(w, r, h.Now())
	var body *httpsafe.BodyError
	switch {
	case errors.As(err, &body):
		return refuse(body.Status, "the body must be one JSON object of strings"), nil
	case errors.Is(err, idp.ErrRejected):
		what, _, _ := strings.Cut(err.Error(), ": ")
		return refuse(http.StatusBadRequest, what), nil
	case err != nil:
		return nil, err
	}
	account, err := h.Store.AccountBySubject(ctx, asked.subject)
	if errors.Is(err, idp.ErrNotFound) {
		return refuse(http.StatusNotFound, "no customer has this sub"), nil
	}
	if err != nil {
		return nil, err
	}
	if e, err := h.within(ctx, w, "notice:account:"+account.ID, h.Account); e != nil || err != nil {
		return e, err
	}
	return h.queue(ctx, client, account, asked, id)
}

// within takes one from a rate, or refuses with Retry-After.
func (h *Withdrawals) within(ctx context.Context, w http.ResponseWriter, key string, limit idp.RateLimit) (*oidc.Error, error) {
	ok, wait, err := h.Store.TakeToken(ctx, key, limit, h.Now())
	if err != nil || ok {
		return nil, err
	}
	w.Header().Set("Retry-After", strconv.Itoa(int(max(wait, time.Second).Round(time.Second)/time.Second)))
	return refuse(http.StatusTooManyRequests, "too many notices; see Retry-After"), nil
}

// queue commits the mails, the trail and the idempotency key together.
func (h *Withdrawals) queue(ctx context.Context, client *idp.Client, account *idp.Account, asked *withdrawal, id []byte) (*oidc.Error, error) {
	emails, err := h.Store.Emails(ctx, account.ID)
	if err != nil {
		return nil, err
	}
	var effects idp.Effects
	for _, to := range notify.Recipients(notify.WithdrawalRequested, emails) {
		mail, err := h.Mail.Compose(notify.WithdrawalRequested, to, account.Locale, notify.Data{At: asked.at, Amount: asked.amount, Destination: asked.destination})
		if err != nil {
			return nil, err
		}
		effects.Outbox = append(effects.Outbox, mail)
	}
	if len(effects.Outbox) == 0 {
		return refuse(http.StatusUnprocessableEntity, "the customer has no verified mail address"), nil
	}
	effects.Audit = []idp.AuditRecord{h.Fill(ctx, idp.AuditRecord{
		At: h.Now(), Event: audit.NoticeAccepted, Result: audit.OK, Actor: audit.ClientApp, ClientID: client.ID, AccountID: account.ID,
		Detail: map[string]string{"kind": string(notify.WithdrawalRequested), "mails": strconv.Itoa(len(effects.Outbox))},
	})}
	_, err = h.Store.AcceptNotice(ctx, idp.NoticeRequest{ID: id, ClientID: client.ID, BodyHash: asked.hash, ExpiresAt: h.Now().Add(remembered)}, effects)
	if errors.Is(err, idp.ErrConflict) {
		return refuse(http.StatusConflict, "the Idempotency-Key was used for another request"), nil
	}
	if err == nil {
		h.Committed()
	}
	return nil, err
}

func (h *Withdrawals) failed(w http.ResponseWriter, r *http.Request, err error) {
	h.Log.ErrorContext(r.Context(), "notice not accepted", "error", err)
	e := oidc.NewError(oidc.ServerError, "")
	if errors.Is(err, idp.ErrUnavailable) {
		e = oidc.NewError(oidc.TemporarilyUnavailable, "")
	}
	oidc.WriteError(w, r, e)
}
