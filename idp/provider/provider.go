package provider

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"sekisho/config"
	"sekisho/idp"
	"sekisho/idp/assurance"
	"sekisho/idp/audit"
	"sekisho/idp/authn/invitation"
	"sekisho/idp/authn/password"
	"sekisho/idp/authorize"
	"sekisho/idp/clientauth"
	"sekisho/idp/details"
	"sekisho/idp/dpop"
	"sekisho/idp/fetch"
	"sekisho/idp/httpsafe"
	"sekisho/idp/keys"
	"sekisho/idp/logo"
	"sekisho/idp/logout/backchannel"
	"sekisho/idp/mtls"
	"sekisho/idp/notify"
	"sekisho/idp/oidc"
	"sekisho/idp/pairwise"
	"sekisho/idp/recovery"
	"sekisho/idp/reissue"
	"sekisho/idp/session"
	"sekisho/idp/signin"
	loginui "sekisho/login-ui"
	"sekisho/storage"
)

// Options are what a process gives the provider. Config, Store and Log are required.
type Options struct {
	Config *config.Config
	Store  *storage.Store
	Log    *slog.Logger
	Now    func() time.Time
	// Sender replaces the configured mail server: the demo's own mailbox.
	Sender notify.Sender
	// Registry collects metrics; nil makes one.
	Registry *prometheus.Registry
	// Fetch says how addresses that clients registered are fetched. The zero value is right
	// wherever they are other people's.
	Fetch fetch.Options
}

// Provider is a wired OpenID Provider: a public handler, an operators' handler, and work
// in the background. Nodes are stateless; any number share one database.
type Provider struct {
	opt     Options
	cfg     *config.Config
	issuer  *url.URL
	log     *slog.Logger
	now     func() time.Time
	metrics *metrics

	Vault       *keys.Vault
	Ring        *keys.Ring
	Clients     *clientauth.Directory
	Recorder    *audit.Recorder
	Composer    *notify.Composer
	Worker      *notify.Worker
	Logouts     *backchannel.Worker
	Site        *loginui.Site
	cookies     httpsafe.Cookies
	csrf        *httpsafe.CSRF
	sessions    *session.Sessions
	browser     session.Jar
	methods     signin.Methods
	hasher      *password.Hasher
	invitations *invitation.Service
	engine      *authorize.Engine
	recovery    *recovery.Handler
	respond     oidc.Responder
	policy      assurance.Policy // as configured
	stops       *operationStops
	discovery   []byte
	proofs      *dpop.Verifier
	hardware    bool // the firm trusts the attestation of some authenticators
	authorities *mtls.Authorities
	details     *details.Registry
	clientKeys  *clientauth.ClientKeys
	subjects    *pairwise.Subjects
	Logos       *logo.Shelf

	routes  []Route
	handler http.Handler
	mutual  http.Handler // the endpoints that take client certificates; nil without them
}

// New wires a provider. The database must be migrated. It generates signing keys when
// there are none, and fails with a reason an operator can act on.
func New(ctx context.Context, o Options) (*Provider, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Registry == nil {
		o.Registry = prometheus.NewRegistry()
	}
	issuer, err := oidc.ParseIssuer(o.Config.Issuer)
	if err != nil {
		return nil, err
	}
	if issuer.Path != "" {
		return nil, fmt.Errorf("issuer %s: a path is not supported, the provider owns its origin", o.Config.Issuer)
	}
	p := &Provider{opt: o, cfg: o.Config, issuer: issuer, log: o.Log, now: o.Now, metrics: newMetrics(o.Registry)}
	for _, step := range []struct {
		what string
		do   func(context.Context) error
	}{
		{"assurance policy", p.openPolicy},
		{"keys", p.openKeys},
		{"clients", p.openClients},
		{"audit", p.openAudit},
		{"mail", p.openMail},
		{"pages", p.openPages},
		{"sign-in methods", p.openMethods},
		{"transactions", p.openTransactions},
		{"interactions", p.openInteractions},
		{"logout", p.openLogout},
		{"endpoints", p.openEndpoints},
	} {
		if err := step.do(ctx); err != nil {
			return nil, fmt.Errorf("%s: %w", step.what, err)
		}
	}
	return p, nil
}

// Handler serves the public listener.
func (p *Provider) Handler() http.Handler { return p.handler }

// RedirectHandler serves a plain http listener: it sends people to the issuer's https
// origin and refuses everything else (HD-03).
func (p *Provider) RedirectHandler() http.Handler {
	return httpsafe.WithRequestID(httpsafe.Recover(p.log, httpsafe.PlainRefusal)(httpsafe.RedirectToHTTPS(p.cfg.Issuer, browserPath(p.routes))))
}

// Routes is the route table, for tests that walk it.
func (p *Provider) Routes() []Route { return p.routes }

func (p *Provider) openPolicy(ctx context.Context) error {
	policy, err := assurancePolicy(p.cfg.Assurance)
	if err != nil {
		return err
	}
	p.policy = policy
	p.stops, err = openOperationStops(ctx, p.opt.Store, policy, p.log)
	return err
}

func (p *Provider) openKeys(ctx context.Context) error {
	vault, err := keys.OpenVault(p.cfg.KEK.Secret.Reveal())
	if err != nil {
		return fmt.Errorf("kek: %w", err)
	}
	p.Vault = vault
	t := p.cfg.Tokens
	p.Ring, err = keys.OpenRing(ctx, keys.RingOptions{
		Store: p.opt.Store, Vault: vault, Algorithms: t.Algorithms, Overlap: t.KeyOverlap,
		KeepAfter: t.KeyKeepAfter, RotateEvery: t.RotateEvery, Now: p.now, Logger: p.log,
	})
	if err != nil {
		return err
	}
	p.subjects, err = pairwise.Open(ctx, p.opt.Store, vault)
	return err
}

func (p *Provider) openClients(ctx context.Context) (err error) {
	p.Clients, err = clientauth.OpenDirectory(ctx, clientauth.DirectoryOptions{Store: p.opt.Store, Now: p.now, Logger: p.log})
	p.clientKeys = &clientauth.ClientKeys{Fetch: fetch.New(p.fetchOptions()), Now: p.now}
	pictures := p.fetchOptions()
	pictures.MaxBytes = logo.MaxBytes
	p.Logos = &logo.Shelf{Store: p.opt.Store, Fetch: fetch.New(pictures), Now: p.now, Log: p.log}
	return err
}

func (p *Provider) openAudit(context.Context) (err error) {
	p.Recorder, err = audit.NewRecorder(audit.Options{
		Store: p.opt.Store, Stream: p.log.With("stream", "audit"), Logger: p.log, Now: p.now,
		Lost: func(n int) { p.metrics.auditLost.Add(float64(n)) },
	})
	return err
}

// fill and record hand audit records on; both complete them from the request.
func (p *Provider) fill(ctx context.Context, rec idp.AuditRecord) idp.AuditRecord {
	return p.Recorder.Fill(ctx, rec)
}

func (p *Provider) record(ctx context.Context, rec idp.AuditRecord) {
	p.metrics.events.WithLabelValues(rec.Event, rec.Result).Inc()
	p.Recorder.Record(ctx, rec)
}

func (p *Provider) openMail(context.Context) (err error) {
	firm := p.cfg.Firm
	p.Composer, err = notify.NewComposer(notify.Options{
		Firm: firm.Name, HelpDesk: helpDesk(firm.HelpDesk), Vault: p.Vault, Now: p.now, Zone: p.zone(), Languages: p.cfg.Languages,
	})
	if err != nil {
		return err
	}
	sender := p.opt.Sender
	if sender == nil {
		if sender, err = smtpSender(p.cfg.Mail); err != nil {
			return err
		}
	}
	p.Worker, err = notify.NewWorker(notify.WorkerOptions{
		Store: p.opt.Store, Vault: p.Vault, Sender: sender, Logger: p.log, Now: p.now, Metrics: p.metrics.mail(),
		Errands: map[string]func(context.Context, idp.OutboxMessage) error{
			recovery.Errand: func(ctx context.Context, m idp.OutboxMessage) error { return p.recovery.Deliver(ctx, m) },
			reissue.Errand:  func(ctx context.Context, m idp.OutboxMessage) error { return p.reissues().Deliver(ctx, m) },
		},
	})
	return err
}

func (p *Provider) zone() *time.Location {
	zone, err := time.LoadLocation(p.cfg.TimeZone)
	if err != nil {
		return nil // the configuration was validated; without zone data Japan Standard Time is used
	}
	return zone
}

func helpDesk(h config.HelpDesk) map[string]string {
	out := map[string]string{}
	for lang, hours := range h.Hours {
		out[lang] = h.Phone + " (" + hours + ")"
	}
	if len(out) == 0 && h.Phone != "" {
		out["ja"] = h.Phone
	}
	return out
}

func smtpSender(m config.Mail) (notify.Sender, error) {
	return notify.NewSMTP(notify.SMTPOptions{
		Host: m.SMTP.Host, Port: m.SMTP.Port, Encryption: notify.Encryption(m.SMTP.TLS), User: m.SMTP.Username,
		Password: string(m.SMTP.Password.Reveal()), From: m.From, Timeout: m.SMTP.Timeout,
	})
}
