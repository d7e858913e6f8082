package assurance

import (
	"maps"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"sekisho/idp"
)

var (
	genEvent = rapid.Custom(func(t *rapid.T) idp.AuthenticationEvent {
		return idp.AuthenticationEvent{
			ID:               rapid.StringMatching(`[a-z]{3}`).Draw(t, "id"),
			AccountID:        rapid.SampledFrom([]string{me, me, me, "account-2", ""}).Draw(t, "account"),
			CeremonyID:       rapid.SampledFrom([]string{"c1", "c2", "c3", ""}).Draw(t, "ceremony"),
			Method:           rapid.SampledFrom([]idp.Method{idp.MethodPasskey, idp.MethodPassword, idp.MethodPassword, idp.MethodTOTP, idp.MethodEmailCode, idp.MethodTransactionPassword, "sms"}).Draw(t, "method"),
			CredentialID:     rapid.SampledFrom([]string{"", "k1", "k2"}).Draw(t, "credential"),
			At:               rapid.SampledFrom([]time.Time{{}, at(-600), at(-30), at(-10), at(-5), at(-1), noon, at(10)}).Draw(t, "at"),
			UserVerified:     rapid.Bool().Draw(t, "uv"),
			BackupEligible:   rapid.Bool().Draw(t, "be"),
			BackupState:      rapid.Bool().Draw(t, "bs"),
			HardwareAttested: rapid.Bool().Draw(t, "hw"),
			TrustedFrom:      rapid.SampledFrom([]time.Time{{}, at(-2), at(20)}).Draw(t, "trusted"),
		}
	})
	genEvents = rapid.SliceOfN(genEvent, 0, 12)
	genRule   = rapid.Custom(func(t *rapid.T) OperationPolicy {
		o := drawRule(t)
		if rapid.Bool().Draw(t, "dated") {
			before := drawRule(t)
			o.From, o.Before = rapid.SampledFrom([]time.Time{at(-7), at(7)}).Draw(t, "from"), &before
		}
		return o
	})
	genPolicy = rapid.Custom(func(t *rapid.T) Policy {
		return Policy{SignIn: genRule.Draw(t, "sign-in"), Operations: map[string]OperationPolicy{"a": genRule.Draw(t, "a"), "b": genRule.Draw(t, "b")},
			PasswordAllowed: rapid.Bool().Draw(t, "passwords"), EmailCodeAllowed: rapid.Bool().Draw(t, "codes")}
	})
	genAsked = rapid.Custom(func(t *rapid.T) Asked {
		a := Asked{
			ACRValues:  rapid.SliceOfN(rapid.SampledFrom(append(ACRValues(), op("a"), op("b"), op("c"), "gold", "")), 0, 4).Draw(t, "acr"),
			Essential:  rapid.Bool().Draw(t, "essential"),
			ForceLogin: rapid.Bool().Draw(t, "force"),
			Since:      rapid.SampledFrom([]time.Time{{}, at(-8), at(-3)}).Draw(t, "since"),
			CeremonyID: rapid.SampledFrom([]string{"", "c1", "c9"}).Draw(t, "this"), InteractionID: rapid.SampledFrom([]string{"", "c1", "c2"}).Draw(t, "here"),
		}
		if rapid.Bool().Draw(t, "aged") {
			a.MaxAge = seconds(rapid.SampledFrom([]int{-1, 0, 1, 300, 3600}).Draw(t, "max_age"))
		}
		return a
	})
	genHoldings = rapid.Custom(func(t *rapid.T) Holdings {
		n := rapid.IntRange(0, 2)
		return Holdings{Known: rapid.Bool().Draw(t, "known"), Passkeys: n.Draw(t, "k"), TrustedPasskeys: n.Draw(t, "tk"), HardwarePasskeys: n.Draw(t, "hk"),
			Password: rapid.Bool().Draw(t, "p"), TOTP: rapid.Bool().Draw(t, "t"), Email: rapid.Bool().Draw(t, "e"), CanEnrolPasskey: rapid.Bool().Draw(t, "enrol")}
	})
)

func drawRule(t *rapid.T) OperationPolicy {
	return OperationPolicy{
		Level:          Level(rapid.IntRange(0, 4).Draw(t, "level")),
		MaxAge:         rapid.SampledFrom([]time.Duration{0, time.Minute, 15 * time.Minute, 8 * time.Hour}).Draw(t, "age"),
		Once:           rapid.Bool().Draw(t, "once"),
		TrustedPasskey: rapid.Bool().Draw(t, "trust"),
		Deny:           rapid.IntRange(0, 7).Draw(t, "deny") == 0,

		TransactionPassword: rapid.IntRange(0, 3).Draw(t, "transaction") == 0,
		TransactionOr:       rapid.SampledFrom([]Level{None, None, MFA}).Draw(t, "transaction or"),
		Bounds:              Bounds{None: rapid.Bool().Draw(t, "none allowed"), TransactionPassword: rapid.Bool().Draw(t, "transaction allowed")},
	}
}

// supports is the level table said a second time, without pairing or order: could these
// events, all of one ceremony of one account, hold the level up with its last one at when?
func supports(events []idp.AuthenticationEvent, level Level, when time.Time) bool {
	has := func(m idp.Method) (any, then bool) {
		for _, e := range events {
			if e.Method == m && !e.At.After(when) && !e.At.IsZero() {
				any, then = true, then || e.At.Equal(when)
			}
		}
		return any, then
	}
	pair := func(second idp.Method) bool {
		p, pThen := has(idp.MethodPassword)
		s, sThen := has(second)
		return p && s && (pThen || sThen)
	}
	switch level {
	case Email:
		return pair(idp.MethodEmailCode)
	case MFA:
		return pair(idp.MethodTOTP)
	}
	return slices.ContainsFunc(events, func(e idp.AuthenticationEvent) bool {
		sound := e.Method == idp.MethodPasskey && e.UserVerified && e.At.Equal(when) && (e.BackupEligible || !e.BackupState)
		return sound && (level == PhishingResistant || e.HardwareAttested && !e.BackupEligible)
	})
}

func ceremony(events []idp.AuthenticationEvent, account, id string) []idp.AuthenticationEvent {
	return slices.DeleteFunc(slices.Clone(events), func(e idp.AuthenticationEvent) bool { return e.AccountID != account || e.CeremonyID != id })
}

// SU-04 SE-13 ID-03 OT-10: no level without its events, in one ceremony, of that account.
func TestEveryLevelHasItsEvents(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		events := genEvents.Draw(t, "events")
		seen := map[string]bool{}
		for _, a := range Achieve(me, events) {
			own := ceremony(events, me, a.CeremonyID)
			if a.CeremonyID == "" || seen[a.CeremonyID] || a.Level == None || !supports(own, a.Level, a.AuthTime) {
				t.Fatalf("%+v of %+v", a, own)
			}
			seen[a.CeremonyID] = true
			mfa := slices.Contains(a.AMR, "mfa")
			if mfa != (a.Level >= MFA) || slices.Contains(a.AMR, "pop") != (a.Level >= PhishingResistant) || slices.Contains(a.AMR, "pwd") != (a.Level < PhishingResistant) {
				t.Fatalf("amr %v at level %d", a.AMR, a.Level)
			}
		}
	})
}

// SE-13: what other people or other ceremonies do changes nothing about a ceremony.
func TestOthersChangeNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		events, more := genEvents.Draw(t, "events"), genEvents.Draw(t, "more")
		more = slices.DeleteFunc(more, func(e idp.AuthenticationEvent) bool { return e.AccountID == me && e.CeremonyID == "c1" })
		of := func(events []idp.AuthenticationEvent) Achieved {
			all := Achieve(me, events)
			if i := slices.IndexFunc(all, func(a Achieved) bool { return a.CeremonyID == "c1" }); i >= 0 {
				return all[i]
			}
			return Achieved{}
		}
		before, after := of(events), of(slices.Concat(more, events, more))
		if before.Level != after.Level || !before.AuthTime.Equal(after.AuthTime) || !slices.Equal(before.AMR, after.AMR) {
			t.Fatalf("was %+v, is %+v", before, after)
		}
	})
}

// SU-01 SU-02 SU-04 SU-05 SE-13: whatever the policy and the ask, satisfied means a proof
// that holds the level up by itself, fresh, for one of the values asked.
func TestSatisfiedIsSupported(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		events, asked, p := genEvents.Draw(t, "events"), genAsked.Draw(t, "asked"), genPolicy.Draw(t, "policy")
		h := genHoldings.Draw(t, "holdings")
		got := p.Next(asked, me, events, h, noon)
		if got.Kind != Satisfied {
			checkUnsatisfied(t, got)
			return
		}
		own := slices.DeleteFunc(ceremony(events, me, got.CeremonyID), func(e idp.AuthenticationEvent) bool { return e.At.After(noon.Add(clockTolerance)) })
		if got.CeremonyID == "" || got.Level == None || !supports(own, got.Level, got.AuthTime) {
			t.Fatalf("%+v from %+v", got, own)
		}
		known := slices.DeleteFunc(slices.Clone(asked.ACRValues), func(v string) bool {
			_, level := ParseACR(v)
			return !level && v != op("a") && v != op("b")
		})
		if len(known) > 0 && !slices.Contains(known, got.ACR) || len(known) == 0 && got.ACR != got.Level.ACR() {
			t.Fatalf("acr %q for %v", got.ACR, asked.ACRValues)
		}
		if l, ok := ParseACR(got.ACR); ok && l > got.Level {
			t.Fatalf("acr %q at level %d", got.ACR, got.Level)
		}
		if asked.Essential && len(asked.ACRValues) > 0 && len(known) == 0 {
			t.Fatalf("essential %v satisfied by %q", asked.ACRValues, got.ACR)
		}
		answered := got.CeremonyID == asked.CeremonyID ||
			!asked.Since.IsZero() && got.AuthTime.Sub(asked.Since) > clockTolerance
		if (asked.ForceLogin || asked.MaxAge != nil && *asked.MaxAge <= 0) && !answered {
			t.Fatalf("stale: %+v", got)
		}
		if asked.MaxAge != nil && *asked.MaxAge > 0 && noon.Sub(got.AuthTime) > max(*asked.MaxAge, answerGrace) {
			t.Fatalf("older than max_age: %+v", got)
		}
	})
}

func checkUnsatisfied(t *rapid.T, got Outcome) {
	if got.ACR != "" || got.Level != None || got.AMR != nil || !got.AuthTime.IsZero() || got.Reason == "" {
		t.Fatalf("unsatisfied, yet %+v", got)
	}
	if got.Kind != TransactionPassword && (got.Kind == Authenticate) != (len(got.Methods) > 0) {
		t.Fatalf("methods of %+v", got)
	}
}

// SU-05: making a rule stricter never lets anybody in.
func TestTighteningNeverAdmits(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		events, asked, p, h := genEvents.Draw(t, "events"), genAsked.Draw(t, "asked"), genPolicy.Draw(t, "policy"), genHoldings.Draw(t, "holdings")
		strict := p
		strict.Operations = maps.Clone(p.Operations)
		strict.SignIn = tighten(t, p.SignIn)
		for name, o := range p.Operations {
			strict.Operations[name] = tighten(t, o)
		}
		strict.PasswordAllowed = p.PasswordAllowed && rapid.Bool().Draw(t, "fewer methods")
		loose, tight := p.Next(asked, me, events, h, noon), strict.Next(asked, me, events, h, noon)
		if tight.Kind == Satisfied && loose.Kind != Satisfied {
			t.Fatalf("%+v\nbecame %+v", loose, tight)
		}
	})
}

func tighten(t *rapid.T, o OperationPolicy) OperationPolicy {
	if o.Before != nil {
		before := tighten(t, *o.Before)
		o.Before = &before
	}
	o.Level = min(o.Level+Level(rapid.IntRange(0, 2).Draw(t, "raise")), PhishingResistantHardware)
	if rapid.Bool().Draw(t, "younger") && (o.MaxAge == 0 || o.MaxAge > 2*time.Minute) {
		o.MaxAge = 2 * time.Minute
	}
	o.Once = o.Once || rapid.Bool().Draw(t, "once")
	o.TrustedPasskey = o.TrustedPasskey || rapid.Bool().Draw(t, "trust")
	if !o.TransactionPassword && rapid.Bool().Draw(t, "transaction") {
		o.TransactionPassword, o.TransactionOr = true, None
	}
	o.Deny = o.Deny || rapid.IntRange(0, 5).Draw(t, "deny") == 0
	return o
}

// A sign-in that happens later never takes an earlier one's standing away.
func TestLaterEventsTakeNothingAway(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		events, asked, p := genEvents.Draw(t, "events"), genAsked.Draw(t, "asked"), genPolicy.Draw(t, "policy")
		last := genEvent.Draw(t, "last")
		last.At = noon.Add(time.Second)
		before := p.Next(asked, me, events, Holdings{}, noon)
		after := p.Next(asked, me, append(slices.Clone(events), last), Holdings{}, noon)
		if before.Kind == Satisfied && (after.Kind != Satisfied || after.AuthTime.Before(before.AuthTime) && after.ACR == before.ACR) {
			t.Fatalf("%+v\nbecame %+v", before, after)
		}
	})
}
