package authorize

import (
	"testing"
	"time"

	"sekisho/idp"
)

// A9: a temporary password leads to the page that asks for a new one, after the second
// factor and before anything else, also beside a session that stands.
func TestMustChange(t *testing.T) {
	now := time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC)
	one := []idp.AuthenticationEvent{{AccountID: "a", CeremonyID: "c", Method: idp.MethodPassword, At: now}}
	two := append(one, idp.AuthenticationEvent{AccountID: "a", CeremonyID: "c", Method: idp.MethodTOTP, At: now})
	session := &idp.Session{AccountID: "a", Events: two}
	account := &idp.Account{ID: "a", Subject: "s"}
	for name, c := range map[string]struct {
		in   Input
		want StepKind
	}{
		"after both factors": {Input{Progress: Progress{AccountID: "a", CeremonyID: "c", Pending: two, Must: &MustChange{}}}, StepMustChange},
		"beside a session":   {Input{Session: session, Account: account, Progress: Progress{AccountID: "a", CeremonyID: "c", Pending: two, Must: &MustChange{TemporaryID: "t"}}}, StepMustChange},
		"silently":           {Input{Demand: Demand{None: true}, Progress: Progress{AccountID: "a", Pending: two, Must: &MustChange{}}}, StepFail},
		"before the second": {Input{Progress: Progress{AccountID: "a", Pending: one, Must: &MustChange{},
			Code: &CodeStage{Method: idp.MethodTOTP, Purpose: idp.CodeSignIn}}}, StepCode},
		"one factor and no code page": {Input{Progress: Progress{AccountID: "a", Pending: one, Must: &MustChange{}}}, StepSignIn},
	} {
		c.in.Now = now
		if got := Next(c.in); got.Kind != c.want {
			t.Errorf("%s: %s, want %s", name, got.Kind, c.want)
		}
	}
	p := Progress{AccountID: "a", Pending: two, Must: &MustChange{}}
	if p.Begin(); p.Must != nil || p.Pending != nil {
		t.Error("a new ceremony keeps the mark of the one before")
	}
}
