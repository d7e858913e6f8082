package assurance

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"sekisho/idp"
)

// Achieved is a level one ceremony earned, with everything a token says about it.
type Achieved struct {
	CeremonyID string
	Level      Level
	AMR        []string
	AuthTime   time.Time // of the event that completed the level (ID-04)
	// TrustedFrom is the latest end of a cooling-off among the authenticators used; zero
	// when none is cooling off. Before it the level does not count where trust is needed.
	TrustedFrom time.Time
}

// Achieve returns what each ceremony of the account earned: one entry per ceremony, its
// highest level and the newest proof of that, newest AuthTime first. Events of other
// accounts, and events without a ceremony or a time, are ignored; factors combine only
// inside one ceremony. Ceremonies that earned no level are absent.
func Achieve(accountID string, events []idp.AuthenticationEvent) []Achieved {
	var best []Achieved
	for _, a := range proofs(accountID, events, time.Time{}) {
		i := slices.IndexFunc(best, func(b Achieved) bool { return b.CeremonyID == a.CeremonyID })
		switch {
		case i < 0:
			best = append(best, a)
		case a.Level > best[i].Level:
			best[i] = a // proofs come newest first: an equal level seen earlier is the newer one
		}
	}
	slices.SortFunc(best, newestFirst)
	return best
}

// proofs returns every completion of a level, newest first. A non-zero until drops events
// after it, before factors are combined: an event from the future proves nothing.
func proofs(accountID string, events []idp.AuthenticationEvent, until time.Time) []Achieved {
	if accountID == "" {
		return nil
	}
	own := make([]idp.AuthenticationEvent, 0, len(events))
	for _, e := range events {
		if e.AccountID != accountID || e.CeremonyID == "" || e.At.IsZero() || !until.IsZero() && e.At.After(until) {
			continue
		}
		own = append(own, e)
	}
	slices.SortFunc(own, func(a, b idp.AuthenticationEvent) int {
		return cmp.Or(strings.Compare(a.CeremonyID, b.CeremonyID), a.At.Compare(b.At),
			strings.Compare(string(a.Method), string(b.Method)), strings.Compare(a.ID, b.ID))
	})
	var out []Achieved
	for len(own) > 0 {
		n := 1
		for n < len(own) && own[n].CeremonyID == own[0].CeremonyID {
			n++
		}
		out = appendCeremony(out, own[:n])
		own = own[n:]
	}
	slices.SortFunc(out, newestFirst)
	return out
}

// appendCeremony adds the proofs of one ceremony, whose events are in order of time.
func appendCeremony(out []Achieved, ceremony []idp.AuthenticationEvent) []Achieved {
	for _, e := range ceremony {
		if l := passkeyLevel(e); e.Method == idp.MethodPasskey && l != None {
			out = append(out, Achieved{e.CeremonyID, l, passkeyAMR(e), e.At, e.TrustedFrom})
		}
	}
	out = appendPairs(out, ceremony, idp.MethodTOTP)
	return appendPairs(out, ceremony, idp.MethodEmailCode)
}

// appendPairs adds one proof for each time a password and the second factor were both
// shown. A proof uses its two events up: repeating one factor alone must not make an old
// pair look fresh.
func appendPairs(out []Achieved, ceremony []idp.AuthenticationEvent, second idp.Method) []Achieved {
	var password, other *idp.AuthenticationEvent
	for i := range ceremony {
		switch e := &ceremony[i]; e.Method {
		case idp.MethodPassword:
			password = e
		case second:
			other = e
		default:
			continue
		}
		if password == nil || other == nil {
			continue
		}
		level, amr := pairLevel(second)
		out = append(out, Achieved{password.CeremonyID, level, amr,
			later(password.At, other.At), later(password.TrustedFrom, other.TrustedFrom)})
		password, other = nil, nil
	}
	return out
}

func newestFirst(a, b Achieved) int {
	return cmp.Or(b.AuthTime.Compare(a.AuthTime), cmp.Compare(b.Level, a.Level), strings.Compare(a.CeremonyID, b.CeremonyID),
		a.TrustedFrom.Compare(b.TrustedFrom))
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
