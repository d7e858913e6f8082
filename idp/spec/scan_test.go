package spec

import (
	"reflect"
	"strings"
	"testing"
	"testing/fstest"
)

// The family Z of ids exists in no table, so these samples prove nothing by accident.
const sampleTest = `package sample

import "testing"

// TestDoc proves ZZ-01.
func TestDoc(t *testing.T) {
	t.Run("ZZ-02 by name", func(t *testing.T) {
		t.Run("deeper", func(t *testing.T) {
			// ZZ-03
		})
	})
	// ZZ-04: on the next line
	t.Run("other", func(t *testing.T) {})
}

var table = []struct{ name string }{
	{"ZZ-05 row"}, // ZZ-06, ZZ-07
}

func helper(t *testing.T) { _ = table }

func TestThroughHelper(t *testing.T) { helper(t) }

// ZZ-08 is named by nothing that runs.
func unused() {}

func BenchmarkNothing(b *testing.B) { _ = "ZZ-09" }

func FuzzSeeds(f *testing.F) { _ = "ZZ-10" }

func TestNotIDs(t *testing.T) { _ = []string{"XZZ-11", "ZZ-12-tail", "ZZ-133", "a/ZZ-14", "abc+ZZ-15"} }
`

const sampleNode = `// ZZ-20 belongs to nobody
test('first, ZZ-21', async () => {
  // ZZ-22
})
`

func TestScan(t *testing.T) {
	proofs, err := Scan(fstest.MapFS{
		"a/b/sample_test.go":             {Data: []byte(sampleTest)},
		"a/b/sample.go":                  {Data: []byte("package sample // ZZ-30")},
		"w/rp.mjs":                       {Data: []byte(sampleNode)},
		"w/node_modules/x/x.mjs":         {Data: []byte("test('ZZ-31', f)")},
		"a/testdata/z/nothing_test.go":   {Data: []byte("not Go")},
		".hidden/somewhere/some_test.go": {Data: []byte("not Go")},
	})
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, p := range proofs {
		got[p.ID] = strings.TrimPrefix(got[p.ID]+" "+p.Test, " ")
	}
	want := map[string]string{
		"ZZ-01": "a/b.TestDoc",
		"ZZ-02": "a/b.TestDoc/ZZ-02 by name",
		"ZZ-03": "a/b.TestDoc/ZZ-02 by name/deeper",
		"ZZ-04": "a/b.TestDoc",
		"ZZ-05": "a/b.TestThroughHelper",
		"ZZ-06": "a/b.TestThroughHelper",
		"ZZ-07": "a/b.TestThroughHelper",
		"ZZ-10": "a/b.FuzzSeeds",
		"ZZ-21": "w/rp.mjs: first, ZZ-21",
		"ZZ-22": "w/rp.mjs: first, ZZ-21",
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %v\nwant %v", got, want)
	}
}

func TestReport(t *testing.T) {
	rows := []Row{{ID: "ZZ-01", Since: 1}, {ID: "ZZ-02", Since: 1}, {ID: "ZZ-03", Since: 2}, {ID: "ZZ-04", Since: 2}}
	proofs := []Proof{{ID: "ZZ-01", Test: "p.T"}, {ID: "ZZ-01", Test: "p.T"}, {ID: "ZZ-03", Test: "p.U"}, {ID: "ZZ-99", Test: "p.V"}, {ID: "QQ-01"}}
	r := NewReport(rows, proofs, 1)
	if !reflect.DeepEqual(r.Missing, []string{"ZZ-02"}) || len(r.Unknown) != 1 || r.Unknown[0].ID != "ZZ-99" || r.Complete() {
		t.Errorf("%+v", r)
	}
	if len(r.Lines) != 3 || len(r.Lines[0].Tests) != 1 {
		t.Errorf("lines: %+v", r.Lines)
	}
	var text strings.Builder
	if err := r.WriteText(&text); err != nil {
		t.Fatal(err)
	}
	if !strings.HasSuffix(text.String(), "milestone 1: 1 of 2 rows proved, 1 later rows proved early\n") {
		t.Error(text.String())
	}
	if later := NewReport(rows, proofs[:1], 2); len(later.Missing) != 3 {
		t.Errorf("at milestone 2: %v", later.Missing)
	}
}

// A behaviour is proved where somebody meets it; a package's own test of the same words is
// no proof. Later rows are listed and never missing.
func TestBehaviourReport(t *testing.T) {
	rows := []Row{{ID: "A1", Since: 1}, {ID: "A2", Since: 2}, {ID: "A3", Since: 2}, {ID: "A4", Since: 4}}
	proofs := []Proof{
		{ID: "A1", Test: "p.HTTP", File: "idp/provider/x_test.go"}, {ID: "A1", Test: "p.Pure", File: "idp/authn/x/x_test.go"},
		{ID: "A2", Test: "p.Browser", File: "login-ui/passkey_browser_test.go"},
		{ID: "A3", Test: "p.Words", File: "login-ui/words_test.go"}, {ID: "A3", Test: "p.Rules", File: "idp/assurance/a_test.go"},
	}
	r := NewBehaviourReport(rows, proofs, 2)
	if !reflect.DeepEqual(r.Missing, []string{"A3"}) || len(r.Lines) != 4 || len(r.Lines[0].Tests) != 1 || len(r.Lines[2].Tests) != 0 {
		t.Errorf("%+v", r)
	}
	var text strings.Builder
	if err := r.WriteText(&text); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(text.String(), "A4          m4  later\n") || !strings.Contains(text.String(), "A3          m2  MISSING\n") {
		t.Error(text.String())
	}
}
