package signin

import (
	"net/http"
	"net/url"
	"slices"

	"sekisho/idp"
	"sekisho/idp/audit"
	"sekisho/idp/authorize"
	"sekisho/idp/oidc"
	loginui "sekisho/login-ui"
)

// postAccount answers "continue as …?" and "sign in as somebody else". Which choices
// there are is the step's to say, not the form's.
func (h *Handler) postAccount(w http.ResponseWriter, r *http.Request, v *authorize.Visit) {
	choice := r.PostFormValue("choice")
	switch {
	case choice == "other" && v.Step.MayOther:
		v.Progress.Begin()
		v.Progress.Switch, v.Progress.Chosen = true, true
	case choice == "continue" && v.Step.Kind == authorize.StepChooseAccount:
		v.Progress.Chosen = true
	default:
		h.back(w, r, v)
		return
	}
	v.Progress.Notice = nil
	h.keep(w, r, v)
}

// postConsent records the customer's word. The scopes are the request's own: the form
// carries none, so none can be added (CN-01).
func (h *Handler) postConsent(w http.ResponseWriter, r *http.Request, v *authorize.Visit) {
	if v.Step.Kind != authorize.StepConsent {
		h.back(w, r, v)
		return
	}
	if r.PostFormValue("decision") != "allow" {
		h.endWith(w, r, v, "access_denied", "The End-User declined the request")
		return
	}
	v.Progress.Consented = append([]string{}, v.Input.Demand.Scopes...)
	h.keep(w, r, v)
}

func (h *Handler) consentPage(f loginui.Frame, v *authorize.Visit) loginui.Consent {
	m := v.Client.Metadata
	card := loginui.ClientCard{Name: v.Client.Name(f.Lang), Domain: domain(v.Request.RedirectURI), Verified: !v.Client.Dynamic, PolicyURI: m.PolicyURI, TOSURI: m.TOSURI}
	if v.Client.Dynamic {
		card.PolicyURI, card.TOSURI = ofClient(m, m.PolicyURI), ofClient(m, m.TOSURI)
	}
	p := loginui.Consent{Frame: f, Client: card}
	for _, s := range v.Input.Demand.Scopes {
		p.Scopes = append(p.Scopes, loginui.ScopeItem{Scope: s})
		if s == "offline_access" {
			p.Lifetime = h.Engine.Limits.Grant
		}
	}
	return p
}

// ofClient is a link of a client that registered itself, if it leads to a host the client
// also receives codes at; anybody can name the pages of somebody better known (OIDC
// Registration 9.2).
func ofClient(m idp.ClientMetadata, link string) string {
	u, err := url.Parse(link)
	if err != nil || !slices.ContainsFunc(m.RedirectURIs, func(uri string) bool {
		r, err := url.Parse(uri)
		return err == nil && r.Hostname() != "" && r.Hostname() == u.Hostname()
	}) {
		return ""
	}
	return link
}

// domain is where the customer will be sent, which says more than a name anybody may choose.
func domain(redirectURI string) string {
	u, err := url.Parse(redirectURI)
	if err != nil || u.Host == "" {
		return redirectURI
	}
	return u.Hostname()
}

// postCancel ends the interaction at the customer's wish. What was proved stays proved at
// its own level; nothing is granted (AZ-36, SU-03).
func (h *Handler) postCancel(w http.ResponseWriter, r *http.Request, v *authorize.Visit) {
	if v.Progress.Enrol != nil && v.Own == nil {
		h.cancelEnrol(w, r, v)
		return
	}
	if v.Progress.Aged != nil && v.Progress.Aged.Change {
		h.cancelAgedChange(w, r, v)
		return
	}
	if changesTransaction(v) {
		h.cancelTransactionChange(w, r, v)
		return
	}
	switch v.Step.Kind {
	case authorize.StepPasskeyNeeded, authorize.StepCoolingOff:
		h.endWith(w, r, v, "unmet_authentication_requirements", "The End-User cannot reach the requested authentication context now")
	case authorize.StepDenied:
		h.endWith(w, r, v, "access_denied", "The operation is switched off")
	default:
		h.endWith(w, r, v, "access_denied", "The End-User cancelled")
	}
}

// finish ends a visit whose demands are all met.
func (h *Handler) finish(w http.ResponseWriter, r *http.Request, v *authorize.Visit) {
	if v.Own != nil {
		err := h.Engine.Store.FinishInteraction(r.Context(), v.Interaction.ID, v.Interaction.Version, h.Now(), idp.Effects{})
		if err != nil && !spent(err) {
			h.failed(w, r, v, err)
			return
		}
		http.Redirect(w, r, h.OwnPath(*v.Own), http.StatusSeeOther)
		return
	}
	if v.Device() != nil {
		h.connect(w, r, v)
		return
	}
	code, err := h.Engine.Issue(r.Context(), v)
	if err != nil {
		h.issueFailed(w, r, v, err)
		return
	}
	h.Respond.Grant(w, r, v.Request, code)
}

// endWith ends the interaction with an authorization error at the relying party, or on
// the provider's own start page.
func (h *Handler) endWith(w http.ResponseWriter, r *http.Request, v *authorize.Visit, code, description string) {
	if err := h.Engine.Abandon(r.Context(), v, endEvent(v, code), code); err != nil && !spent(err) {
		h.failed(w, r, v, err)
		return
	}
	if v.Own != nil && v.Session != nil {
		http.Redirect(w, r, "/account", http.StatusSeeOther)
		return
	}
	if v.Own != nil {
		http.Redirect(w, r, "/", http.StatusSeeOther)
		return
	}
	if v.Device() != nil {
		h.deviceEnd(w, r, loginui.DeviceRefused)
		return
	}
	h.Respond.Refuse(w, r, v.Request.Refuse(oidc.ErrorCode(code), description))
}

// endEvent names the end of an interaction in the audit trail.
func endEvent(v *authorize.Visit, code string) string {
	switch {
	case v.Device() != nil:
		return audit.DeviceDenied
	case v.Step.Kind == authorize.StepConsent:
		return audit.ConsentDeclined
	case code == string(oidc.UnmetAuthenticationRequirements):
		return audit.StepUpUnmet
	case code != string(oidc.AccessDenied):
		return audit.AuthorizationRejected
	case v.Session != nil:
		return audit.StepUpCancelled
	default:
		return audit.SignInCancelled
	}
}
