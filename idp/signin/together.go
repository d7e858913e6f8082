package signin

import (
	"net/http"

	"sekisho/idp"
	"sekisho/idp/audit"
	"sekisho/idp/authn/transaction"
	"sekisho/idp/authorize"
	loginui "sekisho/login-ui"
)

// asksTogether reports whether the page shows the field of the transaction password beside
// the other proof (B12). While that password is paused it does not: the proof is then taken
// by itself, and the page after it says until when the pause lasts.
func (h *Handler) asksTogether(r *http.Request, v *authorize.Visit) (bool, error) {
	if !v.Step.Together {
		return false, nil
	}
	standing, err := h.Methods.Transaction.Standing(r.Context(), v.Account.ID)
	return standing == nil, err
}

func (h *Handler) showReauth(w http.ResponseWriter, r *http.Request, v *authorize.Visit) {
	page := h.signInPage(h.frame(r, v), v)
	ask, err := h.asksTogether(r, v)
	if err != nil {
		h.failed(w, r, v, err)
		return
	}
	page.TransactionToo = ask && page.ShowPasskey
	if v.Step.Approves {
		h.showApproval(w, r, v, page)
		return
	}
	h.Site.Render(w, r, http.StatusOK, page)
}

func (h *Handler) codeAsking(r *http.Request, v *authorize.Visit, page loginui.Page) (loginui.Page, error) {
	code, ok := page.(loginui.Code)
	if !ok {
		return page, nil
	}
	ask, err := h.asksTogether(r, v)
	code.TransactionToo, code.Operation = ask, v.Step.Outcome.Operation
	if err == nil && v.Step.Approves {
		code.Transaction, err = h.transactionCard(code.Lang, v)
	}
	return code, err
}

// codeTogether takes the authenticator app's code and the transaction password of one form.
// Whichever is wrong, the answer is the same, both attempts are counted and a right code is
// used up; who has only one of the two learns nothing about the other.
func (h *Handler) codeTogether(w http.ResponseWriter, r *http.Request, v *authorize.Visit, account *idp.Account, stage authorize.CodeStage, secret string) {
	var ev idp.AuthenticationEvent
	var wrongCode *loginui.Notice
	given, refusal, err := h.Methods.Transaction.VerifyWith(r.Context(), account, secret, parseIP(h.ClientIP(r)), func() (bool, error) {
		var err error
		ev, wrongCode, err = h.verifyCode(r, v, account, stage)
		return wrongCode == nil, err
	})
	if err != nil {
		h.failed(w, r, v, err)
		return
	}
	if refusal != nil {
		h.transactionRefused(r.Context(), v, refusal)
		notice := loginui.Notice{Code: loginui.NoticeTogetherWrong}
		switch {
		case wrongCode != nil && wrongCode.Code == loginui.NoticeCodeLocked:
			notice = *wrongCode
		case refusal.Code != transaction.Wrong:
			notice = loginui.Notice{Code: string(refusal.Code), Until: refusal.Until}
		}
		h.tell(w, r, v, "bad", notice.Code, notice.Until)
		return
	}
	p := proved{account: account, events: append(v.Progress.Pending[:len(v.Progress.Pending):len(v.Progress.Pending)], ev)}
	p.transaction = h.stageOf(v, given)
	h.signedIn(w, r, v, p)
}

// passkeyTogether looks at the transaction password that came with an assertion, after the
// assertion was verified and only if it is of the very customer who is signed in: nobody
// else gets to guess at it. When it is wrong nothing of the two is kept.
func (h *Handler) passkeyTogether(w http.ResponseWriter, r *http.Request, v *authorize.Visit, p *proved, body finishBody) bool {
	if p.account.ID != v.Session.AccountID {
		h.passkeyRefused(w, r, v, body.Credential, idp.ErrRejected)
		return false
	}
	given, refusal, err := h.Methods.Transaction.Verify(r.Context(), v.Account, body.TransactionPassword, parseIP(h.ClientIP(r)))
	if err != nil {
		h.jsonFailed(w, r, v, err)
		return false
	}
	if refusal != nil {
		h.transactionRefused(r.Context(), v, refusal)
		h.jsonError(w, r, v, http.StatusUnprocessableEntity, loginui.Notice{Kind: loginui.Bad, Code: string(refusal.Code), Until: refusal.Until})
		return false
	}
	p.transaction = h.stageOf(v, given)
	return true
}

// stageOf is what the interaction knows of a transaction password that was right; nil when
// it is good only for being changed, which the next page says from what is stored.
func (h *Handler) stageOf(v *authorize.Visit, given transaction.Given) *authorize.TransactionStage {
	if given.Temporary {
		return &authorize.TransactionStage{Temporary: true}
	}
	if given.MustChange {
		return nil
	}
	stage := v.Given(given.Event)
	stage.Advise = given.FourDigits
	h.agedTransaction(v, given)
	return stage
}

func (h *Handler) transactionVerified(v *authorize.Visit) idp.AuditRecord {
	rec := h.denied(v, v.Account.ID, audit.TransactionPasswordVerified, "")
	rec.Result, rec.Detail = audit.OK, map[string]string{"operation": v.Step.Outcome.Operation, "interaction": v.Interaction.ID}
	return rec
}

// postTransactionInstead turns to the stronger proof that the firm takes in its place (A12).
func (h *Handler) postTransactionInstead(w http.ResponseWriter, r *http.Request, v *authorize.Visit) {
	if v.Step.Kind == authorize.StepTransactionPassword && len(v.Step.Outcome.Methods) > 0 {
		v.Progress.Transaction, v.Progress.Notice = &authorize.TransactionStage{Instead: true}, nil
	}
	h.keep(w, r, v)
}
