package provider

import (
	"maps"
	"slices"

	"sekisho/idp/authn/securityquestion"
)

// questions are the firm's security questions in the order of their ids; nil: it has none.
func (p *Provider) questions() *securityquestion.Service {
	q := p.cfg.SecurityQuestion
	if !q.Enabled {
		return nil
	}
	s := &securityquestion.Service{Store: p.opt.Store, Hasher: p.hasher, Now: p.now, Recovery: q.Recovery}
	for _, id := range slices.Sorted(maps.Keys(q.Questions)) {
		s.Questions = append(s.Questions, securityquestion.Question{ID: id, Text: q.Questions[id]})
	}
	return s
}

// askQuestions lets the engine ask for an answer after a sign-in.
func (p *Provider) askQuestions() {
	if s := p.questions(); s != nil { // a nil service must not become an interface that is not nil
		p.engine.Questions, p.engine.QuestionRequired = s, p.cfg.SecurityQuestion.Required
	}
}
