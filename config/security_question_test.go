package config

import (
	"slices"
	"testing"
)

// A5: a firm that switches the questions on has a list to choose from, in its languages.
func TestSecurityQuestions(t *testing.T) {
	good := map[string]Text{"pet": {"ja": "あ", "en": "a"}, "town": {"ja": "い", "en": "b"}, "first_school": {"ja": "う", "en": "c"}}
	for name, c := range map[string]struct {
		q    SecurityQuestion
		want []string
	}{
		"off":             {SecurityQuestion{}, nil},
		"on":              {SecurityQuestion{Enabled: true, Required: true, Recovery: true, Questions: good}, nil},
		"counts, but off": {SecurityQuestion{Recovery: true}, []string{"security_question.recovery"}},
		"must, but off":   {SecurityQuestion{Required: true}, []string{"security_question.required"}},
		"no questions":    {SecurityQuestion{Enabled: true}, []string{"security_question.questions"}},
		"bad ids and words": {
			SecurityQuestion{Enabled: true, Questions: map[string]Text{"Pet": good["pet"], "a__b": good["town"], "car": {"ja": "え"}}},
			[]string{"security_question.questions.Pet", "security_question.questions.a__b", "security_question.questions.car.en"},
		},
	} {
		d := Default()
		d.SecurityQuestion = c.q
		var got []string
		for _, p := range d.checkSecurityQuestion() {
			got = append(got, p.Key)
		}
		slices.Sort(got)
		if !slices.Equal(got, c.want) {
			t.Errorf("A5 %s: %v, want %v", name, got, c.want)
		}
	}
}
