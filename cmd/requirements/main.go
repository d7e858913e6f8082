// Command requirements says which test proves which row of the requirement, behaviour or
// conformance table, and fails when a row in scope is proved by none. It reads sources and runs nothing.
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"

	"sekisho/idp/spec"
)

func main() {
	if err := run(os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "requirements:", err)
		os.Exit(1)
	}
}

// tables are what can be asked about.
var tables = map[string]struct {
	rows      func() ([]spec.Row, error)
	report    func([]spec.Row, []spec.Proof, int) *spec.Report
	milestone int
}{
	"requirements": {spec.Requirements, spec.NewReport, spec.Milestone},
	"behaviours":   {spec.Behaviours, spec.NewBehaviourReport, spec.BehaviourMilestone},
	"conformance":  {spec.Modules, spec.NewModuleReport, spec.ModuleMilestone},
}

func run(args []string, out io.Writer) error {
	flags := flag.NewFlagSet("requirements", flag.ContinueOnError)
	table := flags.String("table", "requirements", "requirements, behaviours or conformance")
	asJSON := flags.Bool("json", false, "print JSON")
	milestone := flags.Int("milestone", -1, "the milestone whose rows must be proved; -1: the table's own")
	dir := flags.String("dir", ".", "the repository's top folder")
	if err := flags.Parse(args); err != nil {
		return err
	}
	t, ok := tables[*table]
	if !ok {
		return fmt.Errorf("no table %q", *table)
	}
	if *milestone < 0 {
		*milestone = t.milestone
	}
	rows, err := t.rows()
	if err != nil {
		return err
	}
	proofs, err := spec.Scan(os.DirFS(*dir))
	if err != nil {
		return err
	}
	report := t.report(rows, proofs, *milestone)
	write := report.WriteText
	if *table == "conformance" {
		write = report.WritePlans
	}
	if *asJSON {
		write = report.WriteJSON
	}
	if err := write(out); err != nil {
		return err
	}
	if !report.Complete() {
		return errors.New("not every row in scope is proved by a test")
	}
	return nil
}
