package signin

import (
	"net/http"
	"net/url"
	"strings"

	"sekisho/idp"
	"sekisho/idp/assurance"
	"sekisho/idp/authn/identifier"
	"sekisho/idp/authn/passkey"
	"sekisho/idp/authorize"
	loginui "sekisho/login-ui"
)

// show is the dispatcher: it asks what comes next and shows it, or ends the interaction.
func (h *Handler) show(w http.ResponseWriter, r *http.Request, v *authorize.Visit) {
	switch v.Step.Kind {
	case authorize.StepFinish:
		h.finish(w, r, v)
	case authorize.StepFail:
		h.endWith(w, r, v, v.Step.Error, "")
	case authorize.StepCode:
		h.showCode(w, r, v)
	case authorize.StepMustChange:
		h.showMustChange(w, r, v, nil)
	case authorize.StepEnrolDone:
		h.showEnrolDone(w, r, v)
	case authorize.StepPasskeyOffer:
		h.showOffer(w, r, v)
	case authorize.StepTransactionPassword, authorize.StepTransactionSet, authorize.StepTransactionAdvice:
		h.showTransaction(w, r, v)
	case authorize.StepReauth:
		h.showReauth(w, r, v)
	case authorize.StepConsent:
		h.showConsent(w, r, v)
	case authorize.StepPasswordAge, authorize.StepPasswordAgeChange:
		h.Site.Render(w, r, http.StatusOK, h.agedPage(r, v, nil))
	default:
		h.Site.Render(w, r, http.StatusOK, h.pageOf(r, v))
	}
}

// pageOf is the page of a step that needs no more than the visit.
func (h *Handler) pageOf(r *http.Request, v *authorize.Visit) loginui.Page {
	f := h.frame(r, v)
	out := v.Step.Outcome
	switch v.Step.Kind {
	case authorize.StepChooseAccount:
		return loginui.ChooseAccount{Frame: f, Name: displayName(v.Account), MaskedLogin: identifier.MaskLogin(v.Account.LoginName)}
	case authorize.StepPasskeyNeeded:
		from := v.Input.Policy.TrustedFromProof(h.Now(), h.proof(v))
		return loginui.PasskeyNeeded{Frame: f, Operation: out.Operation, Immediate: from.IsZero(), From: from, CanEnrol: true}
	case authorize.StepCoolingOff:
		return loginui.CoolingOff{Frame: f, Operation: out.Operation, From: out.AvailableFrom, Held: out.Reason == "recovery_hold", Password: out.Reason == authorize.ReasonNewTransactionPassword, Early: lacksPasskey(v)}
	case authorize.StepSuspended:
		return loginui.Suspended{Frame: f}
	case authorize.StepDenied:
		return loginui.Denied{Frame: f, Operation: out.Operation, Reason: out.DenyReason[f.Lang]}
	case authorize.StepEnrolDevice:
		return loginui.EnrolPasskey{Frame: f, Count: v.Input.Holdings.Passkeys, Max: h.MaxPasskeys, DefaultName: deviceName(r, f.Lang), InApp: passkey.InApp(r.UserAgent())}
	case authorize.StepPersonalData:
		return loginui.PersonalData{Frame: f}
	case authorize.StepSecurityQuestion:
		return h.questionPage(f, v)
	default:
		return h.signInPage(f, v)
	}
}

// lacksPasskey reports whether the customer will need a passkey for what waits now and can
// add it meanwhile: its own wait then runs at the same time.
func lacksPasskey(v *authorize.Visit) bool {
	op := v.Input.Policy.Operations[strings.TrimPrefix(v.Step.Outcome.Operation, assurance.OperationPrefix)]
	return op.Level >= assurance.PhishingResistant && v.Input.Holdings.Passkeys == 0 && v.Input.Holdings.CanEnrolPasskey
}

func (h *Handler) signInPage(f loginui.Frame, v *authorize.Visit) loginui.SignIn {
	out := v.Step.Outcome
	p := loginui.SignIn{Frame: f, Operation: out.Operation, Reason: out.Reason, LoginHint: v.Progress.Login}
	for _, m := range out.Methods {
		p.ShowPasskey = p.ShowPasskey || m == idp.MethodPasskey
		p.ShowPassword = p.ShowPassword || m == idp.MethodPassword
	}
	p.PasskeyOnly = !p.ShowPassword
	if v.Step.Kind == authorize.StepReauth {
		p.Reauth, p.MaskedLogin, p.MayOther = true, identifier.MaskLogin(v.Account.LoginName), v.Step.MayOther
	} else if p.LoginHint == "" && v.Request != nil {
		p.LoginHint = v.Request.LoginHint
	}
	if !p.Reauth && v.Own != nil && v.Own.Page == authorize.WelcomePage {
		p.Reason = "opened"
	}
	if !p.Reauth && v.Request != nil && p.ShowPassword {
		p.InviteHref = "/invite?from=" + v.Path()
	}
	return p
}

// frame is what every page of the interaction has around its content.
func (h *Handler) frame(r *http.Request, v *authorize.Visit) loginui.Frame {
	var locales []string
	f := loginui.Frame{Base: v.Path(), CSRF: h.CSRF.Token(h.Engine.Browser.Get(r), v.Interaction.ID), Ends: h.ending(v)}
	if v.Request != nil {
		locales = v.Request.UILocales
		if v.Device() == nil {
			f.FormAction = []string{origin(v.Request.RedirectURI)}
		}
	}
	f.Lang = loginui.Lang(r, locales)
	if v.Client != nil {
		f.ClientName = v.Client.Name(f.Lang)
	}
	if n := v.Progress.Notice; n != nil {
		f.Notice = &loginui.Notice{Kind: loginui.NoticeKind(n.Kind), Code: n.Code, Until: n.Until}
	}
	return f
}

// origin is what CSP form-action needs for the redirect at the end of a form post:
// scheme and host, or the bare scheme of a native app.
func origin(redirectURI string) string {
	u, err := url.Parse(redirectURI)
	if err != nil {
		return ""
	}
	if u.Host == "" {
		return u.Scheme + ":"
	}
	return u.Scheme + "://" + u.Host
}

func displayName(a *idp.Account) string {
	if a.Profile.Name != "" {
		return a.Profile.Name
	}
	return identifier.MaskLogin(a.LoginName)
}

// proof is the strongest recent proof of the session, the one an enrolment rests on.
func (h *Handler) proof(v *authorize.Visit) assurance.Achieved {
	if v.Session == nil {
		return assurance.Achieved{}
	}
	return assurance.Recent(v.Session.AccountID, v.Input.Session.Events, v.Input.Enrol.MaxAge, h.Now())
}

func (h *Handler) showCode(w http.ResponseWriter, r *http.Request, v *authorize.Visit) {
	page, err := h.codePage(r, v, v.Step.Code)
	if err == nil {
		page, err = h.codeAsking(r, v, page)
	}
	if err != nil {
		h.failed(w, r, v, err)
		return
	}
	h.Site.Render(w, r, http.StatusOK, page)
}

func (h *Handler) codePage(r *http.Request, v *authorize.Visit, stage authorize.CodeStage) (loginui.Page, error) {
	p := loginui.Code{Frame: h.frame(r, v), Purpose: string(stage.Purpose), Kind: "totp"}
	account := v.Progress.AccountID
	if account == "" {
		account = v.Account.ID
	}
	other, err := h.otherMethod(r.Context(), account, stage, v)
	if err != nil {
		return nil, err
	}
	p.Other = other
	if stage.Method == idp.MethodTOTP {
		p.NewEnvironment = v.Progress.Environment != nil && v.Progress.Environment.Strongest
		return p, nil
	}
	p.Kind = "email"
	emails, err := h.verifiedEmails(r.Context(), account)
	if err != nil {
		return nil, err
	}
	for _, e := range emails {
		p.Addresses = append(p.Addresses, loginui.AddressChoice{ID: e.ID, Masked: identifier.MaskEmail(e.Address)})
		if e.ID == stage.EmailID {
			p.MaskedAddress = identifier.MaskEmail(e.Address)
		}
	}
	if !stage.SentAt.IsZero() {
		p.ExpiresAt, p.ResendAt, p.CanResend = stage.ExpiresAt, stage.ResendAt, !h.Now().Before(stage.ResendAt)
	}
	return p, nil
}
