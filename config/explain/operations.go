package explain

import (
	"maps"
	"slices"
	"strings"

	"sekisho/config"
)

// operations says for each operation what it asks for. Signing in comes before, in its own
// section; its level is the floor of every other.
func (t *teller) operations() {
	for _, name := range slices.Sorted(maps.Keys(t.c.Assurance.Operations)) {
		id := "operation." + name
		if _, ok := t.words[id]; !ok || name == "colon" {
			id = "operation.other"
		}
		o := t.c.Assurance.Operations[name]
		t.rules(t.heading(o, t.say("operation.colon", "Name", t.say(id, "Name", name))), o)
	}
}

// heading is what the firm calls the operation, else the usual words for it.
func (t *teller) heading(o config.Operation, usual string) string {
	if name := o.Name.In(t.lang); name != "" {
		return t.say("operation.colon", "Name", name)
	}
	return usual
}

// rules tells a rule and those before it, each as one paragraph with the time it holds.
func (t *teller) rules(heading string, o config.Operation) {
	if o.Deny || o.Before == nil { // a deny holds whatever the date says
		t.paragraph(heading, "", o)
		return
	}
	t.paragraph(heading, t.say("rule.from", "At", t.moment(o.From)), o)
	until := o.From
	for b := o.Before; b != nil; b = b.Before {
		when := t.say("rule.until", "At", t.moment(until))
		if until = b.From; !until.IsZero() && b.Before != nil {
			when += t.say("rule.from", "At", t.moment(until))
		}
		t.paragraph(heading, when, *b)
	}
}

func (t *teller) paragraph(heading, when string, o config.Operation) {
	gap := map[string]string{"ja": "", "en": " "}[t.lang]
	t.sentences = append(t.sentences, heading+when+strings.Join(t.rule(o), gap))
}

// rule lists what one rule asks for, the wording of an operation that is off included.
func (t *teller) rule(o config.Operation) []string {
	if o.Deny {
		if reason := o.DenyReason.In(t.lang); reason != "" {
			return []string{t.say("rule.deny", "Reason", reason)}
		}
		return []string{t.say("rule.deny_plain")}
	}
	acr := o.Level
	if floor := t.c.Assurance.SignIn.Level; slices.Index(levelOrder, floor) > slices.Index(levelOrder, acr) {
		acr = floor
	}
	if acr == "" {
		acr = config.LevelEmail // a single factor earns no level
	}
	out := []string{t.say("rule.level", "Level", t.level(acr))}
	switch {
	case o.Once:
		out = append(out, t.say("rule.once"))
	case o.MaxAge > 0:
		out = append(out, t.say("rule.max_age", "For", t.duration(o.MaxAge)))
	default:
		out = append(out, t.say("rule.session"))
	}
	switch {
	case o.TransactionPassword && o.TransactionOr != "":
		out = append(out, t.say("rule.transaction_or", "Level", t.level(o.TransactionOr)))
	case o.TransactionPassword:
		out = append(out, t.say("rule.transaction"))
	}
	if o.TrustedPasskey {
		out = append(out, t.say("rule.trusted"))
	}
	if o.RespectHold {
		out = append(out, t.say("rule.hold"))
	}
	return append(out, t.choices(o.Choices)...)
}

// choices says what customers may set for themselves: what is stricter, and, where the firm
// allows it, to be asked for nothing more.
func (t *teller) choices(allowed []string) (out []string) {
	var stricter []string
	for _, choice := range allowed {
		if choice != "none" {
			stricter = append(stricter, t.say("choice."+choice))
		}
	}
	if len(stricter) > 0 {
		out = append(out, t.say("rule.choices", "Choices", t.any(stricter)))
	}
	if len(stricter) < len(allowed) {
		out = append(out, t.say("rule.choice_none"))
	}
	return out
}
