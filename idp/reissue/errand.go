package reissue

import (
	"context"
	"encoding/json"
	"net/http"
	"time"

	"sekisho/idp"
	"sekisho/idp/audit"
	"sekisho/idp/authn/throttle"
	"sekisho/idp/keys"
)

// Errand is the kind of outbox message that asks for a letter.
const Errand = "reissue"

// errandLife is how long a request is worth working off; the mail that tells of it should
// not come as a surprise days later.
const errandLife = time.Hour

// Vault seals what waits in the database. *keys.Vault satisfies it.
type Vault interface {
	Seal(p keys.Purpose, context string, plain []byte) ([]byte, error)
	Open(p keys.Purpose, context string, sealed []byte) ([]byte, error)
}

// asked is what was typed, as it is compared.
type asked struct {
	Login     string `json:"login"`
	Birthdate string `json:"birthdate"`
	Postal    string `json:"postal"`
}

// errand is one request, for a name nobody has too.
type errand struct {
	Asked   asked         `json:"asked"`
	Alarm   bool          `json:"alarm"` // of its attempt
	Request audit.Request `json:"request"`
}

// post writes a request into the outbox, for every name alike: the answer says nothing
// about what matched, and nothing is lost when this node stops a moment later.
func (h *Handler) post(r *http.Request, a asked, attempt throttle.Attempt) error {
	plain, err := json.Marshal(errand{Asked: a, Alarm: attempt.Alarm, Request: audit.RequestFrom(r.Context())})
	if err != nil {
		return err
	}
	now := h.Now()
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

// Deliver works a request off behind the answer. A second run finds the letter waiting and
// queues no other.
func (h *Handler) Deliver(ctx context.Context, m idp.OutboxMessage) error {
	plain, err := h.Vault.Open(keys.PurposeOutbox, m.ID, m.Payload)
	if err != nil {
		return err
	}
	var job errand
	if err := json.Unmarshal(plain, &job); err != nil {
		return err
	}
	attempt := h.Throttle.Counted(factor, throttle.Unknown(job.Asked.Login))
	attempt.Alarm = job.Alarm
	return h.decide(audit.WithRequest(ctx, job.Request), job.Asked, attempt)
}
