package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"sekisho/config"
	"sekisho/idp"
	"sekisho/idp/letter/paper"
	"sekisho/idp/provider"
	"sekisho/storage"
)

func (a *app) letterCommand() *cobra.Command {
	return group("letter", "Letters with temporary passwords", a.letterList(), a.letterPrint(), a.letterVoid())
}

// letterView says everything about a letter but what is in it.
type letterView struct {
	ID        string          `json:"id"`
	AccountID string          `json:"account_id"`
	State     idp.LetterState `json:"state"`
	Origin    string          `json:"origin"`
	Passwords string          `json:"passwords"`
	Due       string          `json:"due_on"`
	Created   time.Time       `json:"created_at"`
	Expires   time.Time       `json:"expires_at"`
	Ended     time.Time       `json:"ended_at,omitzero"`
	Reason    string          `json:"reason,omitempty"`
	File      string          `json:"file,omitempty"`
}

func viewLetter(l idp.Letter) letterView {
	return letterView{l.ID, l.AccountID, l.State, l.Origin, l.Kinds, l.DueOn, l.CreatedAt, l.ExpiresAt, l.EndedAt, l.Reason, ""}
}

func (a *app) letterList() *cobra.Command {
	var state, account string
	cmd := &cobra.Command{
		Use: "list", Short: "List letters by when they are due; what is in them is never shown", Args: takes(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if !slices.Contains([]idp.LetterState{"", idp.LetterQueued, idp.LetterPrinted, idp.LetterVoid, idp.LetterExpired}, idp.LetterState(state)) {
				return usage("--state %q: write queued, printed, void or expired", state)
			}
			return a.withStore(cmd.Context(), func(_ *config.Config, store *storage.Store) error {
				f := storage.LetterFilter{State: idp.LetterState(state)}
				if account != "" {
					found, err := find(cmd.Context(), store, account)
					if err != nil {
						return err
					}
					f.AccountID = found.ID
				}
				list, err := store.Letters(cmd.Context(), f)
				if err != nil {
					return err
				}
				views, rows := []letterView{}, [][]string{{"DUE", "STATE", "PASSWORDS", "ORIGIN", "ID"}}
				for _, l := range list {
					views = append(views, viewLetter(l))
					rows = append(rows, []string{l.DueOn, string(l.State), l.Kinds, l.Origin, l.ID})
				}
				return a.print(views, rows)
			})
		},
	}
	cmd.Flags().StringVar(&state, "state", "", "queued, printed, void or expired")
	cmd.Flags().StringVar(&account, "account", "", "only this account's")
	return cmd
}

// printCall is one `letter print`.
type printCall struct {
	out, reason string
	due, again  bool
}

func (a *app) letterPrint() *cobra.Command {
	var call printCall
	cmd := &cobra.Command{
		Use: "print [LETTER…]", Short: "Write letters as PDF and as HTML, once each", Args: cobra.ArbitraryArgs,
		Long: "Writes each letter as PDF and as HTML into the folder --out, for the printer and nobody else: delete the files when they are printed. " +
			"A letter is printed once. When the paper jammed, --again voids it and prints a new one with new temporary passwords; what the old one said is known to nobody.",
		RunE: func(cmd *cobra.Command, args []string) error {
			switch {
			case call.out == "":
				return usage("--out is missing: name the folder that the printer takes letters from")
			case call.due == (len(args) > 0):
				return usage("name the letters to print, or write --due")
			case call.again && (call.reason == "" || call.due):
				return usage("--again takes letters by name and --reason")
			}
			return a.withStore(cmd.Context(), func(c *config.Config, store *storage.Store) error {
				return a.printLetters(cmd.Context(), c, store, call, args)
			})
		},
	}
	fl := cmd.Flags()
	fl.StringVar(&call.out, "out", "", "folder for the files")
	fl.BoolVar(&call.due, "due", false, "every queued letter that is due by today")
	fl.BoolVar(&call.again, "again", false, "void the letters and print new ones with new temporary passwords")
	fl.StringVar(&call.reason, "reason", "", "why again, in a few words")
	return cmd
}

func (a *app) printLetters(ctx context.Context, c *config.Config, store *storage.Store, call printCall, ids []string) error {
	press, err := paper.Open(c.Letters.Fonts)
	if err != nil {
		return usage("%v; name TrueType fonts in the configuration", err)
	}
	p, err := a.provider(ctx, c, store)
	if err != nil {
		return err
	}
	if call.due {
		list, err := store.Letters(ctx, storage.LetterFilter{State: idp.LetterQueued, DueBy: p.Letters().Calendar.Today(time.Now())})
		if err != nil {
			return err
		}
		for _, l := range list {
			ids = append(ids, l.ID)
		}
	}
	views, rows := []letterView{}, [][]string{}
	var failed error
	for _, id := range ids {
		l, file, err := printOne(ctx, p, press, call, id)
		if err != nil {
			failed = errors.Join(failed, fmt.Errorf("letter %s: %w", id, err))
			continue
		}
		v := viewLetter(*l)
		v.State, v.File = idp.LetterPrinted, file
		views, rows = append(views, v), append(rows, []string{"printed", l.ID, file})
	}
	if len(views) > 0 || failed == nil {
		if err := a.print(views, rows); err != nil {
			return errors.Join(failed, err)
		}
	}
	return failed
}

// printOne writes one letter. Its file has its name only once the letter is out of the
// queue; of two commands at a time one keeps it.
func printOne(ctx context.Context, p *provider.Provider, press *paper.Press, call printCall, id string) (*idp.Letter, string, error) {
	if call.again {
		l, err := p.Letters().Again(ctx, id, call.reason)
		if err != nil {
			return nil, "", printTrouble(err)
		}
		id = l.ID
	}
	var parts []string
	l, err := p.PrintLetter(ctx, press, id, func(made paper.Printable) error {
		for _, form := range [][]byte{made.PDF, made.HTML} {
			part, err := writePart(call.out, form)
			if part != "" {
				parts = append(parts, part)
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		for _, part := range parts {
			err = errors.Join(err, os.Remove(part))
		}
		return nil, "", printTrouble(err)
	}
	file := filepath.Join(call.out, id)
	return l, file + ".pdf", errors.Join(os.Rename(parts[0], file+".pdf"), os.Rename(parts[1], file+".html"))
}

// writePart writes a file that only the operator can read and that no printer takes yet.
func writePart(folder string, content []byte) (name string, err error) {
	part, err := os.CreateTemp(folder, ".letter-*.part") // mode 0600
	if err != nil {
		return "", err
	}
	_, err = part.Write(content)
	return part.Name(), errors.Join(err, part.Sync(), part.Close())
}

func printTrouble(err error) error {
	switch {
	case errors.Is(err, idp.ErrConsumed):
		return errors.New("it is not in the queue any more: printed before, stopped or replaced; after a jam print it with --again")
	case errors.Is(err, idp.ErrExpired):
		return errors.New("its temporary passwords are over or were replaced by the customer; there is nothing to print")
	case errors.Is(err, idp.ErrLocked):
		return errors.New("the account is not active; the letter stays in the queue")
	case errors.Is(err, paper.ErrMissing):
		return fmt.Errorf("%w; add a font to letters.fonts, the letter stays in the queue", err)
	}
	return err
}

func (a *app) letterVoid() *cobra.Command {
	var reason string
	cmd := &cobra.Command{
		Use: "void LETTER", Short: "Stop a letter: its temporary passwords end, printed or not", Args: takes("LETTER"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if reason == "" {
				return usage("--reason is missing: say why, for the audit trail")
			}
			return a.withStore(cmd.Context(), func(c *config.Config, store *storage.Store) error {
				p, err := a.provider(cmd.Context(), c, store)
				if err != nil {
					return err
				}
				err = p.Letters().Void(cmd.Context(), args[0], reason)
				if errors.Is(err, idp.ErrConsumed) {
					return fmt.Errorf("letter %q had ended already", args[0])
				}
				if err != nil {
					return naming(err, "letter", args[0])
				}
				return a.print(map[string]string{"voided": args[0]}, [][]string{{"voided", args[0]}})
			})
		},
	}
	cmd.Flags().StringVar(&reason, "reason", "", "why, in a few words")
	return cmd
}
