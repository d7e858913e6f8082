package authorize

import (
	"testing"
	"time"

	"sekisho/idp"
	"sekisho/idp/assurance"
)

// A13: when the notice is due, and where it stands among the steps.
func TestPasswordAge(t *testing.T) {
	const day = 24 * time.Hour
	p := PasswordAge{After: 365 * day, Again: 90 * day}
	for _, c := range []struct {
		name              string
		changed, reminded time.Duration // before now; 0: never
		rule              PasswordAge
		wantOld, wantDue  bool
	}{
		{"A13 a year", 365 * day, 0, p, true, true},
		{"A13 a day less", 364 * day, 0, p, false, false},
		{"A13 put off", 400 * day, 89 * day, p, true, false},
		{"A13 put off long ago", 500 * day, 90 * day, p, true, true},
		{"A13 switched off", 4000 * day, 0, PasswordAge{}, false, false},
		{"A13 nobody knows since when", 0, 0, p, false, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			ago := func(d time.Duration) time.Time {
				if d == 0 {
					return time.Time{}
				}
				return noon.Add(-d)
			}
			if got := c.rule.Old(ago(c.changed), noon); got != c.wantOld {
				t.Errorf("old: %v", got)
			}
			if got := c.rule.Due(ago(c.changed), ago(c.reminded), noon); got != c.wantDue {
				t.Errorf("due: %v", got)
			}
		})
	}
}

func TestPasswordAgeSteps(t *testing.T) {
	base := signedIn(events("c2", noon.Add(-10*time.Second), idp.MethodPassword, idp.MethodTOTP))
	base.Holdings = assurance.Holdings{TOTP: true, Password: true}
	base.Enrol = EnrolRequirement(base.Holdings, 5*time.Minute)
	base.Progress.Completed, base.Progress.About, base.Progress.CeremonyID = 1, "taro", "c2"
	base.Progress.Aged = &AgedStage{AccountID: "taro", Kind: idp.LoginPassword, ChangedAt: noon.Add(-400 * 24 * time.Hour)}
	changing := *base.Progress.Aged
	changing.Change = true
	for _, c := range []struct {
		name string
		edit func(*Input)
		want StepKind
	}{
		{"A13 after the sign-in", func(*Input) {}, StepPasswordAge},
		{"A13 not before it", func(in *Input) { in.Progress.Completed = 0 }, StepFinish},
		{"A13 never silently", func(in *Input) { in.Demand.None = true }, StepFinish},
		{"A13 not of somebody else", func(in *Input) { in.Progress.Aged = &AgedStage{AccountID: "jiro"} }, StepFinish},
		{"A13 before consent", func(in *Input) { in.Consent.Needed = true }, StepPasswordAge},
		{"A13 now", func(in *Input) { in.Progress.Aged = &changing }, StepPasswordAgeChange},
		{"A13 PG-16 now, but the proof is old", func(in *Input) { in.Progress.Aged = &changing; in.Now = noon.Add(10 * time.Minute) }, StepReauth},
	} {
		t.Run(c.name, func(t *testing.T) {
			in := base
			c.edit(&in)
			if got := Next(in); got.Kind != c.want {
				t.Errorf("got %s (%+v), want %s", got.Kind, got.Outcome, c.want)
			}
		})
	}
	p := base.Progress
	if p.SpeakOf("jiro"); p.Aged != nil {
		t.Error("A13: spoken of to another customer")
	}
	p = base.Progress
	if p.Begin(); p.Aged == nil {
		t.Error("A13: a step-up forgets it")
	}
	p = base.Progress
	p.Completed = 0
	if p.Begin(); p.Aged != nil {
		t.Error("A13: kept for another way of signing in")
	}
}
