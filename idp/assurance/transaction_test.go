package assurance

import (
	"reflect"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"sekisho/idp"
)

func given(interaction string) idp.AuthenticationEvent {
	return idp.AuthenticationEvent{ID: "t", AccountID: me, CeremonyID: interaction, Method: idp.MethodTransactionPassword, At: at(-1)}
}

// A2 B5 D7: whatever transaction passwords were given, wherever and however often, no level
// is higher for it, and none is newer or says more.
func TestTransactionPasswordEarnsNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		events := slices.DeleteFunc(genEvents.Draw(t, "events"), func(e idp.AuthenticationEvent) bool { return e.Method == idp.MethodTransactionPassword })
		more := slices.Clone(events)
		for range rapid.IntRange(1, 4).Draw(t, "n") {
			e := genEvent.Draw(t, "given")
			e.Method = idp.MethodTransactionPassword
			more = slices.Insert(more, rapid.IntRange(0, len(more)).Draw(t, "where"), e)
		}
		if before, after := Achieve(me, events), Achieve(me, more); !reflect.DeepEqual(before, after) {
			t.Fatalf("%+v became %+v", before, after)
		}
		asked, p, h := genAsked.Draw(t, "asked"), genPolicy.Draw(t, "policy"), genHoldings.Draw(t, "holdings")
		before, after := p.Next(asked, me, events, h, noon), p.Next(asked, me, more, h, noon)
		if before.Kind == TransactionPassword || before.Kind == Satisfied {
			return // what it may change is said below
		}
		before.TransactionToo, after.TransactionToo = false, false
		if !reflect.DeepEqual(before, after) {
			t.Fatalf("%+v became %+v", before, after)
		}
	})
}

// A2 B12: an operation that wants one is satisfied exactly when everything else is and it
// was given here; and then with the very level, amr and auth_time it would have without.
func TestTransactionPasswordIsOneMoreCondition(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		events, asked, h := genEvents.Draw(t, "events"), genAsked.Draw(t, "asked"), genHoldings.Draw(t, "holdings")
		rule := drawRule(t)
		rule.TransactionPassword, rule.TransactionOr = false, None
		without := Policy{Operations: map[string]OperationPolicy{"a": rule}, PasswordAllowed: true, EmailCodeAllowed: true}
		rule.TransactionPassword = true
		with := without
		with.Operations = map[string]OperationPolicy{"a": rule}
		asked.ACRValues = []string{op("a")}
		loose, strict := without.Next(asked, me, events, h, noon), with.Next(asked, me, events, h, noon)
		here := slices.ContainsFunc(events, func(e idp.AuthenticationEvent) bool {
			return e.Method == idp.MethodTransactionPassword && e.AccountID == me && e.CeremonyID != "" && e.CeremonyID == asked.InteractionID &&
				!e.At.IsZero() && !e.At.After(noon.Add(clockTolerance))
		})
		if strict.Kind == Authenticate && strict.TransactionToo == here {
			t.Fatalf("B12: given here: %v, and %+v", here, strict)
		}
		strict.TransactionToo = false
		switch {
		case loose.Kind != Satisfied || here:
			if !reflect.DeepEqual(loose, strict) {
				t.Fatalf("%+v became %+v", loose, strict)
			}
		case strict.Kind != TransactionPassword || strict.Operation != "a" || strict.Reason != "transaction_password":
			t.Fatalf("%+v, without it %+v", strict, loose)
		}
	})
}

func TestTransactionPassword(t *testing.T) {
	p := Policy{Operations: map[string]OperationPolicy{
		"withdrawal": {Level: PhishingResistant, Once: true, TransactionPassword: true},
		"trade":      {Level: Email, MaxAge: 15 * time.Minute, TransactionPassword: true},
		"data":       {Level: Email},
	}, PasswordAllowed: true, EmailCodeAllowed: true}
	passkey := idp.AuthenticationEvent{ID: "k", AccountID: me, CeremonyID: "c1", Method: idp.MethodPasskey, UserVerified: true, At: at(-3)}
	asked := func(ops ...string) Asked {
		a := Asked{CeremonyID: "c1", InteractionID: "i1"}
		for _, o := range ops {
			a.ACRValues = append(a.ACRValues, op(o))
		}
		return a
	}
	theirs, future, nowhere := given("i1"), given("i1"), given("")
	theirs.AccountID, future.At = "account-2", at(60)
	login := given("i1")
	login.Method = idp.MethodPassword
	for name, c := range map[string]struct {
		asked  Asked
		events []idp.AuthenticationEvent
		want   Kind
		acr    string
	}{
		"A2 the level alone": {asked("withdrawal"), []idp.AuthenticationEvent{passkey}, TransactionPassword, ""},
		"B12 both":           {asked("withdrawal"), []idp.AuthenticationEvent{passkey, given("i1")}, Satisfied, op("withdrawal")},
		"D7 beside a passkey, for a weak operation": {asked("trade"), []idp.AuthenticationEvent{passkey}, TransactionPassword, ""},
		"A2 it alone":                                 {asked("withdrawal"), []idp.AuthenticationEvent{given("i1")}, Authenticate, ""},
		"A2 given to another interaction":             {asked("withdrawal"), []idp.AuthenticationEvent{passkey, given("i2")}, TransactionPassword, ""},
		"A2 given to the ceremony, not here":          {asked("withdrawal"), []idp.AuthenticationEvent{passkey, given("c1")}, TransactionPassword, ""},
		"A2 given to nothing":                         {Asked{CeremonyID: "c1", ACRValues: []string{op("withdrawal")}}, []idp.AuthenticationEvent{passkey, nowhere}, TransactionPassword, ""},
		"A2 another account's":                        {asked("withdrawal"), []idp.AuthenticationEvent{passkey, theirs}, TransactionPassword, ""},
		"A2 from the future":                          {asked("withdrawal"), []idp.AuthenticationEvent{passkey, future}, TransactionPassword, ""},
		"B5 the login password is another":            {asked("withdrawal"), []idp.AuthenticationEvent{passkey, login}, TransactionPassword, ""},
		"an alternative that wants none is satisfied": {asked("withdrawal", "data"), []idp.AuthenticationEvent{passkey}, Satisfied, op("data")},
		"A12 registered data, asked for by level":     {asked("data"), []idp.AuthenticationEvent{passkey}, Satisfied, op("data")},
	} {
		t.Run(name, func(t *testing.T) {
			got := p.Next(c.asked, me, c.events, Holdings{Known: true, Passkeys: 1, TrustedPasskeys: 1}, noon)
			if got.Kind != c.want || got.ACR != c.acr {
				t.Errorf("%+v", got)
			}
			if slices.Contains(got.AMR, string(idp.MethodTransactionPassword)) || got.Kind == Satisfied && (got.Level != PhishingResistant || !got.AuthTime.Equal(passkey.At)) {
				t.Errorf("D7: %+v", got)
			}
		})
	}
}
