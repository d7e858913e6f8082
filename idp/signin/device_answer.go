package signin

import (
	"errors"
	"net/http"
	"net/netip"
	"time"

	"sekisho/idp"
	"sekisho/idp/audit"
	"sekisho/idp/authn/identifier"
	"sekisho/idp/authorize"
	"sekisho/idp/device"
	"sekisho/idp/notify"
	"sekisho/idp/oidc"
	"sekisho/idp/session"
	loginui "sekisho/login-ui"
)

func (h *Handler) deviceRoutes() []Route {
	return []Route{{"/disown", http.MethodPost, false, h.form(h.postDisown)}}
}

// deviceEnd leads to the page that says how an answer ended, which a customer can load again.
func (h *Handler) deviceEnd(w http.ResponseWriter, r *http.Request, how string) {
	http.Redirect(w, r, device.Path+"/"+how, http.StatusSeeOther)
}

// devicePage shows the device that waits: who asks, for what, and from where.
func (h *Handler) devicePage(r *http.Request, v *authorize.Visit) loginui.DeviceApprove {
	d, f := v.Device(), h.frame(r, v)
	consent := h.consentPage(f, v)
	card := loginui.ClientCard{Name: consent.Client.Name, Verified: consent.Client.Verified, PolicyURI: consent.Client.PolicyURI, TOSURI: consent.Client.TOSURI}
	return loginui.DeviceApprove{
		Frame: f, Client: card, MaskedLogin: identifier.MaskLogin(v.Account.LoginName), Scopes: consent.Scopes, Lifetime: consent.Lifetime,
		Operation: v.Operation(), Device: session.Describe(d.UserAgent), IP: d.IP, Elsewhere: !sameNetwork(d.IP, h.ClientIP(r)),
		At: time.Unix(d.At, 0).UTC(), Until: time.Unix(d.Until, 0).UTC(),
	}
}

// sameNetwork reports whether two addresses are behind one connection: an IPv4 address, which
// a household or a branch shares, or an IPv6 /64. Where that cannot be said it is not so.
func sameNetwork(a, b string) bool {
	one, err := netip.ParseAddr(a)
	other, bad := netip.ParseAddr(b)
	if err != nil || bad != nil {
		return false
	}
	one, other = one.Unmap().WithZone(""), other.Unmap().WithZone("")
	if one.Is4() || other.Is4() {
		return one == other
	}
	network, err := one.Prefix(64)
	return err == nil && network.Contains(other)
}

// connect ends a visit in which the customer approved a device.
func (h *Handler) connect(w http.ResponseWriter, r *http.Request, v *authorize.Visit) {
	d := v.Device()
	mails, err := h.mailAll(r.Context(), v.Account, notify.DeviceConnected, notify.Data{
		At: h.Now(), Device: session.Describe(d.UserAgent), IP: parseIP(d.IP),
	})
	if err == nil {
		err = h.Engine.Connect(r.Context(), v, mails)
	}
	switch {
	case errors.Is(err, idp.ErrExpired):
		h.deviceEnd(w, r, loginui.DeviceLate)
	case err != nil:
		h.issueFailed(w, r, v, err)
	default:
		h.Committed()
		h.deviceEnd(w, r, loginui.DeviceConnected)
	}
}

// postDisown: the customer did not start this, or somebody sent the code. Nothing is
// connected, and the page says what such a message is.
func (h *Handler) postDisown(w http.ResponseWriter, r *http.Request, v *authorize.Visit) {
	if v.Device() == nil || v.Step.Kind != authorize.StepConsent {
		h.back(w, r, v)
		return
	}
	if err := h.Engine.Abandon(r.Context(), v, audit.DeviceDisowned, string(oidc.AccessDenied)); err != nil && !spent(err) {
		h.failed(w, r, v, err)
		return
	}
	h.deviceEnd(w, r, loginui.DeviceDisowned)
}
