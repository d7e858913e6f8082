package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"sekisho/config"
	"sekisho/idp"
	"sekisho/idp/audit"
	"sekisho/idp/authn/identifier"
	"sekisho/idp/httpsafe"
	"sekisho/idp/provider"
	"sekisho/storage"
)

func (a *app) accountCommand() *cobra.Command {
	return group("account", "End-User accounts", a.accountAdd(), a.accountList(), a.accountShow(),
		a.accountStatus("lock", idp.AccountLocked, audit.AccountLocked, "Freeze an account: its sessions and tokens end at once"),
		a.accountUnlock(), a.accountReissue(), a.accountInviteMany(), a.accountImport(),
		a.accountClearTransaction(), a.accountRestore(), a.accountRelease(), a.accountSettleLost())
}

// accountFile is an account as it is added from a file.
type accountFile struct {
	LoginName     string      `json:"login_name"`
	Kind          string      `json:"kind,omitempty"`
	Email         string      `json:"email"`
	EmailVerified bool        `json:"email_verified,omitempty"`
	Locale        string      `json:"locale,omitempty"`
	Permissions   []string    `json:"permissions,omitempty"`
	Profile       idp.Profile `json:"profile,omitzero"`
	Invite        bool        `json:"invite,omitempty"`
}

// build checks the file's values and makes the account. Without a password it can only be
// opened by an invitation.
func (f accountFile) build(now time.Time) (idp.NewAccount, error) {
	var n idp.NewAccount
	login, err := identifier.LoginName(f.LoginName)
	if err != nil {
		return n, usage("login_name: %v; write the customer code or another name of the firm's", err)
	}
	address, err := identifier.Email(f.Email)
	if err != nil {
		return n, usage("email: %v; write one such as hanako@example.co.jp", err)
	}
	kind := idp.AccountKind(f.Kind)
	if kind == "" {
		kind = idp.Personal
	}
	if kind != idp.Personal && kind != idp.Corporate {
		return n, usage("kind: %q is neither personal nor corporate", f.Kind)
	}
	if f.Locale != "" && f.Locale != "ja" && f.Locale != "en" {
		return n, usage("locale: %q is neither ja nor en", f.Locale)
	}
	n.Account = provider.NewAccount(login, now)
	n.Account.Kind, n.Account.Profile, n.Account.Permissions, n.Account.Locale = kind, f.Profile, f.Permissions, f.Locale
	mail := idp.Email{ID: idp.NewID(), AccountID: n.Account.ID, Address: address.Address, Canonical: address.Canonical, Purpose: idp.EmailRegistered, CreatedAt: now}
	if f.EmailVerified {
		mail.VerifiedAt = now
	}
	n.Emails = []idp.Email{mail}
	return n, nil
}

type accountView struct {
	ID        string            `json:"id"`
	Subject   string            `json:"sub"`
	LoginName string            `json:"login_name"`
	Kind      idp.AccountKind   `json:"kind"`
	Status    idp.AccountStatus `json:"status"`
	Name      string            `json:"name,omitempty"`
	Created   time.Time         `json:"created_at"`
	Emails    []string          `json:"emails,omitempty"` // masked
	Passkeys  int               `json:"passkeys"`
	TOTP      bool              `json:"totp"`
	Password  bool              `json:"password"`
	// LockedAt and LockReason are there while the account is locked.
	LockedAt   time.Time       `json:"locked_at,omitzero"`
	LockReason string          `json:"lock_reason,omitempty"`
	Suspended  []suspendedView `json:"suspended,omitempty"`
}

func viewAccount(a *idp.Account) accountView {
	return accountView{ID: a.ID, Subject: a.Subject, LoginName: a.LoginName, Kind: a.Kind, Status: a.Status, Name: a.Profile.Name, Created: a.CreatedAt,
		LockedAt: a.LockedAt, LockReason: a.LockReason}
}

func (a *app) accountAdd() *cobra.Command {
	var f accountFile
	var file string
	cmd := &cobra.Command{
		Use: "add", Short: "Create an account, opened by the customer with an invitation", Args: takes(),
		Long: "Creates an account that holds no secret yet. With --invite (or later: account invite) a code is mailed with which the customer sets a password. No operator ever sets or sees one.",
		RunE: func(cmd *cobra.Command, _ []string) error {
			if file != "" {
				if err := readAccount(file, a.stdin, &f); err != nil {
					return err
				}
			}
			n, err := f.build(time.Now().UTC())
			if err != nil {
				return err
			}
			return a.withStore(cmd.Context(), func(c *config.Config, store *storage.Store) error {
				return a.addAccount(cmd.Context(), c, store, n, f.Invite)
			})
		},
	}
	fl := cmd.Flags()
	fl.StringVarP(&file, "file", "f", "", "JSON file; - reads standard input")
	fl.StringVar(&f.LoginName, "login-name", "", "customer code or other login name")
	fl.StringVar(&f.Email, "email", "", "registered mail address")
	fl.BoolVar(&f.EmailVerified, "email-verified", false, "the firm itself has verified the address")
	fl.StringVar(&f.Kind, "kind", "", "personal (default) or corporate")
	fl.StringVar(&f.Profile.Name, "name", "", "full name")
	fl.StringVar(&f.Locale, "locale", "", "ja or en")
	fl.BoolVar(&f.Invite, "invite", false, "mail an invitation at once")
	return cmd
}

// readAccount reads an account file over what flags said.
func readAccount(file string, stdin io.Reader, into *accountFile) error {
	raw, err := readInput(file, stdin)
	if err != nil {
		return err
	}
	if err := nameMistakes(file, raw, reflect.TypeFor[accountFile]()); err != nil {
		return err
	}
	if err := httpsafe.StrictJSON(raw); err != nil {
		return usage("%s: %v", file, err)
	}
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return usage("%s: %v", file, err)
	}
	return nil
}

func (a *app) addAccount(ctx context.Context, c *config.Config, store *storage.Store, n idp.NewAccount, invite bool) error {
	if invite {
		if _, err := a.vaultOf(ctx, c, store); err != nil {
			return err // before anything was created
		}
	}
	rec := operator(audit.AccountCreated, nil)
	rec.AccountID = n.Account.ID
	if err := store.CreateAccount(ctx, n, idp.Effects{Audit: []idp.AuditRecord{rec}}); err != nil {
		return naming(err, "account", n.Account.LoginName)
	}
	if invite {
		if err := a.invite(ctx, c, store, &n.Account); err != nil {
			return fmt.Errorf("the account was created, but not invited: %w", err)
		}
	}
	return a.print(viewAccount(&n.Account), [][]string{{"account", n.Account.ID}, {"sub", n.Account.Subject}, {"login name", n.Account.LoginName}})
}

// find accepts an account id, a subject or a login name.
func find(ctx context.Context, store *storage.Store, name string) (*idp.Account, error) {
	for _, by := range []func(context.Context, string) (*idp.Account, error){store.Account, store.AccountBySubject} {
		account, err := by(ctx, name)
		if !errors.Is(err, idp.ErrNotFound) {
			return account, err
		}
	}
	canonical, err := identifier.Lookup(name)
	if err != nil {
		return nil, fmt.Errorf("no account %q", name)
	}
	account, err := store.AccountByLogin(ctx, canonical)
	if err != nil {
		return nil, naming(err, "account", name)
	}
	return account, nil
}

// mostAccounts is how many accounts one call may list.
const mostAccounts = 200

func (a *app) accountList() *cobra.Command {
	var f storage.AccountFilter
	cmd := &cobra.Command{
		Use: "list", Short: "List accounts by login name", Args: takes(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if !slices.Contains([]idp.AccountStatus{"", idp.AccountInvited, idp.AccountActive, idp.AccountLocked}, idp.AccountStatus(f.Status)) {
				return usage("--status %q: write invited, active or locked", f.Status)
			}
			if f.Limit < 1 || f.Limit > mostAccounts {
				return usage("--limit %d: write 1 to %d, and go on with --after", f.Limit, mostAccounts)
			}
			return a.withStore(cmd.Context(), func(_ *config.Config, store *storage.Store) error {
				list, err := store.Accounts(cmd.Context(), f)
				if err != nil {
					return err
				}
				views, rows := []accountView{}, [][]string{{"LOGIN NAME", "STATUS", "KIND", "NAME", "ID"}}
				for _, acc := range list {
					views = append(views, viewAccount(acc))
					rows = append(rows, []string{acc.LoginName, string(acc.Status), string(acc.Kind), acc.Profile.Name, acc.ID})
				}
				return a.print(views, rows)
			})
		},
	}
	cmd.Flags().StringVar(&f.Query, "query", "", "part of the login name")
	cmd.Flags().StringVar(&f.Status, "status", "", "invited, active or locked")
	cmd.Flags().StringVar(&f.After, "after", "", "continue after this login name")
	cmd.Flags().IntVar(&f.Limit, "limit", 50, "at most this many (200)")
	return cmd
}

func (a *app) accountShow() *cobra.Command {
	return &cobra.Command{
		Use: "show ACCOUNT", Short: "Show an account (by id, sub or login name); addresses are masked, secrets never shown", Args: takes("ACCOUNT"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.withStore(cmd.Context(), func(_ *config.Config, store *storage.Store) error {
				account, err := find(cmd.Context(), store, args[0])
				if err != nil {
					return err
				}
				v, err := fullView(cmd.Context(), store, account)
				if err != nil {
					return err
				}
				return a.print(v, append([][]string{
					{"id", v.ID}, {"sub", v.Subject}, {"login name", v.LoginName}, {"status", string(v.Status)}, {"kind", string(v.Kind)}, {"name", v.Name},
					{"created", when(v.Created)}, {"mail", strings.Join(v.Emails, ", ")}, {"passkeys", fmt.Sprint(v.Passkeys)},
					{"totp", fmt.Sprint(v.TOTP)}, {"password", fmt.Sprint(v.Password)},
				}, lockedRows(v)...))
			})
		},
	}
}

func fullView(ctx context.Context, store *storage.Store, account *idp.Account) (accountView, error) {
	v := viewAccount(account)
	emails, err := store.Emails(ctx, account.ID)
	if err != nil {
		return v, err
	}
	for _, e := range emails {
		mark := " (unverified)"
		if e.Verified() {
			mark = ""
		}
		v.Emails = append(v.Emails, identifier.MaskEmail(e.Address)+mark)
	}
	passkeys, err := store.Passkeys(ctx, account.ID)
	if err != nil {
		return v, err
	}
	v.Passkeys = len(passkeys)
	if _, err = store.TOTP(ctx, account.ID); err != nil && !errors.Is(err, idp.ErrNotFound) {
		return v, err
	}
	v.TOTP = err == nil
	if _, err = store.Password(ctx, account.ID, idp.LoginPassword); err != nil && !errors.Is(err, idp.ErrNotFound) {
		return v, err
	}
	v.Password = err == nil
	v.Suspended, err = viewSuspended(ctx, store, account.ID)
	return v, err
}

func (a *app) accountStatus(use string, to idp.AccountStatus, event, short string) *cobra.Command {
	return &cobra.Command{
		Use: use + " ACCOUNT", Short: short, Args: takes("ACCOUNT"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.withStore(cmd.Context(), func(_ *config.Config, store *storage.Store) error {
				account, err := find(cmd.Context(), store, args[0])
				if err != nil {
					return err
				}
				if account.Status == idp.AccountInvited {
					return fmt.Errorf("account %q was never opened; its invitation is what opens it", args[0])
				}
				rec := operator(event, nil)
				rec.AccountID = account.ID
				if err := store.SetAccountStatus(cmd.Context(), account.ID, to, idp.Effects{Audit: []idp.AuditRecord{rec}}); err != nil {
					return naming(err, "account", args[0])
				}
				if account, err = store.Account(cmd.Context(), account.ID); err != nil {
					return err
				}
				return a.print(viewAccount(account), [][]string{{account.LoginName, string(to)}})
			})
		},
	}
}

func (a *app) accountInvite() *cobra.Command {
	return &cobra.Command{
		Use: "invite ACCOUNT", Short: "Mail a new invitation code; earlier ones become void", Args: takes("ACCOUNT"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.withStore(cmd.Context(), func(c *config.Config, store *storage.Store) error {
				account, err := find(cmd.Context(), store, args[0])
				if err != nil {
					return err
				}
				if err := a.invite(cmd.Context(), c, store, account); err != nil {
					return err
				}
				return a.print(map[string]string{"invited": account.ID}, [][]string{{"invited", account.LoginName}})
			})
		},
	}
}
