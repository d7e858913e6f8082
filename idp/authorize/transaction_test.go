package authorize

import (
	"testing"
	"time"

	"sekisho/idp"
	"sekisho/idp/assurance"
)

// A2 B12 D7: where the transaction password stands among the steps.
func TestTransactionSteps(t *testing.T) {
	proved := signedIn(events("c2", noon.Add(-10*time.Second), idp.MethodPasskey))
	proved.Holdings.Passkeys, proved.Holdings.TrustedPasskeys = 1, 1
	proved.Enrol = EnrolRequirement(proved.Holdings, 5*time.Minute)
	proved.Policy.Operations["withdrawal"] = assurance.OperationPolicy{Level: assurance.PhishingResistant, Once: true, TransactionPassword: true}
	proved.Policy.Operations["data"] = assurance.OperationPolicy{Level: assurance.Email, TransactionPassword: true}
	proved.Demand.ACRValues = []string{"urn:sekisho:op:withdrawal"}
	proved.Demand.Interaction, proved.Progress.CeremonyID, proved.Progress.About = "i1", "c2", "taro"
	proved.Transaction = TransactionHeld{Any: true}
	given := func(account, interaction string) *TransactionStage {
		return &TransactionStage{Proof: &idp.AuthenticationEvent{ID: "t", AccountID: account, CeremonyID: interaction, Method: idp.MethodTransactionPassword, At: noon}}
	}
	old := proved.Session.Events
	for _, c := range []struct {
		name string
		edit func(*Input)
		want StepKind
		err  string
	}{
		{"A2 after the level", func(*Input) {}, StepTransactionPassword, ""},
		{"B12 given here", func(in *Input) { in.Progress.Transaction = given("taro", "i1") }, StepFinish, ""},
		{"A2 given to another interaction", func(in *Input) { in.Progress.Transaction = given("taro", "i2") }, StepTransactionPassword, ""},
		{"A2 given by another account", func(in *Input) { in.Progress.Transaction = given("jiro", "i1") }, StepTransactionPassword, ""},
		{"A2 not before the level", func(in *Input) { in.Progress.CeremonyID = "c9" }, StepReauth, ""},
		{"A2 the level first, even if it was given", func(in *Input) {
			in.Progress.CeremonyID, in.Progress.Transaction = "c9", given("taro", "i1")
		}, StepReauth, ""},
		{"A2 silently", func(in *Input) { in.Demand.None = true }, StepFail, "interaction_required"},
		{"A2 none to give", func(in *Input) { in.Transaction = TransactionHeld{} }, StepTransactionSet, ""},
		{"A2 a temporary one", func(in *Input) { in.Transaction.MustChange = true }, StepTransactionSet, ""},
		{"PG-16 none to give, and an old proof", func(in *Input) {
			in.Transaction, in.Demand.ACRValues = TransactionHeld{}, []string{"urn:sekisho:op:data"}
			in.Now = noon.Add(10 * time.Minute)
		}, StepReauth, ""},
		{"A2 four digits were given", func(in *Input) {
			in.Progress.Transaction = given("taro", "i1")
			in.Progress.Transaction.Advise = true
		}, StepTransactionAdvice, ""},
		{"A2 and are changed", func(in *Input) {
			in.Progress.Transaction = given("taro", "i1")
			in.Progress.Transaction.Change = true
		}, StepTransactionSet, ""},
		{"AZ-32 consent comes last", func(in *Input) { in.Consent.Needed = true }, StepTransactionPassword, ""},
		{"AZ-32 and is asked then", func(in *Input) { in.Consent.Needed, in.Progress.Transaction = true, given("taro", "i1") }, StepConsent, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			in := proved
			c.edit(&in)
			if got := Next(in); got.Kind != c.want || got.Error != c.err {
				t.Errorf("got %s %q (%+v), want %s %q", got.Kind, got.Error, got.Outcome, c.want, c.err)
			}
			if len(proved.Session.Events) != len(old) {
				t.Error("the session remembers it")
			}
		})
	}
	p := Progress{About: "taro", Transaction: given("taro", "i1")}
	if p.SpeakOf("jiro"); p.Transaction != nil {
		t.Error("A2: what one customer gave is kept for the next")
	}
}
