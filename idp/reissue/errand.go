package reissue

import (
	"context"
	"net/http"
	"time"

	"sekisho/idp"
	"sekisho/idp/audit"
	"sekisho/idp/authn/throttle"
)

// Errand is the kind of outbox message that asks for a letter.
const Errand = "reissue"

// errandLife is how long a request is worth working off; the mail that tells of it should
// not come as a surprise days later.
const errandLife = time.Hour

// asked is what was typed, as it is compared.
type asked struct {
	Login     string `json:"login"`
	Birthdate string `json:"birthdate"`
	Postal    string `json:"postal"`
}

// job is one request, for a name nobody has too.
type job struct {
	Asked   asked         `json:"asked"`
	Alarm   bool          `json:"alarm"` // of its attempt
	Request audit.Request `json:"request"`
}

// post writes a request into the outbox, for every name alike: the answer says nothing
// about what matched, and nothing is lost when this node stops a moment later.
func (h *Handler) post(r *http.Request, a asked, attempt throttle.Attempt) error {
	return h.Errands.Put(r.Context(), Errand, errandLife, job{Asked: a, Alarm: attempt.Alarm, Request: audit.RequestFrom(r.Context())})
}

// Deliver works a request off behind the answer. A second run finds the letter waiting and
// queues no other.
func (h *Handler) Deliver(ctx context.Context, m idp.OutboxMessage) error {
	var left job
	if err := h.Errands.Open(m, &left); err != nil {
		return err
	}
	attempt := h.Throttle.Counted(factor, throttle.Unknown(left.Asked.Login))
	attempt.Alarm = left.Alarm
	return h.decide(audit.WithRequest(ctx, left.Request), left.Asked, attempt)
}
