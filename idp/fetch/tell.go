package fetch

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
)

// Tell sends a form and returns the status of the answer, whatever it is; the rest of the
// answer is not read. A redirect is an answer like any other. Every error wraps ErrBlocked,
// which asking again will not change, or ErrAnswer.
func (f *Fetcher) Tell(ctx context.Context, rawURL string, form url.Values) (status int, err error) {
	req, err := f.request(ctx, http.MethodPost, rawURL, strings.NewReader(form.Encode()))
	if err != nil {
		return 0, err
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	res, err := f.client.Do(req)
	if errors.Is(err, ErrBlocked) {
		return 0, err
	}
	if err != nil {
		return 0, fmt.Errorf("%w: %v", ErrAnswer, err)
	}
	res.Body.Close()
	return res.StatusCode, nil
}
