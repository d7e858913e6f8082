package oidc

import (
	"net/http"
	"net/url"
	"strings"
)

// Responder writes authorization responses: the only place where the browser is sent to
// a relying party with an answer. Every response carries iss (RFC 9207 section 2).
type Responder struct {
	Issuer string
	// FormPost renders the self-submitting page of the form_post mode. The page is
	// never stored, and its policy allows a form to this action only.
	FormPost func(w http.ResponseWriter, r *http.Request, action string, fields [][2]string)
	// Page renders an error that must not, or not by itself, reach the relying party.
	Page func(w http.ResponseWriter, r *http.Request, e *AuthorizationError)
}

// Grant answers with an authorization code.
func (p Responder) Grant(w http.ResponseWriter, r *http.Request, q *AuthorizationRequest, code string) {
	p.send(w, r, q.ResponseMode, q.RedirectURI, [][2]string{{"code", code}}, q.State)
}

// Refuse answers with an error: by redirect where that is safe, else on a page.
func (p Responder) Refuse(w http.ResponseWriter, r *http.Request, e *AuthorizationError) {
	if !e.Redirectable || e.HoldForUser || e.RedirectURI == "" {
		w.Header().Set("Cache-Control", "no-store")
		p.Page(w, r, e)
		return
	}
	p.send(w, r, e.ResponseMode, e.RedirectURI, errorFields(e), e.State)
}

// Location is where a held error leads when the customer chooses to go there. It is ""
// for an error that may not be redirected. It uses the query in every response mode.
func (p Responder) Location(e *AuthorizationError) string {
	if !e.Redirectable || e.RedirectURI == "" {
		return ""
	}
	return withQuery(e.RedirectURI, p.complete(errorFields(e), e.State))
}

func errorFields(e *AuthorizationError) [][2]string {
	fields := [][2]string{{"error", string(e.Code)}}
	if d := DescriptionText(e.Description); d != "" {
		fields = append(fields, [2]string{"error_description", d})
	}
	return fields
}

// complete adds state exactly as it was sent, when it was, and the issuer.
func (p Responder) complete(fields [][2]string, state string) [][2]string {
	if state != "" {
		fields = append(fields, [2]string{"state", state})
	}
	return append(fields, [2]string{"iss", p.Issuer})
}

// send uses 303, so that the form the customer just submitted is never posted on to the
// relying party (RFC 9700 section 4.12).
func (p Responder) send(w http.ResponseWriter, r *http.Request, mode, uri string, fields [][2]string, state string) {
	fields = p.complete(fields, state)
	h := w.Header()
	h.Set("Cache-Control", "no-store")
	h.Set("Pragma", "no-cache")
	h.Set("Referrer-Policy", "no-referrer")
	if mode == ModeFormPost {
		p.FormPost(w, r, uri, fields)
		return
	}
	h.Set("Location", withQuery(uri, fields))
	w.WriteHeader(http.StatusSeeOther)
}

// withQuery appends to the URI as it stands; parsing and printing it again could change
// a byte the relying party compares. A space is %20, which every decoder reads.
func withQuery(uri string, fields [][2]string) string {
	var b strings.Builder
	b.WriteString(uri)
	separator := "?"
	if strings.Contains(uri, "?") {
		separator = "&"
		if strings.HasSuffix(uri, "?") || strings.HasSuffix(uri, "&") {
			separator = ""
		}
	}
	for _, f := range fields {
		b.WriteString(separator + f[0] + "=" + strings.ReplaceAll(url.QueryEscape(f[1]), "+", "%20"))
		separator = "&"
	}
	return b.String()
}
