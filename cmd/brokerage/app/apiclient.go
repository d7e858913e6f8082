package brokerage

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
)

// apiClient is how the web application calls its API.
type apiClient struct {
	base   string
	client *http.Client
}

// apiError is a refusal of the API. Challenge is set when another authentication would
// help (RFC 9470), Code otherwise.
type apiError struct {
	Status    int
	Code      string
	Challenge *stepUp
}

func (e *apiError) Error() string { return fmt.Sprintf("api answered %d %s", e.Status, e.Code) }

// stepUp is what an insufficient_user_authentication challenge asks for.
type stepUp struct {
	ACRValues []string
	MaxAge    string // seconds, or ""
}

func (c apiClient) call(ctx context.Context, method, path, token string, in, out any) error {
	var body io.Reader
	if in != nil {
		b, err := json.Marshal(in)
		if err != nil {
			return err
		}
		body = bytes.NewReader(b)
	}
	req, err := http.NewRequestWithContext(ctx, method, c.base+path, body)
	if err != nil {
		return err
	}
	req.Header.Set("Authorization", "Bearer "+token)
	if in != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	resp, err := c.client.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	limited := io.LimitReader(resp.Body, 1<<20)
	if resp.StatusCode >= 200 && resp.StatusCode < 300 {
		return json.NewDecoder(limited).Decode(out)
	}
	refusal := &apiError{Status: resp.StatusCode}
	var said struct {
		Error string `json:"error"`
	}
	if json.NewDecoder(limited).Decode(&said) == nil {
		refusal.Code = said.Error
	}
	params := bearerParams(resp.Header.Get("WWW-Authenticate"))
	if resp.StatusCode == http.StatusUnauthorized && params["error"] == "insufficient_user_authentication" {
		refusal.Challenge = &stepUp{ACRValues: strings.Fields(params["acr_values"]), MaxAge: seconds(params["max_age"])}
	}
	return refusal
}

// seconds keeps a max_age that is a plain number.
func seconds(s string) string {
	if len(s) > 9 || strings.ContainsFunc(s, func(r rune) bool { return r < '0' || r > '9' }) {
		return ""
	}
	return s
}

// bearerParams reads the auth-params of one Bearer challenge (RFC 9110 section 11.2):
// names without regard to case, values as tokens or quoted strings.
func bearerParams(header string) map[string]string {
	out := map[string]string{}
	scheme, rest, _ := strings.Cut(strings.TrimSpace(header), " ")
	if !slices.Contains([]string{"bearer", "dpop"}, strings.ToLower(scheme)) {
		return out
	}
	for rest = strings.TrimLeft(rest, " ,\t"); rest != ""; rest = strings.TrimLeft(rest, " ,\t") {
		name, after, found := strings.Cut(rest, "=")
		if !found {
			return out
		}
		after = strings.TrimLeft(after, " \t")
		var value string
		if strings.HasPrefix(after, `"`) {
			value, rest = quoted(after[1:])
		} else if i := strings.IndexAny(after, ", \t"); i >= 0 {
			value, rest = after[:i], after[i:]
		} else {
			value, rest = after, ""
		}
		out[strings.ToLower(strings.TrimSpace(name))] = value
	}
	return out
}

// quoted reads up to the closing quote and returns what follows it.
func quoted(s string) (value, rest string) {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '\\' && i+1 < len(s):
			i++
			b.WriteByte(s[i])
		case s[i] == '"':
			return b.String(), s[i+1:]
		default:
			b.WriteByte(s[i])
		}
	}
	return b.String(), ""
}
