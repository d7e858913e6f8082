package brokerage

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"time"

	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"
)

// Settled is what settlement answers, the service behind the API that settles orders. The API
// goes on to it for the customer who called: it exchanges the customer's token for one that is
// for settlement alone (RFC 8693).
type Settled struct {
	On string `json:"settles_on"` // a date
	By string `json:"instructed_by"`
}

// instruction is what the API sends to settlement.
type instruction struct {
	Reference string `json:"reference"`
	Order     Order  `json:"order"`
}

// settle instructs settlement about an order that was filled. It is filled all the same when
// settlement cannot be reached: then there is no date yet.
func (a *API) settle(r *http.Request, done *Receipt) {
	if a.cfg.Settlement == "" {
		return
	}
	_, subject, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	settled, err := a.instruct(r.Context(), subject, instruction{Reference: done.Reference, Order: *done.Order})
	if err != nil {
		a.cfg.Logger.LogAttrs(r.Context(), slog.LevelWarn, "settlement not instructed", slog.String("error", err.Error()))
		return
	}
	done.Settlement = settled
}

func (a *API) instruct(ctx context.Context, subject string, i instruction) (*Settled, error) {
	token, err := a.onBehalf(ctx, subject)
	if err != nil {
		return nil, err
	}
	body, err := json.Marshal(i)
	if err != nil {
		return nil, err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, a.cfg.BaseURL+"/settlement/instructions", bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	r.Header.Set("Content-Type", "application/json")
	token.SetAuthHeader(r)
	resp, err := a.cfg.HTTPClient.Do(r)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusCreated {
		return nil, fmt.Errorf("settlement answers %d", resp.StatusCode)
	}
	var settled Settled
	return &settled, json.NewDecoder(http.MaxBytesReader(nil, resp.Body, 16<<10)).Decode(&settled)
}

// onBehalf exchanges the token the API was called with.
func (a *API) onBehalf(ctx context.Context, subject string) (*oauth2.Token, error) {
	d, err := a.issuer.discover(ctx)
	if err != nil {
		return nil, err
	}
	exchange := clientcredentials.Config{
		ClientID: a.cfg.APIClientID, ClientSecret: a.cfg.APIClientSecret, TokenURL: d.Endpoint().TokenURL, AuthStyle: oauth2.AuthStyleInHeader,
		EndpointParams: url.Values{
			"grant_type":         {"urn:ietf:params:oauth:grant-type:token-exchange"},
			"subject_token":      {subject},
			"subject_token_type": {"urn:ietf:params:oauth:token-type:access_token"},
			"resource":           {a.cfg.Settlement},
		},
	}
	return exchange.Token(context.WithValue(ctx, oauth2.HTTPClient, a.cfg.HTTPClient))
}

// settlement is the service itself: another resource server, with rules of its own.
func (a *API) settlement(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	r.Body = http.MaxBytesReader(w, r.Body, 16<<10)
	t, err := validate(r.Context(), a.issuer, a.cfg.Settlement, r, a.cfg.Now, a.keys)
	switch {
	case errors.Is(err, errNoToken), errors.Is(err, errBadToken), errors.Is(err, errBadProof):
		w.Header().Set("WWW-Authenticate", `Bearer error="invalid_token"`)
		problem(w, http.StatusUnauthorized, "invalid_token")
		return
	case err != nil:
		problem(w, http.StatusServiceUnavailable, "unavailable")
		return
	case t.Actor.Subject != "client:"+a.cfg.APIClientID: // nobody but the API acts here
		problem(w, http.StatusForbidden, "forbidden")
		return
	case !tradeRule.satisfied(t, a.cfg.Now()): // the customer's proof came along, unchanged
		tradeRule.challenge(w, t)
		return
	}
	var i instruction
	if !decode(w, r, &i) {
		return
	}
	reply(w, http.StatusCreated, Settled{On: settlementDay(a.cfg.Now()).Format(time.DateOnly), By: t.Actor.Subject})
}

// settlementDay is two business days on in Tokyo; the sample firm knows no holidays.
func settlementDay(now time.Time) time.Time {
	day := now.In(japan)
	for left := 2; left > 0; {
		day = day.AddDate(0, 0, 1)
		if day.Weekday() != time.Saturday && day.Weekday() != time.Sunday {
			left--
		}
	}
	return day
}
