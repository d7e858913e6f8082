package settings

import (
	"context"
	"errors"
	"net/http"

	"sekisho/idp"
	"sekisho/idp/audit"
	"sekisho/idp/authn/throttle"
	"sekisho/idp/notify"
	loginui "sekisho/login-ui"
)

const questionPath = "/account/security-question"

// questionRoutes are there where the firm has security questions.
func (h *Handler) questionRoutes() []Route {
	if h.Questions == nil {
		return nil
	}
	return []Route{
		{questionPath, http.MethodGet, Fresh, h.guarded("security_question", Fresh, h.questionPage)},
		{questionPath, http.MethodPost, Fresh, h.guarded("security_question", Fresh, h.questionSet)},
	}
}

func (h *Handler) questionPage(w http.ResponseWriter, r *http.Request, c visitor) {
	if c.account.Kind == idp.Corporate { // its administrator answers for it (A8)
		h.trouble(w, r, http.StatusNotFound, loginui.ErrorNotFound)
		return
	}
	held, _, err := h.Questions.Held(r.Context(), c.account)
	if err != nil {
		h.failed(w, r, err)
		return
	}
	p := loginui.SecurityQuestion{Frame: h.frame(r, c), Action: questionPath, Own: true, Change: held != nil}
	for _, q := range h.Questions.Questions {
		p.Questions = append(p.Questions, loginui.QuestionChoice{ID: q.ID, Text: q.In(c.lang)})
	}
	h.Site.Render(w, r, http.StatusOK, p)
}

// questionSet takes a question and its answer; the one before is void, and so is its lock.
func (h *Handler) questionSet(w http.ResponseWriter, r *http.Request, c visitor) {
	if c.account.Kind == idp.Corporate {
		h.trouble(w, r, http.StatusNotFound, loginui.ErrorNotFound)
		return
	}
	effects, err := h.effects(r, c, audit.SecurityAnswerSet, nil, notify.SecurityAnswerSet, notify.Data{})
	if err == nil {
		err = h.Questions.Set(r.Context(), c.account, r.PostFormValue("question"), r.PostFormValue("answer"), effects)
	}
	switch {
	case errors.Is(err, idp.ErrRejected):
		h.questionPage(w, r, c.with(loginui.Bad, loginui.NoticeAnswerRefused))
		return
	case err != nil:
		h.failed(w, r, err)
		return
	}
	if err := h.Throttle.Release(r.Context(), throttle.SecurityAnswer, c.account.ID); err != nil {
		h.Log.ErrorContext(r.Context(), "lock of the earlier answer not lifted", "error", err) // the new one is committed
	}
	h.done(w, r, loginui.NoticeAnswerSet)
}

// fillQuestion is the row of the security centre. Neither question nor answer is shown.
func (h *Handler) fillQuestion(ctx context.Context, c visitor, p *loginui.Security) error {
	if h.Questions == nil || c.account.Kind == idp.Corporate {
		return nil
	}
	p.Question = &loginui.QuestionItem{}
	held, _, err := h.Questions.Held(ctx, c.account)
	if held != nil {
		p.Question.SetAt = held.SetAt
	}
	return err
}
