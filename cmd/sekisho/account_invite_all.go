package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"sekisho/config"
	"sekisho/idp"
	"sekisho/storage"
)

// inviteCall is one `account invite` of many.
type inviteCall struct {
	all, dryRun bool
	file        string
	perMinute   int
}

// mostInvitations bounds the rate: a mail server that is flooded drops what it gets.
const mostInvitations = 60_000

func (a *app) accountInviteMany() *cobra.Command {
	var call inviteCall
	cmd := a.accountInvite()
	one := cmd.RunE
	cmd.Use, cmd.Args = "invite [ACCOUNT]", cobra.MaximumNArgs(1)
	cmd.Long = "Mails an invitation code to one account; earlier codes become void. With --all-uninvited, or --file with a login name a line, to many: " +
		"each account that waits to be opened and has no code that can still be used gets one. Stopped in the middle, the same command goes on where it ended."
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		many := call.all || call.file != ""
		switch {
		case many == (len(args) == 1) || call.all && call.file != "":
			return usage("name one ACCOUNT, or write --all-uninvited, or --file")
		case !many:
			return one(cmd, args)
		case call.perMinute < 1 || call.perMinute > mostInvitations:
			return usage("--per-minute %d: write 1 to %d", call.perMinute, mostInvitations)
		}
		return a.withStore(cmd.Context(), func(c *config.Config, store *storage.Store) error {
			return a.inviteMany(cmd.Context(), c, store, call)
		})
	}
	fl := cmd.Flags()
	fl.BoolVar(&call.all, "all-uninvited", false, "every account that waits to be opened and has no usable code")
	fl.StringVar(&call.file, "file", "", "file with one login name a line; - reads standard input")
	fl.BoolVar(&call.dryRun, "dry-run", false, "say how many would be invited, and mail nothing")
	fl.IntVar(&call.perMinute, "per-minute", 600, "at most this many a minute")
	return cmd
}

// inviteReport counts what became of the accounts looked at.
type inviteReport struct {
	DryRun  bool `json:"dry_run,omitempty"`
	Looked  int  `json:"looked"`
	Invited int  `json:"invited"`
	Waiting int  `json:"waiting"` // a code is on its way already
	Opened  int  `json:"opened"`  // nothing to invite
	Failed  int  `json:"failed"`
}

func (a *app) inviteMany(ctx context.Context, c *config.Config, store *storage.Store, call inviteCall) error {
	p, err := a.provider(ctx, c, store)
	if err != nil {
		return err
	}
	report, bar := inviteReport{DryRun: call.dryRun}, newProgress(a.stderr, 0)
	defer bar.done()
	pace := time.NewTicker(time.Minute / time.Duration(call.perMinute))
	defer pace.Stop()
	each := func(account *idp.Account) error {
		report.Looked++
		bar.show(report.Looked, 0)
		open, err := usableInvitation(ctx, store, account)
		switch {
		case err != nil:
			return err
		case account.Status != idp.AccountInvited:
			report.Opened++
			return nil
		case open:
			report.Waiting++
			return nil
		case call.dryRun:
			report.Invited++
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-pace.C:
		}
		if err := p.Invite(ctx, account); err != nil {
			if errors.Is(err, idp.ErrUnavailable) {
				return err
			}
			report.Failed++
			bar.say(fmt.Sprintf("%s: %v", account.LoginName, err))
			return nil
		}
		report.Invited++
		return nil
	}
	if call.all {
		err = everyInvited(ctx, store, each)
	} else {
		err = a.everyNamed(ctx, store, call.file, bar, &report, each)
	}
	bar.done()
	return a.printInvited(report, err)
}

func (a *app) printInvited(report inviteReport, err error) error {
	title := "invited"
	if report.DryRun {
		title = "would be invited"
	}
	printed := a.print(report, [][]string{{"looked at", fmt.Sprint(report.Looked)}, {title, fmt.Sprint(report.Invited)},
		{"have a code already", fmt.Sprint(report.Waiting)}, {"opened already", fmt.Sprint(report.Opened)}, {"failed", fmt.Sprint(report.Failed)}})
	switch {
	case err != nil:
		return errors.Join(fmt.Errorf("%w; run the same command again to go on", err), printed)
	case report.Failed > 0:
		return errors.Join(fmt.Errorf("%d of %d are not invited", report.Failed, report.Looked), printed)
	}
	return printed
}

// usableInvitation reports whether the account was mailed a code that still works.
func usableInvitation(ctx context.Context, store *storage.Store, account *idp.Account) (bool, error) {
	inv, err := store.Invitation(ctx, account.ID)
	if errors.Is(err, idp.ErrNotFound) {
		return false, nil
	}
	return err == nil && time.Now().Before(inv.ExpiresAt), err
}

// everyInvited walks the accounts that wait to be opened, by login name.
func everyInvited(ctx context.Context, store *storage.Store, each func(*idp.Account) error) error {
	for f := (storage.AccountFilter{Status: string(idp.AccountInvited), Limit: mostAccounts}); ; {
		page, err := store.Accounts(ctx, f)
		if err != nil {
			return err
		}
		for _, account := range page {
			if err := each(account); err != nil {
				return err
			}
		}
		if len(page) < f.Limit {
			return nil
		}
		f.After = page[len(page)-1].LoginName
	}
}

// everyNamed walks the accounts that a file names. A name that nobody has is told and left out.
func (a *app) everyNamed(ctx context.Context, store *storage.Store, file string, bar *progress, report *inviteReport, each func(*idp.Account) error) error {
	in, _, err := a.openImport(file)
	if err != nil {
		return err
	}
	defer in.Close()
	for lines := bufio.NewScanner(in); ; {
		if !lines.Scan() {
			return lines.Err()
		}
		name := strings.TrimSpace(lines.Text())
		if name == "" {
			continue
		}
		account, err := find(ctx, store, name)
		if errors.Is(err, idp.ErrUnavailable) {
			return err
		}
		if err != nil {
			report.Looked++
			report.Failed++
			bar.say(err.Error())
			continue
		}
		if err := each(account); err != nil {
			return err
		}
	}
}
