package provider

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"sekisho/config"
	"sekisho/idp"
	"sekisho/idp/audit"
	"sekisho/idp/dpop"
	"sekisho/idp/httpsafe"
	"sekisho/idp/keys"
	"sekisho/idp/mtls"
	"sekisho/idp/oidc"
)

// openBindings makes what checks the keys that tokens are bound to.
func (p *Provider) openBindings() (err error) {
	p.proofs = &dpop.Verifier{
		Origins: []string{p.cfg.Issuer}, Replay: p.opt.Store, Now: p.now, ClockSkew: p.cfg.Tokens.ClockSkew, Logger: p.log,
		Replayed: func(ctx context.Context) {
			p.record(ctx, idp.AuditRecord{Event: audit.ProofReplayed, Result: audit.Denied, Actor: audit.ClientApp})
		},
	}
	if p.cfg.Tokens.DPoPNonce == config.NonceAlways {
		p.proofs.Nonces = &dpop.Nonces{
			MAC:       func(message []byte) []byte { return p.Vault.MAC(keys.PurposeNonce, message) },
			VerifyMAC: func(message, mac []byte) bool { return p.Vault.VerifyMAC(keys.PurposeNonce, mac, message) },
			Now:       p.now,
		}
	}
	m := p.cfg.Listen.MTLS
	if m.Enabled() {
		p.proofs.Origins = append(p.proofs.Origins, m.Origin)
	}
	if m.CAFile != "" {
		if p.authorities, err = mtls.LoadAuthorities(m.CAFile); err != nil {
			return fmt.Errorf("listen.mtls.ca_file: %w", err)
		}
	}
	return nil
}

// openMutualTLS serves the protocol endpoints on the origin for client certificates, and
// nothing else: no page, no document, no script of another origin (MT-05). Where a proxy
// passes certificates on, requests for that origin come to the public listener.
func (p *Provider) openMutualTLS(front edge, with around) {
	m := p.cfg.Listen.MTLS
	own, err := url.Parse(m.Origin)
	if !m.Enabled() || err != nil {
		return
	}
	var table []Route
	protocol := map[string]bool{}
	for _, r := range p.routes {
		if r.Kind.protocol() {
			table, protocol[r.Path] = append(table, r), true
		}
	}
	front.issuer, front.refuse = own, plainRefusals(protocol)
	with.refuse, with.cors = front.refuse, func(h http.Handler) http.Handler { return h }
	with.critical = whileAudited(p.Recorder.Err, front.refuse)
	source := mtls.Source{Header: m.ProxyHeader, Proxies: p.cfg.Listen.TrustedProxies}
	p.mutual = source.Take(front.wrap(mount(table, with)))
	if public := p.handler; m.ProxyHeader != "" {
		p.handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if strings.EqualFold(r.Host, own.Host) {
				p.mutual.ServeHTTP(w, r)
				return
			}
			public.ServeHTTP(w, r)
		})
	}
}

// MutualTLSHandler serves the listener that asks for client certificates; nil when the
// configuration has no origin for them.
func (p *Provider) MutualTLSHandler() http.Handler { return p.mutual }

// withoutCertificates takes certificate headers off requests to the issuer's own origin:
// there is no certificate, whatever somebody writes (MT-04).
func withoutCertificates(header string, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mtls.Strip(r.Header, header)
		next.ServeHTTP(w, r)
	})
}

func plainRefusals(protocol map[string]bool) httpsafe.Refusal {
	return func(w http.ResponseWriter, r *http.Request, status int) {
		if !isProtocol(protocol, r.URL.Path) {
			httpsafe.PlainRefusal(w, r, status)
			return
		}
		code := oidc.InvalidRequest
		if status >= http.StatusInternalServerError {
			code = oidc.ServerError
		}
		oidc.WriteError(w, r, &oidc.Error{Code: code, Status: status, Description: http.StatusText(status)})
	}
}

// authMethods adds the certificate methods that work here.
func (p *Provider) authMethods(others ...string) []string {
	if p.cfg.Listen.MTLS.Enabled() {
		others = append(others, idp.AuthSelfSignedTLS)
	}
	if p.authorities != nil {
		others = append(others, idp.AuthTLS)
	}
	return others
}
