package recovery

import (
	"context"
	"errors"
	"net/http"

	"sekisho/idp"
	"sekisho/idp/authn/throttle"
	loginui "sekisho/login-ui"
)

const byAnswer = "security_answer"

// asks is the customer's security question in the page's language, "" where an answer
// does not count as the second proof (A5, A8). It does not while a device is reported lost:
// a completed recovery lifts the suspension, which takes a real factor.
func (h *Handler) asks(ctx context.Context, v *visit) (string, error) {
	if h.Questions == nil || !h.Questions.Recovery || v.account == nil {
		return "", nil
	}
	state, err := h.Store.Recovery(ctx, v.account.ID)
	if err != nil || !state.PasskeysSuspendedAt.IsZero() || !state.TOTPSuspendedAt.IsZero() {
		return "", err
	}
	_, q, err := h.Questions.Held(ctx, v.account)
	return q.In(v.lang), err
}

// securityAnswer takes the answer to the customer's question as the second proof, after the
// mailed code. Guesses are counted by themselves.
func (h *Handler) securityAnswer(w http.ResponseWriter, r *http.Request, v *visit) {
	if !h.wantsSecond(w, r, v) {
		return
	}
	question, err := h.asks(r.Context(), v)
	if err != nil {
		h.failed(w, r, err)
		return
	}
	if question == "" {
		http.Redirect(w, r, v.path(), http.StatusSeeOther)
		return
	}
	attempt, ok := h.attempt(w, r, v, throttle.SecurityAnswer)
	if !ok {
		return
	}
	err = h.Questions.Verify(r.Context(), v.account, r.PostFormValue("answer"))
	if errors.Is(err, idp.ErrRejected) {
		h.refused(w, r, v, attempt, byAnswer, loginui.NoticeAnswerWrong)
		return
	}
	if err != nil {
		h.failed(w, r, err)
		return
	}
	v.progress.SecondAt, v.progress.Second = h.Now(), byAnswer
	h.prove(w, r, v, attempt, byAnswer, idp.RecoveryProof{})
}

// mayRemove reports whether this recovery may take authenticators away. By an answer only
// the password is regained: what others can find out must not remove a real factor.
func (v *visit) mayRemove() bool { return v.progress.Second != byAnswer }

// lockedNotice names the pause of a proof to the customer.
func lockedNotice(f throttle.Factor) string {
	if f == throttle.SecurityAnswer {
		return loginui.NoticeAnswerLocked
	}
	return loginui.NoticeCodeLocked
}
