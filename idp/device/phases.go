package device

import (
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"sekisho/idp"
	"sekisho/idp/audit"
	"sekisho/idp/oidc"
)

func (e *Endpoint) parse(r *request) (err *oidc.Error) {
	r.form, err = oidc.ParseForm(r.w, r.http)
	return err
}

func (e *Endpoint) authenticate(r *request) (err *oidc.Error) {
	r.client, err = e.Clients.Authenticate(r.http, r.form)
	return err
}

// limit counts by client. A public one proves nothing, so anybody could use its allowance
// up; it is counted by where it asks from as well.
func (e *Endpoint) limit(r *request) *oidc.Error {
	key := "device:" + r.client.ID
	if r.client.Public() {
		key += ":" + e.ClientIP(r.http)
	}
	ok, wait, err := e.Store.TakeToken(r.http.Context(), key, e.Limit, e.Now())
	if err != nil {
		return e.trouble(r, err)
	}
	if ok {
		return nil
	}
	r.w.Header().Set("Retry-After", strconv.FormatInt(int64((wait+time.Second-1)/time.Second), 10))
	tooMany := oidc.NewError(oidc.TemporarilyUnavailable, "too many devices ask")
	tooMany.Status = http.StatusTooManyRequests
	return tooMany
}

func (e *Endpoint) check(r *request) (err *oidc.Error) {
	r.asked, err = oidc.CheckDevice(r.form, r.client, e.Rules)
	return err
}

// once refuses operations that are proved anew each time: a device takes its tokens when it
// likes, long after the customer turned to something else.
func (e *Endpoint) once(r *request) *oidc.Error {
	if values, _ := r.asked.AskedACR(); slices.ContainsFunc(values, e.SingleUse) {
		return oidc.NewError(oidc.InvalidRequest, "acr_values names an operation that has to be proved anew each time, which a device cannot ask for")
	}
	return nil
}

// bind lets the approval be redeemed with the proved key only (RFC 9449 5).
func (e *Endpoint) bind(r *request) (err *oidc.Error) {
	r.asked.DPoPKey, err = e.Proofs.Key(r.http)
	return err
}

// spellings is how many user codes are tried until one is free.
const spellings = 5

func (e *Endpoint) keep(r *request) *oidc.Error {
	secret, now := idp.NewSecret(), e.Now()
	code := idp.DeviceCode{
		Hash: idp.HashSecret(secret), ClientID: r.client.ID, DPoPKey: r.asked.DPoPKey,
		CreatedAt: now, ExpiresAt: now.Add(e.Lifetime), PollSeconds: int(e.Interval / time.Second),
	}
	*r.asked.Device = oidc.DeviceAsking{Hash: code.Hash, IP: e.ClientIP(r.http), UserAgent: userAgent(r.http), At: now.Unix(), Until: code.ExpiresAt.Unix()}
	var err error
	if code.Request, err = json.Marshal(r.asked); err != nil {
		return e.trouble(r, err)
	}
	var shown string
	for range spellings {
		letters := NewUserCode()
		shown, code.UserCode = Show(letters), e.UserCodeMAC(letters)
		if err = e.Store.AddDeviceCode(r.http.Context(), code); !errors.Is(err, idp.ErrExists) {
			break
		}
	}
	if err != nil {
		return e.trouble(r, err)
	}
	e.Audit.Record(r.http.Context(), idp.AuditRecord{
		At: now, Event: audit.DeviceRequested, Result: audit.OK, Actor: audit.ClientApp, ClientID: r.client.ID,
		Detail: map[string]string{"scope": strings.Join(r.asked.Scopes, " ")},
	})
	page := e.Issuer + Path
	r.answer = answer{secret, shown, page, page + "?user_code=" + shown, int64(e.Lifetime / time.Second), int64(e.Interval / time.Second)}
	return nil
}

const maxUserAgent = 255

func userAgent(r *http.Request) string {
	agent := strings.ToValidUTF8(r.UserAgent(), "")
	if len(agent) > maxUserAgent {
		agent = strings.ToValidUTF8(agent[:maxUserAgent], "")
	}
	return agent
}

// trouble is the answer when the provider itself failed; what failed goes to the log only.
func (e *Endpoint) trouble(r *request, err error) *oidc.Error {
	if e.Logger != nil {
		e.Logger.ErrorContext(r.http.Context(), "device authorization request", "client", r.client.ID, "error", err)
	}
	if errors.Is(err, idp.ErrUnavailable) {
		return oidc.NewError(oidc.TemporarilyUnavailable, "try again later")
	}
	return oidc.NewError(oidc.ServerError, "the request could not be processed")
}
