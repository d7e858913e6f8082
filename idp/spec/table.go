package spec

import (
	_ "embed"
	"fmt"
	"strconv"
	"strings"
)

// Milestone is the milestone whose rows must all be proved today. A row with a later
// Since is listed but never missing.
const Milestone = 3

// BehaviourMilestone is Milestone for the rows of the reference documents: everything but
// corporate customers and approval on a phone.
const BehaviourMilestone = 2

// Row is one requirement or one behaviour of the reference documents.
type Row struct {
	ID       string `json:"id"`
	Severity string `json:"severity,omitempty"` // Crit, High, Med, Low; "" for behaviours
	Mode     string `json:"mode"`               // requirements: H, B, U or C; behaviours: their kinds
	Since    int    `json:"since"`              // milestone from which the row must be proved
	Source   string `json:"source,omitempty"`   // specification section; "" for behaviours
	Check    string `json:"check"`
	Note     string `json:"note,omitempty"` // why the row is where it is
}

//go:embed requirements.tsv
var requirementsTSV string

//go:embed behaviours.tsv
var behavioursTSV string

var (
	requirementColumns = []string{"id", "severity", "mode", "since", "source", "check", "note"}
	behaviourColumns   = []string{"id", "kind", "since", "behaviour", "note"}
)

// Requirements is the table of security and protocol requirements in document order.
func Requirements() ([]Row, error) {
	records, err := parseTSV(requirementsTSV, requirementColumns)
	if err != nil {
		return nil, fmt.Errorf("requirements.tsv: %w", err)
	}
	rows := make([]Row, 0, len(records))
	for _, r := range records {
		since, err := strconv.Atoi(r[3])
		if err != nil {
			return nil, fmt.Errorf("requirements.tsv: %s: since %q is not a milestone", r[0], r[3])
		}
		rows = append(rows, Row{ID: r[0], Severity: r[1], Mode: r[2], Since: since, Source: r[4], Check: r[5], Note: r[6]})
	}
	return rows, unique(rows)
}

// Behaviours is the table of what the reference documents do, in document order.
func Behaviours() ([]Row, error) {
	records, err := parseTSV(behavioursTSV, behaviourColumns)
	if err != nil {
		return nil, fmt.Errorf("behaviours.tsv: %w", err)
	}
	rows := make([]Row, 0, len(records))
	for _, r := range records {
		since, err := strconv.Atoi(r[2])
		if err != nil {
			return nil, fmt.Errorf("behaviours.tsv: %s: since %q is not a milestone", r[0], r[2])
		}
		rows = append(rows, Row{ID: r[0], Mode: r[1], Since: since, Check: r[3], Note: r[4]})
	}
	return rows, unique(rows)
}

// parseTSV splits a table whose first line must be exactly the given columns. Cells hold
// neither tabs nor quotes with a meaning, so no CSV reader is needed.
func parseTSV(text string, columns []string) ([][]string, error) {
	lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	if lines[0] != strings.Join(columns, "\t") {
		return nil, fmt.Errorf("first line must be %q", strings.Join(columns, " "))
	}
	var records [][]string
	for i, line := range lines[1:] {
		cells := strings.Split(line, "\t")
		if len(cells) != len(columns) {
			return nil, fmt.Errorf("line %d has %d cells, want %d", i+2, len(cells), len(columns))
		}
		records = append(records, cells)
	}
	return records, nil
}

func unique(rows []Row) error {
	seen := make(map[string]bool, len(rows))
	for _, r := range rows {
		if seen[r.ID] {
			return fmt.Errorf("id %s stands twice", r.ID)
		}
		seen[r.ID] = true
	}
	return nil
}
