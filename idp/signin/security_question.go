package signin

import (
	"errors"
	"net/http"
	"time"

	"sekisho/idp"
	"sekisho/idp/audit"
	"sekisho/idp/authorize"
	"sekisho/idp/notify"
	loginui "sekisho/login-ui"
)

func (h *Handler) questionRoutes() []Route {
	return []Route{{"/security-question", http.MethodPost, false, h.form(h.postQuestion)}}
}

func (h *Handler) questionPage(f loginui.Frame, v *authorize.Visit) loginui.Page {
	p := loginui.SecurityQuestion{Frame: f, Action: v.Path() + "/security-question", Later: !v.Input.Question.Required}
	for _, q := range h.Questions.Questions {
		p.Questions = append(p.Questions, loginui.QuestionChoice{ID: q.ID, Text: q.In(f.Lang)})
	}
	return p
}

// postQuestion stores the answer, or puts the question off where the firm allows it.
func (h *Handler) postQuestion(w http.ResponseWriter, r *http.Request, v *authorize.Visit) {
	if v.Step.Kind != authorize.StepSecurityQuestion {
		h.back(w, r, v)
		return
	}
	if r.PostFormValue("choice") == "later" && !v.Input.Question.Required {
		v.Progress.LaterQuestion, v.Progress.Notice = true, nil
		h.keep(w, r, v)
		return
	}
	rec := h.denied(v, v.Account.ID, audit.SecurityAnswerSet, "")
	rec.Result = audit.OK
	effects := idp.Effects{Audit: []idp.AuditRecord{h.Fill(r.Context(), rec)}}
	var err error
	effects.Outbox, err = h.mailAll(r.Context(), h.spokenTo(r, v, v.Account), notify.SecurityAnswerSet, notify.Data{At: h.Now()})
	if err == nil {
		err = h.Questions.Set(r.Context(), v.Account, r.PostFormValue("question"), r.PostFormValue("answer"), effects)
	}
	switch {
	case errors.Is(err, idp.ErrRejected):
		h.tell(w, r, v, "bad", loginui.NoticeAnswerRefused, time.Time{})
	case err != nil:
		h.failed(w, r, v, err)
	default:
		h.Committed()
		h.tell(w, r, v, "", "", time.Time{})
	}
}
