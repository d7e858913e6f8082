package oidc

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"
)

// authorizationParameters are the parameters this endpoint knows, whether it supports
// them or refuses them. Others are ignored (RFC 6749 section 3.1).
var authorizationParameters = []string{
	"acr_values", "authorization_details", "claims", "claims_locales", "client_id",
	"code_challenge", "code_challenge_method", "display", "dpop_jkt", "id_token_hint",
	"login_hint", "max_age", "nonce", "prompt", "redirect_uri", "registration", "request",
	"request_uri", "resource", "response_mode", "response_type", "scope", "state",
	"ui_locales",
}

// repeatable may be sent more than once (RFC 8707 section 2).
var repeatable = []string{"resource", "audience"}

// maxParameters bounds how many parameters one request may carry.
const maxParameters = 64

// parameters are the known parameters of one request. An empty value is as good as
// none (RFC 6749 section 3.1), but still counts as sent when it is sent twice.
type parameters struct {
	values     map[string]string
	resources  []string
	duplicated []string // names sent more than once
	disguised  bool     // a known name in other letter case or as a form array
	signed     bool     // from a signed request object
}

func (p parameters) get(name string) string { return p.values[name] }

func (p parameters) repeated(name string) bool { return slices.Contains(p.duplicated, name) }

// readParameters takes a GET's query, or a POST's query and form together, so that a
// parameter in both counts as sent twice (IN-01).
func readParameters(w http.ResponseWriter, r *http.Request) (parameters, *Error) {
	all, err := parseQuery(r.URL.RawQuery)
	if err != nil {
		return parameters{}, err
	}
	if r.Method == http.MethodPost {
		form, err := readForm(w, r)
		if err != nil {
			return parameters{}, err
		}
		for name, values := range form {
			all[name] = append(all[name], values...)
		}
	}
	return parametersOf(all), nil
}

// parametersOf picks the known ones.
func parametersOf(all url.Values) parameters {
	p := parameters{values: map[string]string{}}
	for name, values := range all {
		if !slices.Contains(authorizationParameters, name) {
			p.disguised = p.disguised || disguises(name, authorizationParameters)
			continue
		}
		if name == "resource" {
			p.resources = values
			continue
		}
		if len(values) > 1 {
			p.duplicated = append(p.duplicated, name)
			continue
		}
		p.values[name] = values[0]
	}
	return p
}

// parseQuery refuses what it cannot decode in one way only.
func parseQuery(raw string) (url.Values, *Error) {
	values, err := url.ParseQuery(raw)
	if err != nil {
		return nil, NewError(InvalidRequest, "the parameters are not valid application/x-www-form-urlencoded")
	}
	total := 0
	for name, list := range values {
		total += len(list)
		for _, v := range append(list, name) {
			if !utf8.ValidString(v) {
				return nil, NewError(InvalidRequest, "the parameters are not valid UTF-8")
			}
		}
	}
	if total > maxParameters {
		return nil, NewError(InvalidRequest, "too many parameters")
	}
	return values, nil
}

// disguises reports a name that another parser could take for a known one: other
// letter case, or the array notation of some web frameworks.
func disguises(name string, known []string) bool {
	stem, _, _ := strings.Cut(name, "[")
	return slices.Contains(known, strings.ToLower(strings.TrimSpace(stem)))
}
