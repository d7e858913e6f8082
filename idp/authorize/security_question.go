package authorize

import (
	"context"

	"sekisho/idp"
	"sekisho/idp/assurance"
)

// StepSecurityQuestion asks the customer to choose a security question and to answer it,
// right after a sign-in (A5).
const StepSecurityQuestion StepKind = "security_question"

// Questions says whether a customer still has to choose one. nil in the Engine: the firm
// has no security questions.
type Questions interface {
	Missing(ctx context.Context, account *idp.Account) (bool, error)
}

// QuestionInput is what the rule looks at.
type QuestionInput struct {
	Missing  bool // of a customer who signed in during this interaction
	Required bool // no "later"
}

// missingQuestion looks the answer up where it can matter: a session that was made in this
// interaction, and a customer who may be shown a page.
func (e *Engine) missingQuestion(ctx context.Context, v *Visit, in *Input) (err error) {
	here := v.Progress.Completed > 0 && !v.Session.CreatedAt.Before(v.Interaction.CreatedAt)
	if e.Questions == nil || in.Demand.None || v.Progress.LaterQuestion || !here {
		return nil
	}
	in.Question.Required = e.QuestionRequired
	in.Question.Missing, err = e.Questions.Missing(ctx, v.Account)
	return err
}

// securityQuestion: to set an answer takes what changing an authenticator takes (PG-16).
// Who signed in by a weaker method is asked another time, and not made to step up for it.
func securityQuestion(in Input) (Step, bool) {
	if !in.Question.Missing || in.Demand.None || in.fresh().Kind != assurance.Satisfied {
		return Step{}, false
	}
	return Step{Kind: StepSecurityQuestion}, true
}
