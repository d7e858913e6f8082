package explain

import (
	"maps"
	"slices"
)

// question tells of the security question, which is for regaining an account only.
func (t *teller) question() {
	q := t.c.SecurityQuestion
	if t.either(q.Enabled, "question.asked", "question.off"); !q.Enabled {
		return
	}
	t.either(q.Required, "question.required", "question.later")
	t.either(q.Recovery, "question.recovery", "question.no_recovery")
	var words []string
	for _, id := range slices.Sorted(maps.Keys(q.Questions)) {
		words = append(words, t.say("question.quoted", "Words", q.Questions[id].In(t.lang)))
	}
	t.tell("question.list", "Questions", t.list(words))
}

// letters tells how temporary passwords reach customers by post.
func (t *teller) letters() {
	l := t.c.Letters
	t.tell("letters.lifetime", "For", t.duration(l.Lifetime))
	t.tell("letters.cut_off", "At", l.CutOff)
	t.either(len(l.ClosedDays) > 0, "letters.closed", "letters.weekends", "N", len(l.ClosedDays))
	t.tell("letters.again", "For", t.duration(l.AgainAfter))
}

// documents tells what the desk looks at before it acts for somebody.
func (t *teller) documents() {
	var names []string
	for _, name := range t.c.Identity.Documents {
		id := "document." + name
		if _, ok := t.words[id]; !ok {
			id = "document.other"
		}
		names = append(names, t.say(id, "Name", name))
	}
	t.tell("recovery.documents", "Documents", t.any(names))
}
