package config

import (
	"maps"
	"regexp"
	"slices"
)

// SecurityQuestion is a question and answer by which customers can regain an account (A5).
type SecurityQuestion struct {
	Enabled   bool            `koanf:"enabled" doc:"Whether customers are asked, at their next sign-in by the strongest method they have, to choose one of the questions and to answer it. Answers are hashed and earn no assurance level. Corporate accounts have none."`
	Required  bool            `koanf:"required" doc:"Whether that sign-in goes on only once a question was answered. Off: the customer may do it later and is asked again at the next sign-in."`
	Recovery  bool            `koanf:"recovery" doc:"Whether the answer counts as the second proof of a recovery, after the mailed code and never alone. What is regained by it is the login password only: passkeys and authenticator apps stay."`
	Questions map[string]Text `koanf:"questions" doc:"The questions: a stable id (lower-case letters, digits and single underscores) and the words by language. They are listed in the order of their ids. Who answered a question that is taken out is asked again."`
}

var questionID = regexp.MustCompile(`^[a-z0-9]+(_[a-z0-9]+)*$`)

// minQuestions is how many a customer must have to choose from.
const minQuestions = 3

func (c *Config) checkSecurityQuestion() (problems Problems) {
	q := c.SecurityQuestion
	if !q.Enabled {
		for key, set := range map[string]bool{"required": q.Required, "recovery": q.Recovery} {
			if set {
				problems.add("security_question."+key, "is set although security_question.enabled is not", "enable it, or leave this out")
			}
		}
		return problems
	}
	if len(q.Questions) < minQuestions {
		problems.add("security_question.questions", "has fewer than three questions", "write at least three, so that a customer can choose")
	}
	for _, id := range slices.Sorted(maps.Keys(q.Questions)) {
		key := "security_question.questions." + id
		if !questionID.MatchString(id) || len(id) > 32 {
			problems.add(key, "is no question id", "use lower-case letters, digits and single underscores, at most 32")
		}
		for _, lang := range c.Languages {
			if q.Questions[id][lang] == "" {
				problems.add(key+"."+lang, "is missing", "write the question in every language of the pages")
			}
		}
	}
	return problems
}
