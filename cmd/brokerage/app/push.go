package brokerage

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// pushes reports whether the provider takes a withdrawal as a transaction that the customer
// approves (RFC 9396), in a request that nobody in between can change (RFC 9126).
func (d *discovered) pushes() bool {
	return d.PushedRequests != "" && slices.Contains(d.DetailTypes, "withdrawal")
}

// detail is the transaction as the provider shows it to the customer: the form's own amount,
// and the one registered bank account.
type detail struct {
	Type        string  `json:"type"`
	Amount      int64   `json:"amount"`
	Destination account `json:"destination"`
}

type account struct {
	Bank   string `json:"bank"`
	Branch string `json:"branch"`
	Kind   string `json:"kind"`
	Number string `json:"number"`
	Holder string `json:"holder"`
}

// registered is the invented account that every withdrawal of the sample goes to.
var registered = account{Bank: "みどり銀行", Branch: "本店", Kind: "ordinary", Number: "1234567", Holder: "ご本人名義"}

func transactionOf(w *Withdrawal) []detail {
	return []detail{{Type: "withdrawal", Amount: w.Amount, Destination: registered}}
}

// push sends the parameters of an authorization URL to the provider and returns the URL that
// the browser brings instead.
func (s *Site) push(ctx context.Context, d *discovered, authorization string, details []detail) (string, error) {
	u, err := url.Parse(authorization)
	if err != nil {
		return "", err
	}
	form := u.Query()
	asked, err := json.Marshal(details)
	if err != nil {
		return "", err
	}
	form.Set("authorization_details", string(asked))
	form.Del("acr_values") // the transaction says what it needs
	if s.cfg.PrivateKey != nil {
		assertion, err := s.assertion()
		if err != nil {
			return "", err
		}
		form.Set("client_assertion_type", assertionType)
		form.Set("client_assertion", assertion)
	}
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, d.PushedRequests, strings.NewReader(form.Encode()))
	if err != nil {
		return "", err
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if s.cfg.PrivateKey == nil {
		r.SetBasicAuth(url.QueryEscape(s.cfg.ClientID), url.QueryEscape(s.cfg.ClientSecret))
	}
	resp, err := s.cfg.HTTPClient.Do(r)
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	var answer struct {
		RequestURI string `json:"request_uri"`
		Error      string `json:"error"`
	}
	if err := json.NewDecoder(io.LimitReader(resp.Body, 64<<10)).Decode(&answer); err != nil {
		return "", err
	}
	if resp.StatusCode != http.StatusCreated || answer.RequestURI == "" {
		return "", fmt.Errorf("pushed request refused: %d %q", resp.StatusCode, answer.Error)
	}
	u.RawQuery = url.Values{"client_id": {s.cfg.ClientID}, "request_uri": {answer.RequestURI}}.Encode()
	return u.String(), nil
}
