package authorize

import (
	"testing"

	"sekisho/idp"
)

func TestCheckEnvironment(t *testing.T) {
	strongest, data, nothing := &EnvironmentStage{Strongest: true}, &EnvironmentStage{PersonalData: true}, &EnvironmentStage{Unregistered: true}
	for _, c := range []struct {
		name    string
		arrival Arrival
		want    *EnvironmentStage
	}{
		{"A10 a known environment owes nothing", Arrival{Check: CheckFactor, Known: true, TOTP: true}, nil},
		{"A10 nor does a live session", Arrival{Check: CheckFactor, SteppingUp: true, TOTP: true}, nil},
		{"A10 nor does any where the firm asks for nothing", Arrival{Check: CheckNone, TOTP: true}, nil},
		{"A10 B3 the app, and no mailed code instead", Arrival{Check: CheckFactor, TOTP: true}, strongest},
		{"A10 B3 the mailed code is the strongest there is", Arrival{Check: CheckFactor}, strongest},
		{"A10 birth date and postal code", Arrival{Check: CheckPersonalData, Registered: true}, data},
		{"A10 an app spares them and must be used", Arrival{Check: CheckPersonalData, Registered: true, TOTP: true}, strongest},
		{"A10 nothing to compare with", Arrival{Check: CheckPersonalData}, nothing},
		{"RC-11 an app reported lost, and no mailed code instead", Arrival{Check: CheckFactor, AppLost: true}, &EnvironmentStage{Waits: true}},
		{"RC-11 nor birth date and postal code", Arrival{Check: CheckPersonalData, AppLost: true, Registered: true}, &EnvironmentStage{Waits: true}},
		{"RC-11 a known environment does not wait", Arrival{Check: CheckFactor, AppLost: true, Known: true}, nil},
		{"RC-11 nothing waits where a working app stops no mailed code", Arrival{Check: CheckNone, AppLost: true}, nil},
		{"A10 known, with the firm's own check", Arrival{Check: CheckPersonalData, Registered: true, Known: true}, nil},
	} {
		got := CheckEnvironment(c.arrival)
		if (got == nil) != (c.want == nil) || got != nil && *got != *c.want {
			t.Errorf("%s: %+v, want %+v", c.name, got, c.want)
		}
	}
}

func TestPersonalDataStandsBeforeTheCode(t *testing.T) {
	p := Progress{AccountID: "a", Environment: &EnvironmentStage{PersonalData: true}, Code: &CodeStage{Purpose: idp.CodeSignIn, Method: idp.MethodEmailCode}}
	if step := Next(Input{Progress: p}); step.Kind != StepPersonalData {
		t.Errorf("A10: %s", step.Kind)
	}
	p.Environment.PersonalData = false
	if step := Next(Input{Progress: p}); step.Kind != StepCode {
		t.Errorf("A10: %s", step.Kind)
	}
	p.Environment.PersonalData = true
	p.Begin()
	if step := Next(Input{Progress: p}); step.Kind == StepPersonalData || p.Environment != nil {
		t.Errorf("A10: an abandoned sign-in still owes: %s", step.Kind)
	}
}
