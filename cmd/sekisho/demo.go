package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	brokerage "sekisho/cmd/brokerage/app"
	"sekisho/config"
	"sekisho/idp/httpsafe"
	"sekisho/idp/keys"
	"sekisho/idp/provider"
	"sekisho/storage"
)

// demo is what the demo command was asked for.
type demo struct {
	addr, brokerageAddr, mailAddr string
	data, lang, database          string
	verbose                       bool
}

func (a *app) demoCommand() *cobra.Command {
	var d demo
	cmd := &cobra.Command{
		Use: "demo", Short: "Show everything on this machine: provider, sample brokerage, mailbox", Args: cobra.NoArgs,
		Long: "Starts the provider on the embedded database with a sample brokerage as relying party and a mailbox that shows every mail the provider sent. Nothing leaves this machine; without --data nothing is kept.",
		RunE: func(cmd *cobra.Command, _ []string) error {
			if d.lang != "ja" && d.lang != "en" {
				return usage("--lang %q is neither ja nor en", d.lang)
			}
			return a.demo(cmd.Context(), d)
		},
	}
	f := cmd.Flags()
	f.StringVar(&d.addr, "addr", "localhost:9000", "address of the provider; its issuer is http://localhost:PORT")
	f.StringVar(&d.brokerageAddr, "brokerage-addr", "localhost:9001", "address of the sample brokerage")
	f.StringVar(&d.mailAddr, "mail-addr", "localhost:9002", "address of the mailbox page")
	f.StringVar(&d.data, "data", "", "folder to keep the database and keys in (default: nothing is kept)")
	f.StringVar(&d.database, "database", "", "use this database, e.g. postgres://user@host/name; needs --data for the keys (default: the embedded one)")
	f.StringVar(&d.lang, "lang", "ja", "language of what is printed here and of mails: ja or en")
	f.BoolVar(&d.verbose, "verbose", false, "log requests")
	return cmd
}

// local is the http://localhost URL of a listen address.
func local(addr string) (string, error) {
	_, port, err := net.SplitHostPort(addr)
	if err != nil {
		return "", usage("address %q: %v", addr, err)
	}
	return "http://localhost:" + port, nil
}

func (a *app) demo(ctx context.Context, d demo) error {
	c, err := d.config()
	if err != nil {
		return err
	}
	log := slog.New(slog.NewTextHandler(a.stderr, &slog.HandlerOptions{Level: slog.LevelWarn}))
	if d.verbose {
		log = slog.New(slog.NewTextHandler(a.stderr, nil))
	}
	store, err := storage.Open(ctx, storage.Options{URL: c.Database.URL, Logger: log})
	if err != nil {
		return fmt.Errorf("database: %w", err)
	}
	defer store.Close()
	if err := store.Migrate(ctx); err != nil {
		return err
	}
	page, stop, err := developmentMail(c, log)
	if err != nil {
		return err
	}
	defer stop()
	n := node{config: c, store: store, log: log, mailbox: page}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var failed error
	err = n.run(ctx, func(p *provider.Provider) {
		if failed = a.openDemo(ctx, d, c, store, p, log); failed != nil {
			cancel()
		}
	})
	if failed != nil {
		return failed
	}
	return err
}

func (d demo) config() (*config.Config, error) {
	if d.database != "" && d.data == "" {
		return nil, usage("--database keeps what it holds; name a folder for its keys with --data too")
	}
	if d.data != "" {
		if err := os.MkdirAll(d.data, 0o700); err != nil {
			return nil, fmt.Errorf("--data: %w", err)
		}
	}
	c := config.Demo(d.data)
	issuer, err := local(d.addr)
	if err != nil {
		return nil, err
	}
	c.Issuer, c.Listen.Addr, c.Operations.Addr, c.Mail.MailboxAddr = issuer, d.addr, "", d.mailAddr
	if d.database != "" {
		c.Database.URL = d.database
	}
	c.Passkey.RPID, c.Passkey.Origins = "localhost", []string{issuer}
	base, err := local(d.brokerageAddr)
	if err != nil {
		return nil, err
	}
	c.Tokens.Exchange = demoExchange(base)
	kek, err := d.kek()
	if err != nil {
		return nil, err
	}
	c.KEK.Secret = config.NewSecret(string(kek))
	return c, nil
}

// kek reads the keyset of the data folder, making it at the first start.
func (d demo) kek() ([]byte, error) {
	if d.data == "" {
		return keys.NewKEK()
	}
	file := filepath.Join(d.data, "kek")
	if _, err := os.Stat(file); os.IsNotExist(err) {
		kek, err := keys.NewKEK()
		if err != nil {
			return nil, err
		}
		return kek, keys.WriteFile(file, kek)
	}
	return keys.ReadFile(file)
}

// openDemo fills the database, starts the brokerage and says what there is to see.
func (a *app) openDemo(ctx context.Context, d demo, c *config.Config, store *storage.Store, p *provider.Provider, log *slog.Logger) error {
	base, err := local(d.brokerageAddr)
	if err != nil {
		return err
	}
	secret, apiSecret, err := seedClients(ctx, c, store, base)
	if err != nil {
		return err
	}
	customers, err := seedCustomers(ctx, d.lang, store, p)
	if err != nil {
		return err
	}
	site, err := brokerage.New(brokerage.Config{
		Issuer: c.Issuer, ClientID: demoClient, ClientSecret: secret, BaseURL: base, Resource: demoResource(base), Settlement: demoSettlement(base), Logger: log,
		APIClientID: demoAPI, APIClientSecret: apiSecret, TerminalID: demoTerminal,
	})
	if err != nil {
		return err
	}
	l, err := net.Listen("tcp", d.brokerageAddr)
	if err != nil {
		return fmt.Errorf("brokerage listener: %w", err)
	}
	server := httpsafe.NewServer(site, log)
	go server.Serve(l)
	context.AfterFunc(ctx, func() {
		drain, cancel := context.WithTimeout(context.Background(), 2*time.Second)
		defer cancel()
		server.Shutdown(drain)
	})
	mail, err := local(d.mailAddr)
	if err != nil {
		return err
	}
	d.print(a.stdout, c.Issuer, base, mail, customers)
	return nil
}

func (d demo) print(w io.Writer, issuer, broker, mail string, customers []demoCustomer) {
	t := demoTexts[d.lang]
	fmt.Fprintf(w, "\n%s\n\n  %s  %s\n  %s  %s\n  %s  %s\n\n%s\n", t.title, t.broker, broker, t.provider, issuer, t.mailbox, mail, t.customers)
	for _, c := range customers {
		fmt.Fprintf(w, "\n  %s  %s\n", c.login, c.what[d.lang])
		if c.password != "" {
			fmt.Fprintf(w, "    %s  %s\n", t.password, c.password)
		}
		if c.totp != "" {
			fmt.Fprintf(w, "    %s  %s\n", t.totp, c.totp)
		}
	}
	fmt.Fprintf(w, "\n%s\n", t.try)
}
