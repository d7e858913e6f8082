package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"sekisho/config"
	"sekisho/idp/importer"
	"sekisho/idp/provider"
	"sekisho/storage"
)

// importCall is one `account import`.
type importCall struct {
	file, rejects string
	dryRun        bool
	batch         int
}

// mostBatch bounds the rows of one transaction: they are in memory together.
const mostBatch = 20000

func (a *app) accountImport() *cobra.Command {
	var call importCall
	cmd := &cobra.Command{
		Use: "import FILE", Short: "Import existing customers with their password hashes, from CSV or JSON lines; - reads standard input", Args: takes("FILE"),
		Long: "Imports customers, one a line: CSV with a header row, or JSON objects. idp/spec/IMPORT.md describes the columns.\n" +
			"Rows that are wrong are named and left out; the others are imported. Importing the same file again goes on where\nan earlier run ended and changes nothing that is there. Nothing is mailed.",
		RunE: func(cmd *cobra.Command, args []string) error {
			call.file = args[0]
			if call.batch < 1 || call.batch > mostBatch {
				return usage("--batch %d: write 1 to %d", call.batch, mostBatch)
			}
			return a.withStore(cmd.Context(), func(c *config.Config, store *storage.Store) error {
				return a.importFile(cmd.Context(), c, store, call)
			})
		},
	}
	fl := cmd.Flags()
	fl.BoolVar(&call.dryRun, "dry-run", false, "check everything and report, write nothing to the database")
	fl.StringVar(&call.rejects, "rejects", "", "write the rows that are not imported to this new file, each with the reason")
	fl.IntVar(&call.batch, "batch", importer.DefaultBatch, "rows of one transaction")
	return cmd
}

func (a *app) importFile(ctx context.Context, c *config.Config, store *storage.Store, call importCall) error {
	vault, err := a.vaultOf(ctx, c, store)
	if err != nil {
		return err
	}
	i, err := provider.NewImporter(c, store, vault, time.Now)
	if err != nil {
		return err
	}
	in, size, err := a.openImport(call.file)
	if err != nil {
		return err
	}
	defer in.Close()
	i.Batch, i.DryRun, i.Source = call.batch, call.dryRun, filepath.Base(call.file)
	if call.rejects != "" {
		// It holds hashes and addresses; and one of an earlier run is not overwritten.
		f, err := os.OpenFile(call.rejects, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
		if err != nil {
			return usage("--rejects: %v; name a file that is not there yet", err)
		}
		defer f.Close()
		i.Rejects = f
	}
	p := newProgress(a.stderr, size)
	i.OnProgress = func(now importer.Progress) { p.show(now.Rows, now.Bytes) }
	i.OnMistake = func(m importer.Mistake) { p.say(m.String()) }
	report, err := i.Run(ctx, in)
	p.done()
	if errors.Is(err, importer.ErrFile) {
		return usage("%s: %v", call.file, err)
	}
	if printed := a.printImport(report); printed != nil {
		return errors.Join(err, printed)
	}
	switch {
	case err != nil:
		return fmt.Errorf("%w; what is reported is written, run the same command again to go on", err)
	case report.Rejected > 0:
		return fmt.Errorf("%d of %d rows are wrong and not imported", report.Rejected, report.Rows)
	}
	return nil
}

// openImport opens the file; size is 0 when it is not known.
func (a *app) openImport(name string) (in io.ReadCloser, size int64, err error) {
	if name == "-" {
		return io.NopCloser(a.stdin), 0, nil
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, 0, usage("%v", err)
	}
	if stat, err := f.Stat(); err == nil && stat.Mode().IsRegular() {
		size = stat.Size()
	}
	return f, size, nil
}

func (a *app) printImport(r importer.Report) error {
	title := "imported"
	if r.DryRun {
		title = "would be imported"
	}
	return a.print(r, [][]string{
		{"rows", fmt.Sprint(r.Rows)}, {title, fmt.Sprint(r.Created)}, {"there already", fmt.Sprint(r.Present)}, {"wrong", fmt.Sprint(r.Rejected)},
		{"transactions", fmt.Sprint(r.Batches)}, {"without password, to be invited", fmt.Sprint(r.Invited)}, {"with TOTP", fmt.Sprint(r.TOTP)},
		{"with transaction password", fmt.Sprint(r.Transact)}, {"with a password but no second factor", fmt.Sprint(r.NoSecond)}, {"import", r.ID},
	})
}
