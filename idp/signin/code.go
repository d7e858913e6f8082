package signin

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"time"

	"sekisho/idp"
	"sekisho/idp/assurance"
	"sekisho/idp/audit"
	"sekisho/idp/authn/emailcode"
	"sekisho/idp/authn/throttle"
	"sekisho/idp/authn/totp"
	"sekisho/idp/authorize"
	loginui "sekisho/login-ui"
)

// codeStep returns the code stage a post belongs to and the account it is about; false
// when no code is asked for now.
func codeStep(v *authorize.Visit) (authorize.CodeStage, string, bool) {
	if v.Step.Kind != authorize.StepCode {
		return authorize.CodeStage{}, "", false
	}
	if v.Step.Code.Purpose == idp.CodeSignIn {
		return v.Step.Code, v.Progress.AccountID, true
	}
	return v.Step.Code, v.Account.ID, true
}

// postCode takes the second factor of a sign-in, or the check before an enrolment (E3, D3).
func (h *Handler) postCode(w http.ResponseWriter, r *http.Request, v *authorize.Visit) {
	stage, accountID, ok := codeStep(v)
	if !ok {
		h.back(w, r, v)
		return
	}
	account, err := h.Store.Account(r.Context(), accountID)
	if err != nil {
		h.failed(w, r, v, err)
		return
	}
	if secret := r.PostFormValue("transaction_password"); secret != "" && v.Step.Together {
		h.codeTogether(w, r, v, account, stage, secret)
		return
	}
	ev, refused, err := h.verifyCode(r, v, account, stage)
	switch {
	case err != nil:
		h.failed(w, r, v, err)
	case refused != nil:
		h.tell(w, r, v, "bad", refused.Code, refused.Until)
	case stage.Purpose == idp.CodeSignIn && v.Progress.Must != nil:
		v.Progress.Pending = append(slices.Clone(v.Progress.Pending), ev)
		v.Progress.Code, v.Progress.Notice = nil, nil
		h.keep(w, r, v)
	case stage.Purpose == idp.CodeSignIn:
		h.considerOffer(r, v, account, ev.Method)
		h.signedIn(w, r, v, proved{account: account, events: append(slices.Clone(v.Progress.Pending), ev)})
	default:
		v.Progress.Code, v.Progress.Notice = nil, nil
		v.Progress.Enrol = &authorize.EnrolStage{CheckedBy: ev.Method, CheckedAt: ev.At}
		h.keep(w, r, v)
	}
}

// verifyCode counts the attempt before it looks at the code (OT-03). A wrong code is a
// notice, trouble on our side an error.
func (h *Handler) verifyCode(r *http.Request, v *authorize.Visit, account *idp.Account, stage authorize.CodeStage) (idp.AuthenticationEvent, *loginui.Notice, error) {
	if n := h.kindForbids(r, v, account, stage.Method, audit.SignInFailed); n != nil {
		return idp.AuthenticationEvent{}, n, nil
	}
	ctx := r.Context()
	factor := throttle.EmailCode
	if stage.Method == idp.MethodTOTP {
		factor = throttle.TOTP
	}
	attempt, err := h.Methods.Throttle.Begin(ctx, factor, throttle.Known(account.ID), parseIP(h.ClientIP(r)))
	if refusal, ok := throttle.AsRefusal(err); ok {
		h.Record(ctx, h.denied(v, account.ID, audit.SignInLocked, string(factor)))
		return idp.AuthenticationEvent{}, &loginui.Notice{Code: loginui.NoticeCodeLocked, Until: refusal.Until}, nil
	}
	if err != nil {
		return idp.AuthenticationEvent{}, nil, err
	}
	var ev idp.AuthenticationEvent
	code := r.PostFormValue("code")
	if stage.Method == idp.MethodTOTP {
		ev, err = h.Methods.TOTP.Verify(ctx, account.ID, code)
	} else {
		ev, err = h.Methods.Codes.Verify(ctx, account.ID, v.Interaction.ID, stage.Purpose, code)
	}
	if err == nil {
		ev.TrustedFrom, err = h.trustedFrom(ctx, v, account.ID, stage.Method)
	}
	if err == nil {
		return ev, nil, h.Methods.Throttle.Succeeded(ctx, attempt)
	}
	notice := codeNotice(err)
	if notice == nil {
		return ev, nil, err
	}
	event := audit.EmailCodeFailed
	if stage.Method == idp.MethodTOTP {
		event = audit.TOTPFailed
		if errors.Is(err, totp.ErrReplayed) {
			event = audit.TOTPReplayed
		}
	}
	h.Record(ctx, h.denied(v, account.ID, event, notice.Code))
	state, err := h.Methods.Throttle.Failed(ctx, attempt)
	if err == nil && state.Locked(h.Now()) {
		notice = &loginui.Notice{Code: loginui.NoticeCodeLocked, Until: state.LockedUntil}
	}
	return ev, notice, err
}

// trustedFrom is the end of an authenticator app's own cooling-off. Without it a phished
// password and mail code could enrol an app, and the app a passkey that is trusted at once.
func (h *Handler) trustedFrom(ctx context.Context, v *authorize.Visit, accountID string, method idp.Method) (time.Time, error) {
	if method != idp.MethodTOTP {
		return time.Time{}, nil
	}
	t, err := h.Store.TOTP(ctx, accountID)
	if err != nil {
		return time.Time{}, err
	}
	return v.Input.Policy.TrustedFrom(t.ConfirmedAt, assurance.None), nil
}

// codeNotice is what a customer is told about a code that did not verify; nil for trouble
// on our side.
func codeNotice(err error) *loginui.Notice {
	switch {
	case errors.Is(err, idp.ErrRejected):
		return &loginui.Notice{Code: loginui.NoticeCodeWrong}
	case errors.Is(err, idp.ErrExpired), errors.Is(err, idp.ErrNotFound), errors.Is(err, idp.ErrConsumed):
		return &loginui.Notice{Code: loginui.NoticeCodeExpired}
	case errors.Is(err, idp.ErrTooMany):
		return &loginui.Notice{Code: loginui.NoticeCodeSpent}
	}
	return nil
}

// postSend sends a code, or another one, to the address chosen (D3, OT-09).
func (h *Handler) postSend(w http.ResponseWriter, r *http.Request, v *authorize.Visit) {
	stage, accountID, ok := codeStep(v)
	if !ok || stage.Method != idp.MethodEmailCode {
		h.back(w, r, v)
		return
	}
	account, err := h.Store.Account(r.Context(), accountID)
	if err != nil {
		h.failed(w, r, v, err)
		return
	}
	notice, err := h.sendCode(r, v, account, stage, r.PostFormValue("address"))
	if err != nil {
		h.failed(w, r, v, err)
		return
	}
	h.tell(w, r, v, string(notice.Kind), notice.Code, notice.Until)
}

// sendCode queues the mail and moves the stage. chosen is an address id; "" keeps the
// earlier choice or takes the first verified address.
func (h *Handler) sendCode(r *http.Request, v *authorize.Visit, account *idp.Account, stage authorize.CodeStage, chosen string) (loginui.Notice, error) {
	if n := h.kindForbids(r, v, account, idp.MethodEmailCode, audit.SignInFailed); n != nil {
		return *n, nil
	}
	ctx := r.Context()
	emails, err := h.verifiedEmails(ctx, account.ID)
	if err != nil || len(emails) == 0 {
		return loginui.Notice{Kind: loginui.Bad, Code: loginui.NoticeFailed}, err
	}
	to := emails[0]
	for _, e := range emails {
		if e.ID == chosen || chosen == "" && e.ID == stage.EmailID {
			to = e
		}
	}
	sent, err := h.Methods.Codes.Send(ctx, emailcode.Request{
		Account: h.spokenTo(r, v, account), To: to, FlowID: v.Interaction.ID, Purpose: stage.Purpose, IP: parseIP(h.ClientIP(r)),
		Effects: idp.Effects{Audit: []idp.AuditRecord{h.Fill(ctx, idp.AuditRecord{
			At: h.Now(), Event: audit.EmailCodeSent, Result: audit.OK, Actor: audit.Customer, AccountID: account.ID,
			ClientID: v.Interaction.ClientID, Detail: map[string]string{"purpose": string(stage.Purpose)},
		})}},
	})
	if errors.Is(err, idp.ErrTooMany) {
		h.Record(ctx, h.denied(v, account.ID, audit.EmailCodeThrottled, string(stage.Purpose)))
		notice := loginui.Notice{Kind: loginui.Bad, Code: loginui.NoticeCodeSpent}
		if refusal, ok := throttle.AsRefusal(err); ok {
			notice.Code, notice.Until = loginui.NoticeCodeWait, refusal.Until
		}
		if v.Progress.Code == nil {
			v.Progress.Code = &stage
		}
		return notice, nil
	}
	if err != nil {
		return loginui.Notice{}, err
	}
	h.Committed()
	notice := loginui.Notice{} // the page itself says where the first code went
	if !stage.SentAt.IsZero() {
		notice = loginui.Notice{Kind: loginui.Good, Code: loginui.NoticeCodeSent}
	}
	stage.EmailID, stage.SentAt, stage.ExpiresAt, stage.ResendAt = to.ID, h.Now(), sent.ExpiresAt, sent.ResendAt
	v.Progress.Code = &stage
	return notice, nil
}

// postMethod changes to the other second factor, where the account has one.
func (h *Handler) postMethod(w http.ResponseWriter, r *http.Request, v *authorize.Visit) {
	stage, accountID, ok := codeStep(v)
	if !ok {
		h.back(w, r, v)
		return
	}
	other, err := h.otherMethod(r.Context(), accountID, stage, v)
	if err != nil {
		h.failed(w, r, v, err)
		return
	}
	v.Progress.Notice = nil
	switch {
	case other == "totp":
		v.Progress.Code = &authorize.CodeStage{Method: idp.MethodTOTP, Purpose: stage.Purpose}
	case other == "email" && stage.Purpose == idp.CodeSignIn:
		account, err := h.Store.Account(r.Context(), accountID)
		if err != nil {
			h.failed(w, r, v, err)
			return
		}
		notice, err := h.sendCode(r, v, account, authorize.CodeStage{Method: idp.MethodEmailCode, Purpose: stage.Purpose}, "")
		if err != nil {
			h.failed(w, r, v, err)
			return
		}
		h.tell(w, r, v, string(notice.Kind), notice.Code, notice.Until)
		return
	}
	h.keep(w, r, v)
}

// otherMethod is the second factor offered besides the one asked for: "totp", "email" or
// "". A mailed code never stands in for TOTP where TOTP's level is what is asked, nor
// before an enrolment: adding an authenticator takes the strongest the account has. So does
// a sign-in from a new environment, where the firm's policy says so (A10).
func (h *Handler) otherMethod(ctx context.Context, accountID string, stage authorize.CodeStage, v *authorize.Visit) (string, error) {
	if stage.Purpose != idp.CodeSignIn {
		return "", nil
	}
	_, err := h.usableTOTP(ctx, accountID)
	if errors.Is(err, idp.ErrNotFound) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	if stage.Method == idp.MethodEmailCode {
		return "totp", nil
	}
	if e := v.Progress.Environment; e != nil && e.Strongest {
		return "", nil
	}
	asked := v.Input.Demand.ACRValues
	if may, err := h.mayUse(ctx, accountID, idp.MethodEmailCode); err != nil || !may {
		return "", err
	}
	if t := v.Progress.Transaction; t != nil && t.Instead || v.Input.Policy.SignIn.Level > assurance.Email {
		return "", nil
	}
	if !v.Input.Policy.EmailCodeAllowed || len(asked) > 0 && slices.IndexFunc(asked, reachedByMail(v.Input.Policy)) < 0 {
		return "", nil
	}
	return "email", nil
}

// reachedByMail reports whether an asked value is within what password and mailed code earn.
func reachedByMail(p assurance.Policy) func(string) bool {
	return func(acr string) bool {
		if level, ok := assurance.ParseACR(acr); ok {
			return level <= assurance.Email
		}
		op, ok := p.Operations[acr[min(len(assurance.OperationPrefix), len(acr)):]]
		return ok && op.Level <= assurance.Email
	}
}

// denied is the audit record of something that was refused.
func (h *Handler) denied(v *authorize.Visit, accountID, event, reason string) idp.AuditRecord {
	rec := idp.AuditRecord{At: h.Now(), Event: event, Result: audit.Denied, Reason: reason, Actor: audit.Customer, AccountID: accountID, ClientID: v.Interaction.ClientID}
	if v.Session != nil {
		rec.SessionID = v.Session.ID
	}
	return rec
}

// signedIn finishes a ceremony and returns to the dispatcher.
func (h *Handler) signedIn(w http.ResponseWriter, r *http.Request, v *authorize.Visit, p proved) {
	err := h.complete(w, r, v, p)
	switch {
	case err == nil, conflict(err):
		h.back(w, r, v)
	case errors.Is(err, idp.ErrRejected):
		h.Record(r.Context(), h.denied(v, p.account.ID, audit.StepUpFailed, "other_account"))
		v.Progress.Begin()
		h.tell(w, r, v, "bad", loginui.NoticeLoginFailed, time.Time{})
	case overtaken(err):
		v.Progress.Begin()
		h.tell(w, r, v, "bad", loginui.NoticeSessionExpired, time.Time{})
	default:
		h.failed(w, r, v, err)
	}
}

// overtaken reports whether what a ceremony rests on went while it was under way: the
// password was changed (RT-09), the factor removed, the session ended, the account stopped.
// What the old ones opened is not finished with them; the customer begins again.
func overtaken(err error) bool {
	return errors.Is(err, idp.ErrExpired) || errors.Is(err, idp.ErrRevoked) || errors.Is(err, idp.ErrLocked)
}
