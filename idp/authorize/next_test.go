package authorize

import (
	"testing"
	"time"

	"sekisho/idp"
	"sekisho/idp/assurance"
)

var noon = time.Date(2026, 11, 21, 3, 0, 0, 0, time.UTC)

func policy() assurance.Policy {
	return assurance.Policy{
		SignIn: assurance.OperationPolicy{Level: assurance.Email, MaxAge: 8 * time.Hour},
		Operations: map[string]assurance.OperationPolicy{
			"trade":      {Level: assurance.Email, MaxAge: 15 * time.Minute},
			"withdrawal": {Level: assurance.PhishingResistant, Once: true, TrustedPasskey: true},
			"payout":     {Deny: true, DenyReason: map[string]string{"ja": "停止中"}},
		},
		CoolingOff: 24 * time.Hour, ImmediateFrom: assurance.MFA, PasswordAllowed: true, EmailCodeAllowed: true,
	}
}

func events(ceremony string, at time.Time, methods ...idp.Method) []idp.AuthenticationEvent {
	var out []idp.AuthenticationEvent
	for i, m := range methods {
		out = append(out, idp.AuthenticationEvent{ID: ceremony + string(m), AccountID: "taro", CeremonyID: ceremony,
			Method: m, At: at.Add(time.Duration(i) * time.Second), UserVerified: m == idp.MethodPasskey, BackupEligible: true})
	}
	return out
}

func signedIn(evs ...[]idp.AuthenticationEvent) Input {
	s := &idp.Session{ID: "s", AccountID: "taro"}
	for _, e := range evs {
		s.Events = append(s.Events, e...)
	}
	return Input{
		Demand: Demand{Since: noon.Add(-time.Minute), Scopes: []string{"openid"}}, Session: s,
		Account: &idp.Account{ID: "taro", Subject: "sub-taro"}, Policy: policy(), Now: noon,
		Holdings: assurance.Holdings{Known: true, Password: true, Email: true, CanEnrolPasskey: true},
	}
}

func TestNext(t *testing.T) {
	mail := events("c1", noon.Add(-10*time.Minute), idp.MethodPassword, idp.MethodEmailCode)
	fresh := events("c2", noon.Add(-10*time.Second), idp.MethodPasskey)
	old := events("c0", noon.Add(-9*time.Hour), idp.MethodPassword, idp.MethodEmailCode)
	zero := time.Duration(0)
	cases := []struct {
		name string // requirement ids first
		in   Input
		edit func(*Input)
		want StepKind
		err  string
	}{
		{name: "AZ-17 prompt=none without a session", in: Input{Policy: policy(), Now: noon, Demand: Demand{None: true}}, want: StepFail, err: "login_required"},
		{name: "nobody signed in", in: Input{Policy: policy(), Now: noon}, want: StepSignIn},
		{name: "single sign-on", in: signedIn(mail), want: StepFinish},
		{name: "AZ-18 none and a session past the sign-in age", in: signedIn(old), edit: func(in *Input) { in.Demand.None = true }, want: StepFail, err: "login_required"},
		{name: "AZ-18 none and a level that needs step-up", in: signedIn(mail), edit: func(in *Input) {
			in.Demand.None, in.Demand.ACRValues, in.Holdings.Passkeys, in.Holdings.TrustedPasskeys = true, []string{"phr"}, 1, 1
		}, want: StepFail, err: "interaction_required"},
		{name: "AZ-18 none and consent missing", in: signedIn(mail), edit: func(in *Input) { in.Demand.None, in.Consent.Needed = true, true }, want: StepFail, err: "consent_required"},
		{name: "AZ-19 prompt=login in an active session", in: signedIn(mail), edit: func(in *Input) { in.Demand.Login = true }, want: StepReauth},
		{name: "AZ-19 prompt=login answered", in: signedIn(mail, fresh), edit: func(in *Input) { in.Demand.Login = true }, want: StepFinish},
		{name: "AZ-20 max_age=0", in: signedIn(mail), edit: func(in *Input) { in.Demand.MaxAge = &zero }, want: StepReauth},
		{name: "AZ-21 hint of another subject", in: signedIn(mail), edit: func(in *Input) { in.Demand.HintSubject = "sub-jiro" }, want: StepSignIn},
		{name: "AZ-21 hint of another subject, signed in here as the wrong one", in: signedIn(fresh), edit: func(in *Input) {
			in.Demand.HintSubject, in.Progress.Completed = "sub-jiro", 1
		}, want: StepFail, err: "login_required"},
		{name: "AZ-21 hint of another subject, silently", in: signedIn(mail), edit: func(in *Input) { in.Demand.HintSubject, in.Demand.None = "sub-jiro", true }, want: StepFail, err: "login_required"},
		{name: "AZ-22 claims name another subject", in: signedIn(fresh), edit: func(in *Input) {
			in.Demand.Subjects, in.Progress.Completed = []string{"sub-jiro"}, 1
		}, want: StepFail, err: "login_required"},
		{name: "AZ-32 a third party's first request", in: signedIn(mail), edit: func(in *Input) { in.Consent.Needed = true }, want: StepConsent},
		{name: "CN-03 remembered, same scopes", in: signedIn(mail), edit: remembered("openid"), want: StepFinish},
		{name: "CN-03 remembered, wider request", in: signedIn(mail), edit: func(in *Input) { remembered("openid")(in); in.Demand.Scopes = []string{"openid", "email"} }, want: StepConsent},
		{name: "CN-03 remembered, client changed", in: signedIn(mail), edit: func(in *Input) { remembered("openid")(in); in.Consent.Print = "other" }, want: StepConsent},
		{name: "AZ-33 a first factor alone is no session", in: Input{Policy: policy(), Now: noon, Progress: Progress{AccountID: "taro", Code: &CodeStage{Method: idp.MethodTOTP, Purpose: idp.CodeSignIn}}}, want: StepCode},
		{name: "SU-02 withdrawal, no passkey: enrol", in: signedIn(mail), edit: withdrawal, want: StepPasskeyNeeded},
		{name: "SU-05 withdrawal, a passkey proved in another interaction", in: signedIn(fresh), edit: func(in *Input) {
			withdrawal(in)
			in.Holdings.Passkeys, in.Holdings.TrustedPasskeys = 1, 1
			in.Progress.CeremonyID = "c9"
		}, want: StepReauth},
		{name: "withdrawal proved here", in: signedIn(fresh), edit: func(in *Input) { withdrawal(in); in.Progress.CeremonyID = "c2" }, want: StepFinish},
		{name: "withdrawal, passkey cooling off", in: signedIn(mail), edit: func(in *Input) {
			withdrawal(in)
			in.Holdings.Passkeys, in.Holdings.EarliestTrust = 1, noon.Add(time.Hour)
		}, want: StepCoolingOff},
		{name: "B17 operation switched off", in: signedIn(mail), edit: func(in *Input) { in.Demand.ACRValues = []string{"urn:sekisho:op:payout"} }, want: StepDenied},
		{name: "SU-01 unreachable level", in: signedIn(mail), edit: func(in *Input) { in.Demand.ACRValues = []string{"phrh"} }, want: StepFail, err: "unmet_authentication_requirements"},
		{name: "D3 enrolment from an old sign-in", in: signedIn(mail), edit: enrol, want: StepReauth},
		{name: "D3 the additional check right now", in: signedIn(events("c3", noon.Add(-time.Minute), idp.MethodPassword, idp.MethodEmailCode)), edit: enrol, want: StepCode},
		{name: "D3 checked: the device's dialog", in: signedIn(events("c3", noon.Add(-time.Minute), idp.MethodPassword, idp.MethodEmailCode)), edit: func(in *Input) {
			enrol(in)
			in.Progress.Enrol = &EnrolStage{CheckedBy: idp.MethodEmailCode}
		}, want: StepEnrolDevice},
		{name: "PG-16 an account with a passkey proves it before adding another", in: signedIn(events("c3", noon.Add(-time.Minute), idp.MethodPassword, idp.MethodEmailCode)), edit: func(in *Input) {
			enrol(in)
			in.Holdings.Passkeys, in.Holdings.TrustedPasskeys = 1, 1
			in.Enrol = EnrolRequirement(in.Holdings, 5*time.Minute)
		}, want: StepReauth},
		{name: "select_account", in: signedIn(mail), edit: func(in *Input) { in.Demand.SelectAccount = true }, want: StepChooseAccount},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			in := c.in
			if c.edit != nil {
				c.edit(&in)
			}
			got := Next(in)
			if got.Kind != c.want || got.Error != c.err {
				t.Errorf("got %s %q (%+v), want %s %q", got.Kind, got.Error, got.Outcome, c.want, c.err)
			}
		})
	}
}

func remembered(scopes ...string) func(*Input) {
	return func(in *Input) {
		in.Consent = ConsentInput{Needed: true, Print: "p", Remembered: &idp.Consent{Scopes: scopes, Fingerprint: "p"}}
	}
}

func withdrawal(in *Input) { in.Demand.ACRValues = []string{"urn:sekisho:op:withdrawal"} }

func enrol(in *Input) {
	in.Demand.EnrolPasskey = true
	in.Enrol = EnrolRequirement(in.Holdings, 5*time.Minute)
}

func TestStepUpOffersNobodyElse(t *testing.T) { // SU-06
	in := signedIn(events("c1", noon.Add(-10*time.Minute), idp.MethodPassword, idp.MethodEmailCode))
	in.Holdings.Passkeys, in.Holdings.TrustedPasskeys = 1, 1
	withdrawal(&in)
	if step := Next(in); step.Kind != StepReauth || step.MayOther {
		t.Errorf("step-up may not become somebody else's sign-in: %+v", step)
	}
}

func TestOfflineAccessNeedsConsent(t *testing.T) { // RT-10
	d := Demand{Scopes: []string{"openid", "offline_access"}}
	for _, c := range []struct {
		name string
		p    Progress
		c    ConsentInput
		want int
	}{
		{"third party, nothing agreed", Progress{}, ConsentInput{Needed: true}, 1},
		{"third party, agreed now", Progress{Consented: d.Scopes}, ConsentInput{Needed: true}, 2},
		{"third party, agreed before", Progress{}, ConsentInput{Needed: true, Remembered: &idp.Consent{Scopes: d.Scopes}}, 2},
		{"the firm's own client", Progress{}, ConsentInput{}, 2},
	} {
		if got := GrantedScopes(d, c.p, c.c); len(got) != c.want {
			t.Errorf("%s: granted %v", c.name, got)
		}
	}
}
