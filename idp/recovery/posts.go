package recovery

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/netip"
	"time"

	"sekisho/idp"
	"sekisho/idp/audit"
	"sekisho/idp/authn/emailcode"
	"sekisho/idp/authn/throttle"
	"sekisho/idp/keys"
)

// Errand is the kind of outbox message that asks for a recovery code to be mailed.
const Errand = "recovery_code"

// errandLife is how long a request for a code is worth keeping; the page offers another.
const errandLife = 10 * time.Minute

// Vault seals what waits in the database. *keys.Vault satisfies it.
type Vault interface {
	Seal(p keys.Purpose, context string, plain []byte) ([]byte, error)
	Open(p keys.Purpose, context string, sealed []byte) ([]byte, error)
}

// errand is one request for a mailed code, for a name nobody has too.
type errand struct {
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
	now := h.Now()
	job := errand{Request: v.request, Flow: v.ix.ID, Lang: v.lang, IP: h.ip(r), Record: h.event(r, v, audit.EmailCodeSent, audit.OK,
		map[string]string{"purpose": string(idp.CodeRecover)})}
	plain, err := json.Marshal(job)
	if err != nil {
		return err
	}
	m := idp.OutboxMessage{ID: idp.NewID(), Kind: Errand, CreatedAt: now, NotBefore: now, ExpiresAt: now.Add(errandLife)}
	if m.Payload, err = h.Vault.Seal(keys.PurposeOutbox, m.ID, plain); err != nil {
		return err
	}
	if err := h.Store.AddOutbox(r.Context(), []idp.OutboxMessage{m}); err != nil {
		return err
	}
	h.Committed()
	return nil
}

// Deliver works a request off behind the answer, so that how long an answer takes says
// nothing about whom it is for. A second run finds the code just sent and sends no other.
func (h *Handler) Deliver(ctx context.Context, m idp.OutboxMessage) error {
	plain, err := h.Vault.Open(keys.PurposeOutbox, m.ID, m.Payload)
	if err != nil {
		return err
	}
	var job errand
	if err := json.Unmarshal(plain, &job); err != nil {
		return err
	}
	return h.send(ctx, job)
}

func (h *Handler) send(ctx context.Context, job errand) error {
	q := job.Request
	if q.AccountID == "" {
		err := h.Throttle.Send(ctx, subjectOf(q), "", job.IP)
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
		written.Locale = job.Lang
	}
	_, err = h.Codes.Send(ctx, emailcode.Request{
		Account: &written, To: to, FlowID: job.Flow, Purpose: idp.CodeRecover, IP: job.IP,
		Effects: idp.Effects{Audit: []idp.AuditRecord{job.Record}},
	})
	if errors.Is(err, idp.ErrTooMany) {
		rec := job.Record
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
