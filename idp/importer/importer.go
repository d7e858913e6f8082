package importer

import (
	"context"
	"encoding/base32"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"time"

	"sekisho/idp"
	"sekisho/idp/audit"
	"sekisho/idp/authn/totp"
	"sekisho/idp/keys"
)

// Store writes the accounts. *storage.Store satisfies it.
type Store interface {
	ImportAccounts(ctx context.Context, batch []idp.NewAccount, effects func(created int) idp.Effects) ([]string, error)
	KnownAccounts(ctx context.Context, ids, loginNames []string) (map[string]string, error)
}

// Vault seals secrets and makes ids. *keys.Vault satisfies it.
type Vault interface {
	totp.Vault
	MAC(p keys.Purpose, parts ...[]byte) []byte
}

// Hasher judges hashes. *password.Hasher satisfies it.
type Hasher interface{ Acceptable(encoded string) error }

// Importer imports one file at a time.
type Importer struct {
	Store      Store
	Vault      Vault
	Hasher     Hasher
	Now        func() time.Time
	NewAccount func(loginName string, now time.Time) idp.Account
	CoolingOff time.Duration // authenticators count as enrolled that long ago
	Batch      int           // rows of one transaction; 0: DefaultBatch
	DryRun     bool          // check everything, write nothing
	Source     string        // the file's name, for the audit records
	Rejects    io.Writer     // rows that are not imported; nil: nowhere
	OnMistake  func(Mistake) // nil: only the report has them
	OnProgress func(Progress)
}

// Progress is how far a run is, after each batch.
type Progress struct {
	Report
	Bytes int64 // read of the file
}

// DefaultBatch is how many rows one transaction holds, and at most that many are in memory.
const DefaultBatch = 5000

// checked is a row that is right as far as the file can tell.
type checked struct {
	record
	customer
	id string
}

// run is one file being imported.
type run struct {
	*Importer
	report  Report
	source  *source
	rejects *rejects
	seen    *seen
	batch   []checked
	now     time.Time // of the batch
}

// Run imports what r holds. It returns the report also with an error: what it counts is
// committed, and importing the same again goes on from there. ErrFile says that nothing
// could be imported; idp.ErrUnavailable and the end of ctx interrupt.
func (i *Importer) Run(ctx context.Context, r io.Reader) (Report, error) {
	run := run{Importer: i, report: Report{ID: idp.NewID(), DryRun: i.DryRun, Mistakes: []Mistake{}}}
	var err error
	if run.source, err = newSource(r); err != nil {
		return run.report, err
	}
	if run.rejects, err = newRejects(i.Rejects, run.source); err != nil {
		return run.report, fmt.Errorf("rejects: %w", err)
	}
	if run.seen, err = newSeen(); err != nil {
		return run.report, err
	}
	err = errors.Join(run.all(ctx), run.seen.close())
	run.report.Complete = err == nil
	return run.report, err
}

func (r *run) all(ctx context.Context) error {
	size := r.Batch
	if size <= 0 {
		size = DefaultBatch
	}
	r.now = r.stamp()
	for {
		row, mistakes, err := r.source.row()
		if errors.Is(err, io.EOF) {
			return r.flush(ctx)
		}
		if err != nil {
			return fmt.Errorf("after line %d: %w", r.source.line, err)
		}
		r.report.Rows++
		if err := r.take(row, mistakes); err != nil {
			return err
		}
		if r.report.Rows%size == 0 {
			if err := r.flush(ctx); err != nil {
				return err
			}
		}
	}
}

// take checks one row and puts it into the batch.
func (r *run) take(row record, mistakes []Mistake) error {
	if len(mistakes) > 0 {
		return r.reject(row, mistakes)
	}
	c, mistakes := r.check(row, r.now)
	// Of two rows with one login name nobody here can tell which is right, so the second is
	// refused even when the first one was, for another reason.
	if c.LoginName != "" {
		first, err := r.seen.claim(c.LoginName, row.line)
		if err != nil {
			return err
		}
		if first != 0 {
			mistakes = append(mistakes, Mistake{row.line, "login_name", fmt.Sprintf("line %d has it too", first), "one row for each customer"})
		}
	}
	if len(mistakes) > 0 {
		return r.reject(row, mistakes)
	}
	id, err := r.identity(c)
	if err != nil {
		return err
	}
	r.batch = append(r.batch, checked{row, c, id})
	return nil
}

func (r *run) reject(row record, mistakes []Mistake) error {
	r.report.Rejected++
	for _, m := range mistakes {
		if len(r.report.Mistakes) < mostMistakes {
			r.report.Mistakes = append(r.report.Mistakes, m)
		} else {
			r.report.MoreFound++
		}
		if r.OnMistake != nil {
			r.OnMistake(m)
		}
	}
	if err := r.rejects.add(r.source, row, mistakes); err != nil {
		return fmt.Errorf("rejects: %w", err)
	}
	return nil
}

var idEncoding = base32.NewEncoding("0123456789abcdefghjkmnpqrstvwxyz").WithPadding(base32.NoPadding)

// identity is the id of the account that the row becomes: 128 bits of a MAC over all it
// says, in the form of idp.NewID.
func (r *run) identity(c customer) (string, error) {
	all, err := json.Marshal(c)
	if err != nil {
		return "", err
	}
	return idEncoding.EncodeToString(r.Vault.MAC(keys.PurposeImport, []byte("account"), all)[:16]), nil
}

// flush writes the batch: rows that are there are counted, the rest is one transaction.
func (r *run) flush(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("%w: %w", idp.ErrUnavailable, err)
	}
	open, err := r.settle(ctx, r.batch)
	if err == nil && len(open) > 0 {
		err = r.write(ctx, open)
	}
	if err != nil {
		return err
	}
	r.batch = r.batch[:0]
	r.now = r.stamp()
	if r.OnProgress != nil {
		r.OnProgress(Progress{r.report, r.source.read})
	}
	return nil
}

// settle counts the rows whose account is there, rejects those whose login name somebody
// else has, and returns the others.
func (r *run) settle(ctx context.Context, batch []checked) (open []checked, err error) {
	ids, logins := make([]string, len(batch)), make([]string, len(batch))
	for n, row := range batch {
		ids[n], logins[n] = row.id, row.LoginName
	}
	known, err := r.Store.KnownAccounts(ctx, ids, logins)
	if err != nil {
		return nil, err
	}
	present := make(map[string]bool, len(known))
	for _, id := range known {
		present[id] = true
	}
	for _, row := range batch {
		_, taken := known[row.LoginName]
		switch {
		case present[row.id]:
			r.report.Present++
		case taken:
			err = r.reject(row.record, []Mistake{{row.line, "login_name", "another account has it", "a login name that is free, or no row: an import changes no account"}})
		default:
			open = append(open, row)
		}
		if err != nil {
			return nil, err
		}
	}
	return open, nil
}

func (r *run) write(ctx context.Context, open []checked) error {
	created := map[string]bool{}
	if r.DryRun {
		for _, row := range open {
			created[row.id] = true
		}
	} else {
		accounts := make([]idp.NewAccount, len(open))
		for n, row := range open {
			var err error
			if accounts[n], err = r.account(row); err != nil {
				return err
			}
		}
		ids, err := r.Store.ImportAccounts(ctx, accounts, func(n int) idp.Effects { return r.effects(open, n) })
		if err != nil {
			return err
		}
		for _, id := range ids {
			created[id] = true
		}
	}
	var lost []checked // to somebody who created them in this moment
	for _, row := range open {
		if created[row.id] {
			r.report.count(row.customer)
		} else {
			lost = append(lost, row)
		}
	}
	if len(created) > 0 {
		r.report.Batches++
	}
	if len(lost) == 0 {
		return nil
	}
	still, err := r.settle(ctx, lost)
	if err == nil && len(still) > 0 {
		err = fmt.Errorf("line %d: %w", still[0].line, idp.ErrConflict)
	}
	return err
}

// stamp is now as storage keeps it: one instant is what ties an account to its batch.
func (r *run) stamp() time.Time { return r.Now().UTC().Truncate(time.Microsecond) }

// account is what a row becomes. Without a password it is opened by an invitation.
func (r *run) account(row checked) (idp.NewAccount, error) {
	n := idp.NewAccount{Account: r.NewAccount(row.LoginName, r.now)}
	a := &n.Account
	a.ID, a.Kind, a.Profile, a.Permissions, a.Locale = row.id, row.Kind, row.Profile, row.Permissions, row.Locale
	a.Status = idp.AccountInvited
	mail := idp.Email{
		ID: idp.NewID(), AccountID: a.ID, Address: row.Email.Address, Canonical: row.Email.Canonical,
		Purpose: idp.EmailRegistered, CreatedAt: r.now,
	}
	if row.EmailVerified {
		mail.VerifiedAt = r.now
	}
	n.Emails = []idp.Email{mail}
	if row.PasswordHash != "" {
		a.Status = idp.AccountActive
		n.Passwords = append(n.Passwords, idp.Password{
			AccountID: a.ID, Kind: idp.LoginPassword, Hash: row.PasswordHash, MustChange: row.MustChange, ChangedAt: r.now,
		})
	}
	if row.TransactionHash != "" {
		n.Passwords = append(n.Passwords, idp.Password{AccountID: a.ID, Kind: idp.TransactionPassword, Hash: row.TransactionHash, ChangedAt: r.now})
	}
	if len(row.TOTPSecret) > 0 {
		t, err := totp.Imported(r.Vault, a.ID, row.TOTPSecret, r.now.Add(-r.CoolingOff))
		if err != nil {
			return n, err
		}
		n.TOTP = &t
	}
	return n, nil
}

// effects is the one audit record of a batch. Its instant is created_at of its accounts.
func (r *run) effects(open []checked, created int) idp.Effects {
	return idp.Effects{Audit: []idp.AuditRecord{{
		At: r.now, Event: audit.AccountImported, Result: audit.OK, Actor: audit.Operator,
		Detail: map[string]string{
			"import": r.report.ID, "source": r.Source, "accounts": strconv.Itoa(created),
			"first_line": strconv.Itoa(open[0].line), "last_line": strconv.Itoa(open[len(open)-1].line),
		},
	}}}
}
