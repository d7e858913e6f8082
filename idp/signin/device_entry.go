package signin

import (
	"errors"
	"net/http"

	"sekisho/idp"
	"sekisho/idp/audit"
	"sekisho/idp/authn/throttle"
	"sekisho/idp/device"
	"sekisho/idp/httpsafe"
	loginui "sekisho/login-ui"
)

// DeviceEntry serves the page on which a customer enters what a device shows (RFC 8628 3.3).
// It ends where the interaction with its sign-in and its approval begins.
type DeviceEntry struct {
	*Handler
	Limits throttle.DeviceEntry
	// UserCodeMAC is under what user codes are kept.
	UserCodeMAC func(code string) []byte
}

// deviceForm is the scope of the page's form token.
const deviceForm = "device"

// Routes are the page's own, with whole paths.
func (d *DeviceEntry) Routes() []Route {
	return []Route{
		{device.Path, http.MethodGet, false, http.HandlerFunc(d.show)},
		{device.Path, http.MethodPost, false, http.HandlerFunc(d.enter)},
		{device.Path + "/{end}", http.MethodGet, false, http.HandlerFunc(d.end)},
	}
}

// show asks for the code. One that a link brought is shown to be compared, and nothing is
// done with it before the customer says that it is the device's (RFC 8628 5.4).
func (d *DeviceEntry) show(w http.ResponseWriter, r *http.Request) {
	page := loginui.DeviceCode{Frame: d.entryFrame(w, r), Code: device.Show(device.ReadUserCode(r.URL.Query().Get("user_code")))}
	d.Site.Render(w, r, http.StatusOK, page)
}

func (d *DeviceEntry) entryFrame(w http.ResponseWriter, r *http.Request) loginui.Frame {
	return loginui.Frame{Lang: loginui.Lang(r, nil), Base: device.Path, CSRF: d.CSRF.Token(d.Engine.Binding(w, r), deviceForm)}
}

// enter looks a code up. Every try counts before that, and every code that does not lead on
// gets the same answer (RFC 8628 5.1).
func (d *DeviceEntry) enter(w http.ResponseWriter, r *http.Request) {
	browser := d.Engine.Browser.Get(r)
	if !d.CSRF.Valid(r, browser, deviceForm) {
		d.Record(r.Context(), idp.AuditRecord{At: d.Now(), Event: audit.CSRFRejected, Result: audit.Denied, Reason: "device", Actor: audit.Customer})
		d.again(w, r, http.StatusForbidden, loginui.Notice{Kind: loginui.Bad, Code: loginui.NoticeFormExpired})
		return
	}
	err := d.Methods.Throttle.EnterDeviceCode(r.Context(), d.Limits, browser, httpsafe.ClientAddress(r.Context()))
	if refusal, refused := throttle.AsRefusal(err); refused {
		d.Record(r.Context(), idp.AuditRecord{At: d.Now(), Event: audit.ThrottleLimited, Result: audit.Denied, Reason: "device", Actor: audit.Customer})
		d.again(w, r, http.StatusTooManyRequests, loginui.Notice{Kind: loginui.Bad, Code: loginui.NoticeRateLimited, Until: refusal.Until})
		return
	}
	code := device.ReadUserCode(r.PostFormValue("user_code"))
	if err == nil && code == "" {
		err = idp.ErrNotFound
	}
	if err == nil {
		v, begun := d.Engine.BeginDevice(w, r, d.UserCodeMAC(code))
		if begun == nil {
			http.Redirect(w, r, v.Path(), http.StatusSeeOther)
			return
		}
		err = begun
	}
	if errors.Is(err, idp.ErrNotFound) || errors.Is(err, idp.ErrRevoked) {
		d.Record(r.Context(), idp.AuditRecord{At: d.Now(), Event: audit.DeviceUnknown, Result: audit.Denied, Actor: audit.Customer})
		d.again(w, r, http.StatusOK, loginui.Notice{Kind: loginui.Bad, Code: loginui.NoticeUserCodeUnknown})
		return
	}
	status, text := d.openFailure(r, err)
	d.Site.Render(w, r, status, loginui.Error{Frame: loginui.Frame{Lang: loginui.Lang(r, nil)}, Code: text, Status: status, Reference: httpsafe.RequestID(r.Context()), RetryHref: device.Path})
}

func (d *DeviceEntry) again(w http.ResponseWriter, r *http.Request, status int, n loginui.Notice) {
	f := d.entryFrame(w, r)
	f.Notice = &n
	d.Site.Render(w, r, status, loginui.DeviceCode{Frame: f})
}

// end shows how an answer ended. It says the same to everybody, so it can be loaded again.
func (d *DeviceEntry) end(w http.ResponseWriter, r *http.Request) {
	f := loginui.Frame{Lang: loginui.Lang(r, nil)}
	for _, how := range loginui.DeviceEnds() {
		if how == httpsafe.PathVar(r, "end") {
			d.Site.Render(w, r, http.StatusOK, loginui.DeviceEnd{Frame: f, How: how})
			return
		}
	}
	d.Site.Render(w, r, http.StatusNotFound, loginui.Error{Frame: f, Code: loginui.ErrorNotFound, Status: http.StatusNotFound, Reference: httpsafe.RequestID(r.Context())})
}
