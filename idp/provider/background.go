package provider

import (
	"context"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus/promhttp"
	"golang.org/x/sync/errgroup"

	"sekisho/idp"
	"sekisho/idp/audit"
	"sekisho/idp/keys"
)

const (
	expiryEvery = time.Minute
	expiryBatch = 500 // rows per statement, so that no delete holds locks for long
)

// Run works in the background until ctx ends: mails, audit records, their seals and the end
// of their retention, key, client and policy refresh, deletion of what has expired. It returns when all of it has stopped
// and what was queued is written.
func (p *Provider) Run(ctx context.Context) error {
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return p.Worker.Run(ctx) })
	g.Go(func() error { return p.Logouts.Run(ctx) })
	g.Go(func() error { return p.Recorder.Run(ctx) })
	g.Go(func() error {
		return audit.Sealing{
			Store: p.opt.Store, Every: p.cfg.Audit.SealEvery, Logger: p.log,
			MAC: func(b []byte) []byte { return p.Vault.MAC(keys.PurposeAudit, b) },
		}.Run(ctx)
	})
	g.Go(func() error {
		return audit.Retention{
			Store: p.opt.Store, Keep: time.Duration(p.cfg.Audit.RetentionDays) * 24 * time.Hour, Record: p.record, Now: p.now, Logger: p.log,
			MAC:    func(b []byte) []byte { return p.Vault.MAC(keys.PurposeAudit, b) },
			Verify: func(message, mac []byte) bool { return p.Vault.VerifyMAC(keys.PurposeAudit, mac, message) },
		}.Run(ctx)
	})
	g.Go(func() error { p.Ring.Run(ctx); return nil })
	g.Go(func() error { p.Clients.Run(ctx); return nil })
	g.Go(func() error { p.stops.run(ctx); return nil })
	g.Go(func() error { p.expire(ctx); return nil })
	return g.Wait()
}

func (p *Provider) expire(ctx context.Context) {
	tick := time.NewTicker(expiryEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		p.expireLetters(ctx)
		for n := expiryBatch; n >= expiryBatch && ctx.Err() == nil; {
			var err error
			if n, err = p.opt.Store.DeleteExpired(ctx, p.now(), expiryBatch); err != nil {
				p.log.ErrorContext(ctx, "expired rows not deleted, will retry", "error", err)
				break
			}
		}
	}
}

// OperationsHandler serves the operators' listener: liveness, readiness and metrics. It
// is never mounted on the public one (AD-09).
func (p *Provider) OperationsHandler() http.Handler {
	m := http.NewServeMux()
	m.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { plain(w, http.StatusOK, "ok") })
	m.HandleFunc("GET /readyz", func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), 2*time.Second)
		defer cancel()
		if err := p.opt.Store.Ping(ctx); err != nil {
			plain(w, http.StatusServiceUnavailable, "the database does not answer")
			return
		}
		if err := p.Recorder.Err(); err != nil {
			plain(w, http.StatusServiceUnavailable, "audit records cannot be written")
			return
		}
		plain(w, http.StatusOK, "ready")
	})
	m.Handle("GET /metrics", promhttp.HandlerFor(p.opt.Registry, promhttp.HandlerOpts{}))
	return m
}

func plain(w http.ResponseWriter, status int, text string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write([]byte(text + "\n"))
}

func sessionEnded(s *idp.Session, at time.Time) idp.AuditRecord {
	return idp.AuditRecord{At: at, Event: audit.SessionEnded, Result: audit.OK, Reason: "logout", Actor: audit.Customer, AccountID: s.AccountID, SessionID: s.ID}
}
