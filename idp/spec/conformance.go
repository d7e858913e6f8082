package spec

import (
	_ "embed"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
)

// ModuleMilestone is Milestone for the modules of the conformance suite. A plan whose rows
// have this milestone or an earlier one is adopted: a module that no test names fails.
const ModuleMilestone = 3

//go:embed conformance.tsv
var conformanceTSV string

// Modules are those of the OpenID Foundation's conformance suite in the plans this provider
// is built to pass. A row's Mode is its plan; a module that stands in several plans has a
// row in each. The modules of the form_post plan, named like those of the basic one, have
// their plan in the id.
func Modules() ([]Row, error) {
	records, err := parseTSV(conformanceTSV, []string{"plan", "module", "since"})
	if err != nil {
		return nil, fmt.Errorf("conformance.tsv: %w", err)
	}
	rows := make([]Row, 0, len(records))
	seen := map[string]bool{}
	for _, r := range records {
		since, err := strconv.Atoi(r[2])
		if err != nil {
			return nil, fmt.Errorf("conformance.tsv: %s: since %q is not a milestone", r[1], r[2])
		}
		if seen[r[0]+" "+r[1]] {
			return nil, fmt.Errorf("conformance.tsv: %s stands twice in %s", r[1], r[0])
		}
		seen[r[0]+" "+r[1]] = true
		rows = append(rows, Row{ID: r[1], Mode: r[0], Since: since, Check: r[1]})
	}
	return rows, nil
}

// NewModuleReport holds the modules against the tests that name them. All are listed. A plan
// may be named like a module may; it proves nothing.
func NewModuleReport(rows []Row, proofs []Proof, milestone int) *Report {
	plans := map[string]bool{}
	for _, r := range rows {
		plans[r.Mode] = true
	}
	for _, r := range rows {
		delete(plans, r.ID)
	}
	return hold(rows, slices.DeleteFunc(slices.Clone(proofs), func(p Proof) bool { return plans[p.ID] }), milestone)
}

// WritePlans prints the report plan by plan.
func (r *Report) WritePlans(w io.Writer) error {
	var b strings.Builder
	for at := 0; at < len(r.Lines); {
		end, named := at, 0
		for ; end < len(r.Lines) && r.Lines[end].Mode == r.Lines[at].Mode; end++ {
			if len(r.Lines[end].Tests) > 0 {
				named++
			}
		}
		adopted := "not adopted yet"
		if r.Lines[at].Since <= r.Milestone {
			adopted = "adopted"
		}
		fmt.Fprintf(&b, "%s, %s: %d of %d modules named by tests\n", r.Lines[at].Mode, adopted, named, end-at)
		for _, line := range r.Lines[at:end] {
			fmt.Fprintf(&b, "    %s: %s\n", line.ID, line.shown(r.Milestone))
		}
		at = end
	}
	for _, p := range r.Unknown {
		fmt.Fprintf(&b, "%s:%d: %s names %s, which no plan has\n", p.File, p.Line, p.Test, p.ID)
	}
	if len(r.Missing) > 0 {
		fmt.Fprintf(&b, "missing: %s\n", strings.Join(r.Missing, " "))
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func (l Line) shown(milestone int) string {
	switch n := len(l.Tests); {
	case n > testsShown:
		return fmt.Sprintf("%s and %d more", strings.Join(l.Tests[:testsShown], ", "), n-testsShown)
	case n > 0:
		return strings.Join(l.Tests, ", ")
	case l.Since <= milestone:
		return "MISSING"
	}
	return "open"
}
