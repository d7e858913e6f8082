package assurance

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"sekisho/idp"
)

var genChoices = rapid.Custom(func(t *rapid.T) idp.FactorChoices {
	choices := idp.FactorChoices{}
	for _, name := range []string{idp.SignInChoice, "a", "b", "gone", AuthenticatorChange} {
		if rapid.Bool().Draw(t, name) {
			choices[name] = idp.FactorChoice{
				Factor:              rapid.SampledFrom([]string{"", "none", "totp", "passkey", "sms"}).Draw(t, "factor"),
				Anew:                rapid.Bool().Draw(t, "anew"),
				TransactionPassword: rapid.Bool().Draw(t, "tx"),
			}
		}
	}
	return choices
})

// B7: no choice ever lets in whom the loosest of what the firm allows keeps out, and one that
// does without "none" never lets in whom the firm's own rule keeps out.
func TestNoChoiceIsBelowTheFirmsMinimum(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		events, asked, p, h := genEvents.Draw(t, "events"), genAsked.Draw(t, "asked"), genPolicy.Draw(t, "policy"), genHoldings.Draw(t, "holdings")
		choices := genChoices.Draw(t, "choices")
		got := p.Chosen(choices).Next(asked, me, events, h, noon)
		if got.Kind != Satisfied {
			return
		}
		if least := p.Least().Next(asked, me, events, h, noon); least.Kind != Satisfied {
			t.Fatalf("%+v with %+v, though the minimum is %+v", got, choices, least)
		}
		waives := slices.ContainsFunc([]string{"a", "b"}, func(name string) bool { return choices[name].Factor == idp.FactorNone })
		if firm := p.Next(asked, me, events, h, noon); !waives && firm.Kind != Satisfied {
			t.Fatalf("%+v with %+v, though the firm says %+v", got, choices, firm)
		}
	})
}

// B7: what a customer chose holds by itself: satisfied means the level chosen was proved.
func TestChoiceIsKept(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		events, p, h := genEvents.Draw(t, "events"), genPolicy.Draw(t, "policy"), genHoldings.Draw(t, "holdings")
		choices := genChoices.Draw(t, "choices")
		got := p.Chosen(choices).Next(Asked{ACRValues: []string{op("a")}, CeremonyID: "c1"}, me, events, h, noon)
		if got.Kind != Satisfied {
			return
		}
		c := choices["a"]
		if got.Level < ChosenLevel(c.Factor) || got.Level < ChosenLevel(choices[idp.SignInChoice].Factor) || c.Anew && got.CeremonyID != "c1" {
			t.Fatalf("%+v with %+v", got, c)
		}
	})
}

// B7: going back and forth loosens one way, and never both.
func TestLoosensOneWay(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p, from, to := genPolicy.Draw(t, "policy"), genChoices.Draw(t, "from")["a"], genChoices.Draw(t, "to")["a"]
		if p.Loosens("a", from, from) {
			t.Fatalf("%+v loosens itself", from)
		}
		if p.Loosens("a", idp.FactorChoice{}, idp.FactorChoice{Factor: to.Factor, Anew: true}) && to.Factor != idp.FactorNone {
			t.Fatalf("%+v loosens the firm's rule", to)
		}
	})
}

func TestChoiceByTable(t *testing.T) {
	p := Policy{PasswordAllowed: true, EmailCodeAllowed: true, SignIn: OperationPolicy{Level: Email, MaxAge: 8 * time.Hour}, Operations: map[string]OperationPolicy{
		"trade":             {Level: MFA, MaxAge: time.Hour, Bounds: Bounds{None: true, Passkey: true, Anew: true}},
		"withdrawal":        {Level: PhishingResistant, Once: true},
		"dated":             {Level: PhishingResistant, From: at(60), Before: &OperationPolicy{Level: Email, Bounds: Bounds{TOTP: true}}},
		AuthenticatorChange: {Level: Email},
	}}
	choose := func(name, factor string) OperationPolicy {
		o, _ := p.Chosen(idp.FactorChoices{name: {Factor: factor, TransactionPassword: true}}).Rule(name, noon)
		return o
	}
	if o := choose("trade", idp.FactorNone); o.Level != Email || o.MaxAge != 8*time.Hour || o.TransactionPassword {
		t.Errorf("B7: nothing beyond signing in: %+v", o)
	}
	if o := choose("withdrawal", idp.FactorNone); o.Level != PhishingResistant || !o.Once {
		t.Errorf("B7: the firm allows no less: %+v", o)
	}
	if o := choose("trade", idp.FactorPasskey); o.Level != PhishingResistant {
		t.Errorf("B7: %+v", o)
	}
	if o := choose("dated", idp.FactorTOTP); o.Level != MFA {
		t.Errorf("B7: until the date: %+v", o)
	}
	later, _ := p.Chosen(idp.FactorChoices{"dated": {Factor: idp.FactorTOTP}}).Rule("dated", at(60))
	if later.Level != PhishingResistant {
		t.Errorf("B7 D2: from the date on the firm's rule wins: %+v", later)
	}
	if o := p.Chosen(idp.FactorChoices{AuthenticatorChange: {Factor: idp.FactorPasskey}}).Operations[AuthenticatorChange]; o.Level != Email {
		t.Errorf("B7: %+v", o)
	}
	for name, c := range map[string]struct {
		operation string
		choice    idp.FactorChoice
		allowed   bool
	}{
		"firm":     {"trade", idp.FactorChoice{}, true},
		"none":     {"trade", idp.FactorChoice{Factor: idp.FactorNone}, true},
		"anew":     {"trade", idp.FactorChoice{Factor: idp.FactorPasskey, Anew: true}, true},
		"not totp": {"trade", idp.FactorChoice{Factor: idp.FactorTOTP}, false},
		"not none": {"withdrawal", idp.FactorChoice{Factor: idp.FactorNone}, false},
		"no tx":    {"trade", idp.FactorChoice{TransactionPassword: true}, false},
		"unknown":  {"trade", idp.FactorChoice{Factor: "sms"}, false},
		"own":      {AuthenticatorChange, idp.FactorChoice{}, false},
		"missing":  {"gone", idp.FactorChoice{}, false},
	} {
		if got := p.Allows(c.operation, c.choice, noon); got != c.allowed {
			t.Errorf("B7 %s: %v", name, got)
		}
	}
	stranded := p.Stranded(idp.FactorChoices{"trade": {Factor: idp.FactorPasskey}, "withdrawal": {Factor: idp.FactorTOTP}}, Holdings{Known: true, Password: true, Email: true, TOTP: true})
	if !slices.Equal(stranded, []string{"trade"}) {
		t.Errorf("B7: stranded %v", stranded)
	}
	if !p.Loosens("dated", idp.FactorChoice{Factor: idp.FactorTOTP}, idp.FactorChoice{}) || p.Loosens("withdrawal", idp.FactorChoice{Factor: idp.FactorPasskey}, idp.FactorChoice{}) {
		t.Error("B7: loosening is told by the rules, now and until a date")
	}
}
