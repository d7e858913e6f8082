package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"sekisho/config"
	"sekisho/idp/httpsafe"
	"sekisho/idp/provider"
	"sekisho/storage"
)

func (a *app) serveCommand() *cobra.Command {
	var schema, migrate bool
	cmd := &cobra.Command{
		Use: "serve", Short: "Run the provider", Args: takes(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if schema {
				_, err := a.stdout.Write(config.Schema())
				return err
			}
			return a.serve(cmd.Context(), migrate)
		},
	}
	cmd.Flags().BoolVar(&schema, "print-schema", false, "print the JSON Schema of the configuration file and stop")
	cmd.Flags().BoolVar(&migrate, "migrate", false, "bring the database schema up to date first")
	return cmd
}

func (a *app) serve(ctx context.Context, migrate bool) error {
	c, err := a.load()
	if err != nil {
		return err
	}
	log := a.logger(c.Log)
	if _, err := a.vault(c); err != nil {
		return err // before a database is made that it could not serve
	}
	store, err := a.open(ctx, c)
	if err != nil {
		return err
	}
	defer store.Close()
	if migrate {
		err = store.Migrate(ctx)
	} else {
		err = requireMigrated(ctx, store)
	}
	if err != nil {
		return err
	}
	if _, err := a.vaultOf(ctx, c, store); err != nil {
		return err
	}
	node := node{config: c, store: store, log: log}
	if c.Mail.Kind == config.MailDevelopment {
		page, stop, err := developmentMail(c, log)
		if err != nil {
			return err
		}
		defer stop()
		node.mailbox = page
	}
	return node.run(ctx, nil)
}

// node is one running provider process.
type node struct {
	config  *config.Config
	store   *storage.Store
	log     *slog.Logger
	mailbox http.Handler // development: the page that shows kept mail
}

// run serves until ctx ends, then lets running requests finish and what is queued be
// written. ready, when not nil, is called once every listener is open.
func (n node) run(ctx context.Context, ready func(*provider.Provider)) error {
	c := n.config
	p, err := provider.New(ctx, provider.Options{Config: c, Store: n.store, Log: n.log})
	if err != nil {
		return err
	}
	public := httpsafe.NewServer(p.Handler(), n.log)
	public.ReadTimeout, public.WriteTimeout, public.IdleTimeout = c.Listen.ReadTimeout, c.Listen.WriteTimeout, c.Listen.IdleTimeout
	if c.Listen.TLS.Enabled() {
		if public.TLSConfig, err = serverTLS(c.Listen.TLS, n.log); err != nil {
			return err
		}
	}
	servers := []listening{{"public", c.Listen.Addr, public}}
	if c.Listen.MTLS.Addr != "" {
		mutual, err := mutualTLS(c, p, n.log)
		if err != nil {
			return err
		}
		servers = append(servers, listening{"mtls", c.Listen.MTLS.Addr, mutual})
	}
	if c.Listen.RedirectAddr != "" {
		servers = append(servers, listening{"redirect", c.Listen.RedirectAddr, httpsafe.NewServer(p.RedirectHandler(), n.log)})
	}
	if c.Operations.Addr != "" {
		servers = append(servers, listening{"operations", c.Operations.Addr, httpsafe.NewServer(p.OperationsHandler(), n.log)})
	}
	if n.mailbox != nil && c.Mail.MailboxAddr != "" {
		servers = append(servers, listening{"mailbox", c.Mail.MailboxAddr, httpsafe.NewServer(n.mailbox, n.log)})
	}
	return serveAll(ctx, servers, c.Listen.DrainTimeout, n.log, p.Run, func() {
		if ready != nil {
			ready(p)
		}
	})
}

// serverTLS reads the certificate, and again whenever its files change.
func serverTLS(t config.TLS, log *slog.Logger) (*tls.Config, error) {
	certificates, err := httpsafe.LoadCertificates(t.CertFile, t.KeyFile, time.Now, log)
	if err != nil {
		return nil, usage("listen.tls: %v", err)
	}
	return httpsafe.NewTLSConfig(certificates), nil
}

// mutualTLS is the server that asks for client certificates. It takes any: whether one is
// good is the business of the client's registration, and the handshake proves its key.
func mutualTLS(c *config.Config, p *provider.Provider, log *slog.Logger) (*http.Server, error) {
	server := httpsafe.NewServer(p.MutualTLSHandler(), log)
	server.ReadTimeout, server.WriteTimeout, server.IdleTimeout = c.Listen.ReadTimeout, c.Listen.WriteTimeout, c.Listen.IdleTimeout
	settings, err := serverTLS(c.MTLSCertificate(), log)
	if err != nil {
		return nil, err
	}
	settings.ClientAuth = tls.RequestClientCert
	server.TLSConfig = settings
	return server, nil
}

type listening struct {
	name, addr string
	server     *http.Server
}

// serveAll opens every listener before it serves any, so that a taken port is an error at
// start and nothing half-runs.
func serveAll(ctx context.Context, servers []listening, drain time.Duration, log *slog.Logger, background func(context.Context) error, ready func()) error {
	var listeners []net.Listener
	for _, s := range servers {
		l, err := net.Listen("tcp", s.addr)
		if err != nil {
			for _, open := range listeners {
				open.Close()
			}
			return fmt.Errorf("%s listener: %w", s.name, err)
		}
		listeners = append(listeners, l)
	}
	// The background work outlives the listeners, so that what the last requests queued is written.
	work, stopWork := context.WithCancel(context.WithoutCancel(ctx))
	defer stopWork()
	ctx, stop := context.WithCancel(ctx)
	g, gctx := errgroup.WithContext(ctx)
	done := make(chan error, 1)
	go func() {
		defer stop() // without it nothing would be mailed, sealed or deleted: rather no service
		done <- background(work)
	}()
	for i, s := range servers {
		log.Info("listening", "listener", s.name, "addr", listeners[i].Addr().String())
		g.Go(func() error { return serveOne(s.server, listeners[i]) })
	}
	g.Go(func() error {
		<-gctx.Done()
		return shutdown(servers, drain)
	})
	ready()
	err := g.Wait()
	stopWork()
	return errors.Join(err, <-done)
}

func serveOne(s *http.Server, l net.Listener) error {
	var err error
	if s.TLSConfig != nil {
		err = s.ServeTLS(l, "", "")
	} else {
		err = s.Serve(l)
	}
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return err
}

func shutdown(servers []listening, drain time.Duration) error {
	ctx, cancel := context.WithTimeout(context.Background(), max(drain, time.Second))
	defer cancel()
	var err error
	for _, s := range servers {
		if e := s.server.Shutdown(ctx); e != nil {
			err = errors.Join(err, fmt.Errorf("%s listener did not drain: %w", s.name, e))
			s.server.Close()
		}
	}
	return err
}
