package recovery

import (
	"context"
	"errors"
	"net/http"
	"net/netip"
	"time"

	"sekisho/idp"
	"sekisho/idp/audit"
	"sekisho/idp/authn/emailcode"
	"sekisho/idp/authn/throttle"
)

// Errand is the kind of outbox message that asks for a recovery code to be mailed.
const Errand = "recovery_code"

// errandLife is how long a request for a code is worth keeping; the page offers another.
const errandLife = 10 * time.Minute

// job is one request for a mailed code, for a name nobody has too.
type job struct {
	Request request         `json:"request"`
	Flow    string          `json:"flow"`
	Lang    string          `json:"lang"`
	IP      netip.Addr      `json:"ip"`
	Record  idp.AuditRecord `json:"record"` // completed from the request that asked
}

// post writes a request for the mail of a recovery into the outbox, for every name alike:
// one statement that says nothing about whether there is anybody to write to, and nothing
// is lost when this node stops a moment later (RC-01).
func (h *Handler) post(r *http.Request, v *visit) error {
	return h.Errands.Put(r.Context(), Errand, errandLife, job{
		Request: v.request, Flow: v.ix.ID, Lang: v.lang, IP: h.ip(r),
		Record: h.event(r, v, audit.EmailCodeSent, audit.OK, map[string]string{"purpose": string(idp.CodeRecover)}),
	})
}

// Deliver works a request off behind the answer, so that how long an answer takes says
// nothing about whom it is for. A second run finds the code just sent and sends no other.
func (h *Handler) Deliver(ctx context.Context, m idp.OutboxMessage) error {
	var asked job
	if err := h.Errands.Open(m, &asked); err != nil {
		return err
	}
	return h.send(ctx, asked)
}

func (h *Handler) send(ctx context.Context, asked job) error {
	q := asked.Request
	if q.AccountID == "" {
		err := h.Throttle.Send(ctx, subjectOf(q), "", asked.IP)
		if _, refused := throttle.AsRefusal(err); refused {
			return nil
		}
		return err
	}
	account, err := h.Store.Account(ctx, q.AccountID)
	if err != nil {
		return err
	}
	to, err := h.address(ctx, account.ID)
	if errors.Is(err, idp.ErrNotFound) {
		h.Log.WarnContext(ctx, "recovery code not sent: no verified address", "account", account.ID)
		return nil
	}
	if err != nil {
		return err
	}
	written := *account
	if written.Locale == "" {
		written.Locale = asked.Lang
	}
	_, err = h.Codes.Send(ctx, emailcode.Request{
		Account: &written, To: to, FlowID: asked.Flow, Purpose: idp.CodeRecover, IP: asked.IP,
		Effects: idp.Effects{Audit: []idp.AuditRecord{asked.Record}},
	})
	if errors.Is(err, idp.ErrTooMany) {
		rec := asked.Record
		rec.Event, rec.Result = audit.EmailCodeThrottled, audit.Denied
		h.Record(ctx, rec)
		return nil
	}
	h.Committed()
	return err
}

// address is where codes go: the separate security address where there is one (B4), else
// the registered one. idp.ErrNotFound: none is verified.
func (h *Handler) address(ctx context.Context, accountID string) (idp.Email, error) {
	emails, err := h.Store.Emails(ctx, accountID)
	if err != nil {
		return idp.Email{}, err
	}
	for _, purpose := range []idp.EmailPurpose{idp.EmailSecurity, idp.EmailRegistered} {
		for _, e := range emails {
			if e.Verified() && e.Purpose == purpose {
				return e, nil
			}
		}
	}
	return idp.Email{}, idp.ErrNotFound
}
