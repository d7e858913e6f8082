package spec

import (
	"bytes"
	"slices"
	"strings"
	"testing"
)

func TestModulesParse(t *testing.T) {
	rows, err := Modules()
	if err != nil {
		t.Fatal(err)
	}
	count := map[string]int{}
	for _, r := range rows {
		checkRow(t, r)
		count[r.Mode]++
		if ids, _ := idsIn("checks " + r.ID + ", too"); !slices.Equal(ids, []string{r.ID}) {
			t.Errorf("%s is read as %v", r.ID, ids)
		}
	}
	// Written in pieces: two plans are called like one of their modules.
	for plan, want := range map[string]int{
		"oidcc" + "-basic": 38, "oidcc" + "-formpost-basic": 38, "oidcc" + "-config": 1, "oidcc" + "-dynamic": 23, "oidcc" + "-rp-initiated-logout": 11,
		"oidcc" + "-backchannel-rp-initiated-logout": 2, "oidcc" + "-frontchannel-rp-initiated-logout": 2, "oidcc" + "-3rdparty-init-login": 2,
		"fapi2" + "-security-profile-final": 59, "fapi2" + "-message-signing-final": 73,
	} {
		if count[plan] != want {
			t.Errorf("%s has %d modules, want %d", plan, count[plan], want)
		}
		delete(count, plan)
	}
	if len(count) > 0 {
		t.Errorf("unknown plans: %v", count)
	}
}

func TestModuleReport(t *testing.T) {
	// Named in pieces: a whole name here would count as a test of it.
	one, two, plan := "oidcc-"+"one", "oidcc-"+"two", "oidcc-"+"plan"
	rows := []Row{{ID: one, Mode: plan, Since: 1}, {ID: two, Mode: plan, Since: 1}, {ID: one, Mode: "b", Since: 3}, {ID: "oidcc-" + "three", Mode: "b", Since: 3}}
	r := NewModuleReport(rows, []Proof{{ID: one, Test: "p.TestOne"}, {ID: plan, Test: "p.TestPlan"}, {ID: "oidcc-" + "slip", Test: "p.TestSlip", File: "p_test.go", Line: 3}}, 1)
	var b bytes.Buffer
	if err := r.WritePlans(&b); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		plan + ", adopted: 1 of 2 modules", "b, not adopted yet: 1 of 2 modules", two + ": MISSING\n", "three: open\n",
		"p_test.go:3: p.TestSlip names oidcc-" + "slip, which no plan has\n", "missing: " + two + "\n",
	} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("no %q in\n%s", want, b.String())
		}
	}
	if strings.Contains(b.String(), plan+", which") {
		t.Errorf("the name of a plan is reported:\n%s", b.String())
	}
	if r.Complete() {
		t.Error("complete with a module that nothing names")
	}
}
