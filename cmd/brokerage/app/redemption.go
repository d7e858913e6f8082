package brokerage

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strings"
	"sync/atomic"
	"time"
)

// redemption is how the API uses up what a customer approved, at the provider: a token is
// for one withdrawal however many servers the API has, and whatever becomes of this one.
type redemption struct {
	issuer     *issuer
	id, secret string // of the API itself, not of the web application
	client     *http.Client
}

// What became of an approval when the provider did not say that it is used up now.
const (
	approvalGood    = "approval_good"    // not used: the next try needs no other
	approvalUsed    = "approval_used"    // used, and nothing was done for it
	approvalUnknown = "approval_unknown" // one of the two
)

// redemptionError: the provider could not be asked, or did not answer. Code says what that
// means for the approval.
type redemptionError struct {
	Code string
	err  error
}

func (e *redemptionError) Error() string { return "transaction not redeemed: " + e.err.Error() }
func (e *redemptionError) Unwrap() error { return e.err }

// redeemedToken is the provider's answer, in the form of RFC 7662 section 2.2.
type redeemedToken struct {
	Active  bool            `json:"active"`
	Subject string          `json:"sub"`
	Details json.RawMessage `json:"authorization_details"`
}

// answerTime is how long the API waits for an answer; two of them are less than its callers wait.
const answerTime = 4 * time.Second

// use uses the approval up. An answer that is not active belongs to a token that was used
// before or withdrawn since; no answer is a *redemptionError.
func (r redemption) use(ctx context.Context, token string) (redeemedToken, error) {
	d, err := r.issuer.discover(ctx)
	if err == nil && (d.Redemption == "" || r.secret == "") {
		err = errors.New("the provider has no redemption endpoint, or the API is not registered there")
	}
	if err != nil {
		return redeemedToken{}, &redemptionError{approvalGood, err} // nobody was asked
	}
	var sent atomic.Bool
	answer, err := r.ask(httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		WroteHeaders: func() { sent.Store(true) },
	}), d.Redemption, token)
	switch {
	case err == nil:
		return answer, nil
	case !sent.Load() || errors.Is(err, errRefused):
		return answer, &redemptionError{approvalGood, err}
	}
	return answer, &redemptionError{r.standing(ctx, d, token), err}
}

// standing asks what became of the approval, which changes nothing.
func (r redemption) standing(ctx context.Context, d *discovered, token string) string {
	if d.Introspection == "" {
		return approvalUnknown
	}
	switch answer, err := r.ask(ctx, d.Introspection, token); {
	case err != nil:
		return approvalUnknown
	case answer.Active:
		return approvalGood
	}
	return approvalUsed
}

// errRefused: the provider refused the request as such, before it looked at the token.
var errRefused = errors.New("request refused")

func (r redemption) ask(ctx context.Context, endpoint, token string) (redeemedToken, error) {
	var answer redeemedToken
	ctx, cancel := context.WithTimeout(ctx, answerTime)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, endpoint, strings.NewReader(url.Values{"token": {token}}.Encode()))
	if err != nil {
		return answer, err
	}
	req.GetBody = nil // never sent twice by itself
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Accept", "application/json")
	req.SetBasicAuth(url.QueryEscape(r.id), url.QueryEscape(r.secret))
	resp, err := r.client.Do(req)
	if err != nil {
		return answer, err
	}
	defer resp.Body.Close()
	if resp.StatusCode >= 400 && resp.StatusCode < 500 {
		return answer, fmt.Errorf("%w: %d", errRefused, resp.StatusCode)
	}
	if resp.StatusCode != http.StatusOK {
		return answer, fmt.Errorf("answered %d", resp.StatusCode)
	}
	return answer, json.NewDecoder(io.LimitReader(resp.Body, 64<<10)).Decode(&answer)
}
