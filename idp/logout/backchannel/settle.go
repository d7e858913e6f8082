package backchannel

import (
	"context"
	"crypto/rand"
	"errors"
	"log/slog"
	"math/big"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"sekisho/idp"
	"sekisho/idp/audit"
	"sekisho/idp/fetch"
)

// outcome is what became of one attempt. class says why it is not delivered: a fixed word
// or a status, never an address or text of the other side.
type outcome struct {
	delivered bool
	again     bool
	class     string
}

// settle makes one attempt and notes what became of it. If the note cannot be written the
// lease runs out and the client is told again: at least once, never lost.
func (w *Worker) settle(ctx context.Context, d idp.LogoutDelivery) {
	now := w.opt.Now()
	result := outcome{class: "too_late"}
	if now.Before(d.CreatedAt.Add(w.opt.GiveUp)) {
		result = w.tell(ctx, d, now)
	} else if d.LastError != "" {
		result.class = d.LastError
	}
	var err error
	name := GivenUp
	switch {
	case result.again:
		name = Retried
		err = w.opt.Store.LogoutPutOff(ctx, d.ID, w.opt.Now().Add(w.delay(d.Attempts)), result.class)
	default:
		if result.delivered {
			name = Delivered
		}
		err = w.opt.Store.LogoutSettled(ctx, d.ID, idp.Effects{Audit: []idp.AuditRecord{w.record(d, result)}})
	}
	if w.opt.Metrics.Outcome != nil {
		w.opt.Metrics.Outcome(name)
	}
	level := slog.LevelInfo
	if !result.delivered {
		level = slog.LevelWarn
	}
	w.opt.Logger.LogAttrs(ctx, level, "relying party told of a logout", slog.String("outcome", name),
		slog.String("client_id", d.ClientID), slog.Int("attempts", d.Attempts), slog.String("class", result.class))
	if err != nil {
		w.opt.Logger.LogAttrs(ctx, slog.LevelError, "outcome of a logout delivery not recorded; its lease will run out",
			slog.String("delivery_id", d.ID), slog.String("error", err.Error()))
	}
}

// tell signs a token and sends it (OIDC Back-Channel Logout 2.5).
func (w *Worker) tell(ctx context.Context, d idp.LogoutDelivery, now time.Time) outcome {
	client, err := w.opt.Clients.Client(ctx, d.ClientID)
	if errors.Is(err, idp.ErrNotFound) || err == nil && (client.Disabled || client.Metadata.BackChannelLogoutURI == "") {
		return outcome{class: "no_receiver"}
	}
	if err != nil {
		return outcome{again: true, class: "database"}
	}
	account, err := w.opt.Store.Account(ctx, d.AccountID)
	if errors.Is(err, idp.ErrNotFound) {
		return outcome{class: "no_account"}
	}
	if err != nil {
		return outcome{again: true, class: "database"}
	}
	token, err := w.opt.Minter.LogoutToken(client, account.Subject, d.SID, now)
	if err != nil {
		return outcome{again: true, class: "signing"}
	}
	// A telling must not outlive its lease: another node would send a second one meanwhile.
	ctx, cancel := context.WithTimeout(ctx, w.opt.Lease*3/4)
	defer cancel()
	return judge(w.opt.Teller.Tell(ctx, client.Metadata.BackChannelLogoutURI, url.Values{"logout_token": {token}}))
}

// judge decides whether asking again can help (LO-06): the other side being down or out of
// reach passes, its no does not, and a redirect is a no.
func judge(status int, err error) outcome {
	switch {
	case errors.Is(err, fetch.ErrBlocked):
		return outcome{class: "blocked"}
	case err != nil:
		return outcome{again: true, class: "no_answer"}
	case status == http.StatusOK || status == http.StatusNoContent:
		return outcome{delivered: true}
	case status >= http.StatusInternalServerError:
		return outcome{again: true, class: "status_" + strconv.Itoa(status)}
	}
	return outcome{class: "status_" + strconv.Itoa(status)}
}

// delay doubles from Base to Max with half of it random, so that a relying party that
// comes back is not met by everything that waits in the same second.
func (w *Worker) delay(attempts int) time.Duration {
	d := w.opt.Max
	if before := max(attempts-1, 0); before < 20 && w.opt.Base<<before < w.opt.Max { // the lease has counted this attempt
		d = w.opt.Base << before
	}
	n, err := rand.Int(rand.Reader, big.NewInt(int64(d/2)+1))
	if err != nil {
		return d
	}
	return d/2 + time.Duration(n.Int64())
}

func (w *Worker) record(d idp.LogoutDelivery, o outcome) idp.AuditRecord {
	rec := idp.AuditRecord{
		At: w.opt.Now(), Event: audit.LogoutTold, Result: audit.OK, Actor: audit.System,
		AccountID: d.AccountID, ClientID: d.ClientID, SessionID: d.SessionID,
		Detail: map[string]string{"reason": d.Reason, "attempts": strconv.Itoa(d.Attempts)},
	}
	if !o.delivered {
		rec.Event, rec.Result, rec.Reason = audit.LogoutUntold, audit.Failed, o.class
	}
	return rec
}
