package logout

import (
	"slices"

	"sekisho/idp"
	"sekisho/idp/oidc"
)

// Request is an end-session request as it was sent (RP-Initiated Logout 1.0 section 2).
// logout_hint and ui_locales are accepted and change nothing.
type Request struct {
	IDTokenHint           string
	ClientID              string
	PostLogoutRedirectURI string
	State                 string
}

// Hint is what became of the id_token_hint.
type Hint struct {
	Sent    bool
	Genuine bool // verified; expired is still genuine
	Token   oidc.IDTokenHint
}

// Current is the browser's session, seen by what a hint can name.
type Current struct {
	Subject string
	SID     string
}

// Action is what to do with an end-session request.
type Action string

const (
	Refuse   Action = "refuse"  // the request contradicts itself: error page
	Confirm  Action = "confirm" // ask the customer; nothing has ended yet
	End      Action = "end"     // end the session now
	NoneOpen Action = "none"    // nobody is signed in here; only the way back remains
)

// Decision is the answer to an end-session request. RedirectURI is where the browser
// goes once nobody is signed in any more; "" means the provider's own page. State goes
// along with RedirectURI and nowhere else (LO-04).
type Decision struct {
	Action      Action
	RedirectURI string
	State       string
}

// ClientID is whose registration counts: the audience of a genuine hint, or the client_id
// sent. With a hint that is not genuine nobody is identified, whatever else was sent
// (LO-03). ok is false when hint and client_id name different clients.
func ClientID(q Request, hint Hint) (id string, ok bool) {
	switch {
	case hint.Sent && !hint.Genuine:
		return "", true
	case hint.Genuine && q.ClientID != "" && q.ClientID != hint.Token.ClientID:
		return "", false
	case hint.Genuine:
		return hint.Token.ClientID, true
	}
	return q.ClientID, true
}

// Decide is the whole policy. client is the one ClientID names, nil when unknown or
// disabled; current is nil when nobody is signed in in this browser.
func Decide(q Request, hint Hint, client *idp.Client, current *Current) Decision {
	if _, ok := ClientID(q, hint); !ok {
		return Decision{Action: Refuse}
	}
	redirect, doubtful := redirectURI(q, client)
	d := Decision{RedirectURI: redirect}
	if redirect != "" {
		d.State = q.State
	}
	switch {
	case current == nil:
		d.Action = NoneOpen
	case doubtful || !names(hint, *current):
		d.Action = Confirm
	default:
		d.Action = End
	}
	return d
}

// redirectURI is the address sent if it is registered byte for byte for the client, and
// whether one was sent that is not (LO-01).
func redirectURI(q Request, client *idp.Client) (uri string, doubtful bool) {
	if q.PostLogoutRedirectURI == "" {
		return "", false
	}
	if client == nil || client.Disabled || !slices.Contains(client.Metadata.PostLogoutRedirectURIs, q.PostLogoutRedirectURI) {
		return "", true
	}
	return q.PostLogoutRedirectURI, false
}

// names reports whether the hint is of this very session. A token of an earlier session
// of the same customer is not enough: it may have leaked long ago.
func names(hint Hint, current Current) bool {
	return hint.Genuine && hint.Token.SID != "" && hint.Token.SID == current.SID && hint.Token.Subject == current.Subject
}
