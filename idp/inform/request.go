package inform

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"time"

	"sekisho/idp"
	"sekisho/idp/httpsafe"
	"sekisho/idp/notify"
)

const (
	tooOld   = 24 * time.Hour  // a notice is worth delivering for a day
	tooEarly = 5 * time.Minute // clocks differ
)

// withdrawal is a checked request.
type withdrawal struct {
	subject     string
	amount      notify.Money
	destination string
	at          time.Time
	hash        []byte // of what was sent
}

var subjectShape = regexp.MustCompile(`^[\x21-\x7e]{1,255}$`)

// members are all a request may have, and each of them it must.
var members = []string{"sub", "amount", "currency", "destination_masked", "requested_at"}

// read checks the body. Its errors are *httpsafe.BodyError or say which member is wrong,
// never what stood there.
func read(w http.ResponseWriter, r *http.Request, now time.Time) (*withdrawal, error) {
	var sent map[string]string // not a struct: its member names would match in any case
	if err := httpsafe.DecodeJSON(w, r, &sent); err != nil {
		return nil, err
	}
	for _, name := range members {
		if _, ok := sent[name]; !ok {
			return nil, fmt.Errorf("%s is missing: %w", name, idp.ErrRejected)
		}
	}
	if len(sent) != len(members) {
		return nil, fmt.Errorf("a member is not known: %w", idp.ErrRejected)
	}
	out := &withdrawal{subject: sent["sub"]}
	if !subjectShape.MatchString(out.subject) {
		return nil, fmt.Errorf("sub is not a subject: %w", idp.ErrRejected)
	}
	var err error
	if out.amount, err = notify.ParseMoney(sent["amount"], sent["currency"]); err != nil {
		return nil, fmt.Errorf("amount is not a positive decimal of a known currency: %w", err)
	}
	if out.destination, err = notify.MaskedAccount(sent["destination_masked"]); err != nil {
		return nil, fmt.Errorf("destination_masked is not a masked account number: %w", err)
	}
	out.at, err = time.Parse(time.RFC3339, sent["requested_at"])
	if err != nil || out.at.Before(now.Add(-tooOld)) || out.at.After(now.Add(tooEarly)) {
		return nil, fmt.Errorf("requested_at is not an RFC 3339 time of the last 24 hours: %w", idp.ErrRejected)
	}
	canonical, err := json.Marshal(sent) // members in order
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(canonical)
	out.hash = sum[:]
	return out, nil
}

var keyShape = regexp.MustCompile(`^[A-Za-z0-9_-]{16,64}$`)

// requestID names the request by its client and Idempotency-Key; nil when the header is
// missing, repeated or not 16 to 64 letters, digits, hyphens and underscores.
func requestID(r *http.Request, clientID string) []byte {
	keys := r.Header.Values("Idempotency-Key")
	if len(keys) != 1 || !keyShape.MatchString(keys[0]) {
		return nil
	}
	sum := sha256.Sum256([]byte(clientID + "\x00" + keys[0]))
	return sum[:]
}
