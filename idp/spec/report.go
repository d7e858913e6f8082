package spec

import (
	"encoding/json"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"
)

// Line is one row with the tests that name it.
type Line struct {
	Row
	Tests []string `json:"tests"`
}

// Report is a table held against the tests.
type Report struct {
	Milestone int      `json:"milestone"`
	Lines     []Line   `json:"rows"`    // rows in scope, and later ones: all, or those that something proves already
	Missing   []string `json:"missing"` // in scope and named by no test
	Unknown   []Proof  `json:"unknown"` // ids of a known family that the table does not have
}

// Complete reports whether every row in scope is proved and no test names a row that does not exist.
func (r *Report) Complete() bool { return len(r.Missing) == 0 && len(r.Unknown) == 0 }

// NewReport holds rows up to the milestone against what Scan found. Later rows are listed
// where something proves them already.
func NewReport(rows []Row, proofs []Proof, milestone int) *Report {
	r := hold(rows, proofs, milestone)
	r.Lines = slices.DeleteFunc(r.Lines, func(l Line) bool { return l.Since > milestone && len(l.Tests) == 0 })
	return r
}

// NewBehaviourReport is NewReport for the rows of the reference documents: all of them are
// listed, and what proves one has met the running product (MeetsTheProduct).
func NewBehaviourReport(rows []Row, proofs []Proof, milestone int) *Report {
	seen := slices.DeleteFunc(slices.Clone(proofs), func(p Proof) bool { return !MeetsTheProduct(p.File) })
	return hold(rows, seen, milestone)
}

// MeetsTheProduct reports whether the tests of a file go through the product as a customer
// or a relying party does: over HTTP, by the program, or in a browser. What a package alone
// proves of itself is no behaviour that anybody meets.
func MeetsTheProduct(file string) bool {
	switch path.Dir(file) {
	case "idp/provider", "cmd/sekisho", "idp/witness":
		return true
	case "login-ui":
		return strings.HasSuffix(file, "browser_test.go")
	}
	return false
}

func hold(rows []Row, proofs []Proof, milestone int) *Report {
	known, families := map[string]bool{}, map[string]bool{}
	for _, row := range rows {
		known[row.ID] = true
		if family, _, ok := strings.Cut(row.ID, "-"); ok {
			families[family] = true
		}
	}
	tests := map[string][]string{}
	report := &Report{Milestone: milestone, Missing: []string{}, Unknown: []Proof{}}
	for _, p := range proofs {
		family, _, _ := strings.Cut(p.ID, "-")
		switch {
		case known[p.ID]:
			if !slices.Contains(tests[p.ID], p.Test) {
				tests[p.ID] = append(tests[p.ID], p.Test)
			}
		case families[family]:
			report.Unknown = append(report.Unknown, p)
		}
	}
	for _, row := range rows {
		named := tests[row.ID]
		report.Lines = append(report.Lines, Line{Row: row, Tests: named})
		if row.Since <= milestone && len(named) == 0 {
			report.Missing = append(report.Missing, row.ID)
		}
	}
	return report
}

// testsShown is how many tests a text line names before it says how many more there are.
const testsShown = 4

// WriteText prints the report row by row, then what is missing.
func (r *Report) WriteText(w io.Writer) error {
	var b strings.Builder
	inScope, ahead := 0, 0
	for _, line := range r.Lines {
		shown := "MISSING"
		if line.Since <= r.Milestone {
			inScope++
		} else if shown = "later"; len(line.Tests) > 0 {
			ahead++
		}
		if n := len(line.Tests); n > testsShown {
			shown = fmt.Sprintf("%s and %d more", strings.Join(line.Tests[:testsShown], ", "), n-testsShown)
		} else if n > 0 {
			shown = strings.Join(line.Tests, ", ")
		}
		fmt.Fprintf(&b, "%-6s %-4s m%d  %s\n", line.ID, line.Severity, line.Since, shown)
	}
	for _, p := range r.Unknown {
		fmt.Fprintf(&b, "%s:%d: %s names %s, which no table has\n", p.File, p.Line, p.Test, p.ID)
	}
	if len(r.Missing) > 0 {
		fmt.Fprintf(&b, "missing: %s\n", strings.Join(r.Missing, " "))
	}
	fmt.Fprintf(&b, "milestone %d: %d of %d rows proved, %d later rows proved early\n",
		r.Milestone, inScope-len(r.Missing), inScope, ahead)
	_, err := io.WriteString(w, b.String())
	return err
}

// WriteJSON prints the report as one JSON object.
func (r *Report) WriteJSON(w io.Writer) error {
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	return enc.Encode(r)
}
