package provider

import (
	"context"
	"errors"
	"net/http"
	"time"

	"sekisho/idp"
	"sekisho/idp/fetch"
	"sekisho/idp/logout"
	"sekisho/idp/logout/backchannel"
	"sekisho/idp/oidc"
	"sekisho/idp/token"
	loginui "sekisho/login-ui"
)

func (p *Provider) openLogout(context.Context) error {
	c := p.cfg.Logout
	p.Logouts = backchannel.New(backchannel.Options{
		Store: p.opt.Store, Clients: p.Clients, Minter: &token.Minter{Keys: p.Ring, Issuer: p.cfg.Issuer, Subjects: p.subjects},
		Teller: fetch.New(fetch.Options{Timeout: c.Timeout, Allowed: p.cfg.Outbound.AllowedNetworks, Development: p.issuer.Scheme == "http"}),
		Now:    p.now, Logger: p.log, GiveUp: c.GiveUp, Metrics: p.metrics.logout(),
	})
	return nil
}

// committed wakes whatever delivers what a transaction has queued.
func (p *Provider) committed() {
	p.Worker.Notify()
	p.Logouts.Notify()
}

// frames lists the front-channel addresses of everybody who was given anything in the
// session. That it cannot be read does not keep the customer signed in: those relying
// parties then learn of it at their next request.
func (p *Provider) frames(ctx context.Context, sess *idp.Session) []string {
	ids, err := p.opt.Store.SessionClients(ctx, sess.ID)
	if err != nil {
		p.log.ErrorContext(ctx, "front-channel logout left out", "error", err)
		return nil
	}
	var frames []string
	for _, id := range ids {
		client, err := p.Clients.Client(ctx, id)
		if err == nil && !client.Disabled && client.Metadata.FrontChannelLogoutURI != "" {
			frames = append(frames, oidc.FrontChannelLogout(client, p.cfg.Issuer, p.subjects.Session(client, sess.SID)))
		}
	}
	return frames
}

func (l logoutPages) Telling(w http.ResponseWriter, r *http.Request, client *idp.Client, frames []string, redirectURI string) {
	lang := loginui.Lang(r, nil)
	l.p.Site.Render(w, r, http.StatusOK, loginui.LoggedOut{
		Frame: loginui.Frame{Lang: lang, ClientName: clientName(client, lang)}, ContinueHref: redirectURI, Frames: frames, Wait: l.p.cfg.Logout.Frames,
	})
}

// endSession ends the customer's own session from the provider's pages and clears what
// the browser held; pending interactions of this browser die with its binding (LO-09).
func (p *Provider) endSession(w http.ResponseWriter, r *http.Request, sess *idp.Session) ([]string, error) {
	effects := idp.Effects{Audit: []idp.AuditRecord{p.fill(r.Context(), sessionEnded(sess, p.now()))}}
	return p.endAndForget(w, r, sess, func(at time.Time) error {
		return p.opt.Store.EndSession(r.Context(), sess.AccountID, sess.ID, "logout", at, effects)
	})
}

// endSessions does so with every session of the customer.
func (p *Provider) endSessions(w http.ResponseWriter, r *http.Request, sess *idp.Session, effects idp.Effects) ([]string, error) {
	return p.endAndForget(w, r, sess, func(at time.Time) error {
		_, err := p.opt.Store.EndSessions(r.Context(), sess.AccountID, "", "everywhere", at, effects)
		return err
	})
}

func (p *Provider) endAndForget(w http.ResponseWriter, r *http.Request, sess *idp.Session, end func(at time.Time) error) ([]string, error) {
	frames := p.frames(r.Context(), sess)
	if err := end(p.now()); err != nil && !errors.Is(err, idp.ErrNotFound) {
		return nil, err
	}
	p.committed()
	logout.ForgetBrowser(w, p.cookies, len(frames) > 0)
	return frames, nil
}
