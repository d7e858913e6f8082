package oidc

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
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
	// Sign signs the claims of a response (JARM). It and Now are needed where clients are
	// registered for that.
	Sign func(alg string, claims any) (string, error)
	Now  func() time.Time
}

// destination is where a response goes and how.
type destination struct{ clientID, uri, mode, alg, state string }

func (e *AuthorizationError) destination() destination {
	return destination{e.ClientID, e.RedirectURI, e.ResponseMode, e.ResponseAlg, e.State}
}

// Grant answers with an authorization code.
func (p Responder) Grant(w http.ResponseWriter, r *http.Request, q *AuthorizationRequest, code string) {
	p.send(w, r, destination{q.ClientID, q.RedirectURI, q.ResponseMode, q.ResponseAlg, q.State}, [][2]string{{"code", code}})
}

// Refuse answers with an error: by redirect where that is safe, else on a page.
func (p Responder) Refuse(w http.ResponseWriter, r *http.Request, e *AuthorizationError) {
	if !e.Redirectable || e.HoldForUser || e.RedirectURI == "" {
		w.Header().Set("Cache-Control", "no-store")
		p.Page(w, r, e)
		return
	}
	p.send(w, r, e.destination(), errorFields(e))
}

// Location is where a held error leads when the customer chooses to go there. It is ""
// for an error that may not be redirected. It uses the query in every response mode.
func (p Responder) Location(e *AuthorizationError) string {
	if !e.Redirectable || e.RedirectURI == "" {
		return ""
	}
	fields, err := p.fields(e.destination(), errorFields(e))
	if err != nil {
		return ""
	}
	return withQuery(e.RedirectURI, fields)
}

func errorFields(e *AuthorizationError) [][2]string {
	fields := [][2]string{{"error", string(e.Code)}}
	if d := DescriptionText(e.Description); d != "" {
		fields = append(fields, [2]string{"error_description", d})
	}
	return fields
}

// fields is the whole response as it travels.
func (p Responder) fields(d destination, fields [][2]string) ([][2]string, error) {
	if d.alg != "" || slices.Contains(SignedResponseModes, d.mode) {
		return p.signed(d, fields)
	}
	return p.complete(fields, d.state), nil
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
func (p Responder) send(w http.ResponseWriter, r *http.Request, d destination, fields [][2]string) {
	fields, err := p.fields(d, fields)
	if err != nil { // never unsigned instead
		w.Header().Set("Cache-Control", "no-store")
		p.Page(w, r, &AuthorizationError{Code: ServerError, Description: "the response could not be signed", ClientID: d.clientID})
		return
	}
	h := w.Header()
	h.Set("Cache-Control", "no-store")
	h.Set("Pragma", "no-cache")
	h.Set("Referrer-Policy", "no-referrer")
	if d.mode == ModeFormPost || d.mode == ModeFormPostJWT {
		p.FormPost(w, r, d.uri, fields)
		return
	}
	h.Set("Location", withQuery(d.uri, fields))
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
