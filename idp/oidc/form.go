package oidc

import (
	"errors"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"sekisho/idp/httpsafe"
)

// Form is the body of a protocol POST in which every parameter was sent once, except
// those that may repeat.
type Form struct {
	values url.Values
}

// Get is a parameter's value, or "" when it was absent or empty, which mean the same.
func (f Form) Get(name string) string { return f.values.Get(name) }

// List is every non-empty value of a parameter that may repeat (resource, audience).
func (f Form) List(name string) []string {
	return slices.DeleteFunc(slices.Clone(f.values[name]), func(v string) bool { return v == "" })
}

// Has reports whether a parameter was sent with a value.
func (f Form) Has(name string) bool { return f.Get(name) != "" }

// FormOf makes a Form from single values, for callers that hold no request.
func FormOf(values map[string]string) Form {
	f := Form{values: url.Values{}}
	for name, value := range values {
		f.values.Set(name, value)
	}
	return f
}

// ParseForm reads the body of a token, revocation or introspection request (RFC 6749
// section 3.2). It refuses other methods and media types, a content coding, a query
// string (a secret in it would be logged on the way), a body over httpsafe.MaxFormBytes, a
// parameter sent twice, and names that only look like protocol parameters. The Error
// carries the HTTP status.
func ParseForm(w http.ResponseWriter, r *http.Request) (Form, *Error) {
	if r.Method != http.MethodPost {
		w.Header().Set("Allow", http.MethodPost)
		return Form{}, withStatus(http.StatusMethodNotAllowed, "the endpoint answers POST only")
	}
	if r.URL.RawQuery != "" || r.URL.ForceQuery {
		return Form{}, NewError(InvalidRequest, "parameters belong in the request body, not in the URL")
	}
	values, err := readForm(w, r)
	if err != nil {
		return Form{}, err
	}
	return once(values)
}

// ParseQuery reads the query of an endpoint that also answers GET, under the rules of
// ParseForm.
func ParseQuery(r *http.Request) (Form, *Error) {
	values, err := parseQuery(r.URL.RawQuery)
	if err != nil {
		return Form{}, err
	}
	return once(values)
}

// once demands that every parameter was sent one time, under the very name the protocol
// gives it, as text that every layer below reads alike.
func once(values url.Values) (Form, *Error) {
	for name, list := range values {
		if len(list) > 1 && !slices.Contains(repeatable, name) {
			return Form{}, NewError(InvalidRequest, "a parameter was sent more than once")
		}
		if name != strings.ToLower(name) || strings.ContainsAny(name, "[] ") {
			return Form{}, NewError(InvalidRequest, "a parameter name is not in the form the protocol uses")
		}
		for _, v := range list {
			if strings.ContainsRune(v, 0) {
				return Form{}, NewError(InvalidRequest, "a parameter holds a NUL character")
			}
		}
	}
	return Form{values}, nil
}

// readForm reads an application/x-www-form-urlencoded body within the limit.
func readForm(w http.ResponseWriter, r *http.Request) (url.Values, *Error) {
	if !httpsafe.IsForm(r) {
		return nil, withStatus(http.StatusUnsupportedMediaType, "the body must be application/x-www-form-urlencoded")
	}
	if len(r.Header.Values("Content-Encoding")) > 0 {
		return nil, withStatus(http.StatusUnsupportedMediaType, "a content coding is not accepted")
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, httpsafe.MaxFormBytes))
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		return nil, withStatus(http.StatusRequestEntityTooLarge, "the body is too large")
	case err != nil:
		return nil, NewError(InvalidRequest, "the body could not be read")
	}
	return parseQuery(string(body))
}

func withStatus(status int, description string) *Error {
	e := NewError(InvalidRequest, description)
	e.Status = status
	return e
}
