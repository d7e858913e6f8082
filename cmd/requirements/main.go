// Command requirements says which test proves which row of the requirement or behaviour
// table, and fails when a row in scope is proved by none. It reads sources and runs nothing.
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

func run(args []string, out io.Writer) error {
	flags := flag.NewFlagSet("requirements", flag.ContinueOnError)
	table := flags.String("table", "requirements", "requirements or behaviours")
	asJSON := flags.Bool("json", false, "print JSON")
	milestone := flags.Int("milestone", spec.Milestone, "the milestone whose rows must be proved")
	dir := flags.String("dir", ".", "the repository's top folder")
	if err := flags.Parse(args); err != nil {
		return err
	}
	read := map[string]func() ([]spec.Row, error){"requirements": spec.Requirements, "behaviours": spec.Behaviours}[*table]
	if read == nil {
		return fmt.Errorf("no table %q", *table)
	}
	rows, err := read()
	if err != nil {
		return err
	}
	proofs, err := spec.Scan(os.DirFS(*dir))
	if err != nil {
		return err
	}
	report := spec.NewReport(rows, proofs, *milestone)
	write := report.WriteText
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
