package settings

import (
	"context"
	"errors"
	"net/http"
	"slices"

	"sekisho/idp"
	"sekisho/idp/assurance"
	"sekisho/idp/authn/identifier"
	"sekisho/idp/authn/passkey"
	"sekisho/idp/oidc"
	"sekisho/idp/session"
	loginui "sekisho/login-ui"
)

// doneCodes are the notices a redirect to /account may name. Anything else is ignored.
var doneCodes = []string{
	loginui.NoticePasskeyAdded, loginui.NoticePasskeyRenamed, loginui.NoticePasskeyRemoved, loginui.NoticeTOTPAdded,
	loginui.NoticeTOTPRemoved, loginui.NoticePasswordChanged, loginui.NoticeSessionEnded, loginui.NoticeSessionsEnded,
	loginui.NoticeAppRevoked, loginui.NoticeTransactionSet, loginui.NoticeTransactionChanged, loginui.NoticeNotificationsSaved,
	loginui.NoticeEnvironmentForgotten, loginui.NoticeAnswerSet,
}

// done returns to the security centre, which then says what happened. The mail about it
// leaves now, not at the outbox's next turn.
func (h *Handler) done(w http.ResponseWriter, r *http.Request, code string) {
	h.Committed()
	http.Redirect(w, r, "/account?done="+code, http.StatusSeeOther)
}

func (h *Handler) frame(r *http.Request, c visitor) loginui.Frame {
	return loginui.Frame{
		Lang: c.lang, Base: "/account", CSRF: h.CSRF.Token(h.Engine.Browser.Get(r), c.session.ID),
		Person: displayName(c.account), Notice: c.notice, Ends: h.ending(c.session),
	}
}

// with adds a notice to the page shown to c.
func (c visitor) with(kind loginui.NoticeKind, code string) visitor {
	c.notice = &loginui.Notice{Kind: kind, Code: code}
	return c
}

func displayName(a *idp.Account) string {
	if a.Profile.Name != "" {
		return a.Profile.Name
	}
	return identifier.MaskLogin(a.LoginName)
}

// security is the security centre.
func (h *Handler) security(w http.ResponseWriter, r *http.Request, c visitor) {
	if code := r.URL.Query().Get("done"); c.notice == nil && slices.Contains(doneCodes, code) {
		c = c.with(loginui.Good, code)
	}
	p := loginui.Security{
		Frame: h.frame(r, c), Name: displayName(c.account), MaskedLogin: identifier.MaskLogin(c.account.LoginName),
		Unusable: unusable(h.Engine.Use(c.account.Kind)), MaxPasskeys: h.MaxPasskeys, Level: highest(c.session),
	}
	for _, fill := range []func(context.Context, visitor, *loginui.Security) error{h.fillPasskeys, h.fillFactors, h.fillTransaction, h.fillSessions, h.fillApps, h.fillRecovery, h.fillQuestion} {
		if err := fill(r.Context(), c, &p); err != nil {
			h.failed(w, r, err)
			return
		}
	}
	var err error
	if p.Environments, err = h.environmentItems(r, c); err != nil {
		h.failed(w, r, err)
		return
	}
	h.Site.Render(w, r, http.StatusOK, p)
}

// highest is the strongest level the session holds, as the customer is told it.
func highest(s *idp.Session) string {
	best := assurance.None
	for _, a := range assurance.Achieve(s.AccountID, s.Events) {
		best = max(best, a.Level)
	}
	return best.ACR()
}

func passkeyItem(k idp.Passkey, sess *idp.Session) loginui.PasskeyItem {
	used := slices.ContainsFunc(sess.Events, func(e idp.AuthenticationEvent) bool { return e.CredentialID == k.ID })
	return loginui.PasskeyItem{
		ID: k.ID, Name: k.Name, Provider: passkey.ProviderName(k.AAGUID), Synced: k.BackupEligible,
		CreatedAt: k.CreatedAt, LastUsedAt: k.LastUsedAt, TrustedFrom: k.TrustedFrom, Current: used,
	}
}

func (h *Handler) fillPasskeys(ctx context.Context, c visitor, p *loginui.Security) error {
	passkeys, err := h.Store.Passkeys(ctx, c.account.ID)
	for _, k := range passkeys {
		p.Passkeys = append(p.Passkeys, passkeyItem(k, c.session))
	}
	if err != nil {
		return err
	}
	return h.fillSignal(ctx, c, passkeys, p)
}

func (h *Handler) fillFactors(ctx context.Context, c visitor, p *loginui.Security) error {
	t, err := h.Store.TOTP(ctx, c.account.ID)
	if err == nil {
		p.TOTP = &loginui.TOTPItem{CreatedAt: t.ConfirmedAt, LastUsedAt: t.LastUsedAt}
	} else if !errors.Is(err, idp.ErrNotFound) {
		return err
	}
	pw, err := h.Store.Password(ctx, c.account.ID, idp.LoginPassword)
	if err == nil {
		p.PasswordChangedAt, p.PasswordAged = pw.ChangedAt, h.Age.Old(pw.ChangedAt, h.Now())
	} else if !errors.Is(err, idp.ErrNotFound) {
		return err
	}
	emails, err := h.Store.Emails(ctx, c.account.ID)
	if codes := idp.CodeAddresses(emails); len(codes) > 0 {
		p.MaskedEmail = identifier.MaskEmail(codes[0].Address)
	}
	return err
}

func (h *Handler) fillSessions(ctx context.Context, c visitor, p *loginui.Security) error {
	sessions, err := h.Store.Sessions(ctx, c.account.ID)
	for _, s := range sessions {
		if s.Live(h.Now(), h.Sessions.Lifetimes.Idle) {
			p.Sessions = append(p.Sessions, loginui.SessionItem{
				ID: s.ID, Device: session.Describe(s.UserAgent), IP: s.IP, CreatedAt: s.CreatedAt,
				LastSeenAt: s.LastSeenAt, Current: s.ID == c.session.ID,
			})
		}
	}
	return err
}

// fillApps lists the clients that hold a consent or a live grant.
func (h *Handler) fillApps(ctx context.Context, c visitor, p *loginui.Security) error {
	grants, err := h.Store.Grants(ctx, c.account.ID)
	if err != nil {
		return err
	}
	consents, err := h.Store.Consents(ctx, c.account.ID)
	if err != nil {
		return err
	}
	apps := map[string]loginui.AppItem{}
	for _, g := range grants {
		if a, seen := apps[g.ClientID]; !seen || g.CreatedAt.Before(a.Since) {
			apps[g.ClientID] = loginui.AppItem{ClientID: g.ClientID, Scopes: g.Scopes, Since: g.CreatedAt}
		}
	}
	for _, k := range consents {
		apps[k.ClientID] = loginui.AppItem{ClientID: k.ClientID, Scopes: k.Scopes, Since: k.GivenAt}
	}
	for id, a := range apps {
		client, err := h.Engine.Clients.Client(ctx, id)
		if errors.Is(err, idp.ErrNotFound) {
			continue
		}
		if err != nil {
			return err
		}
		a.Name = client.Name(c.lang)
		if len(client.Metadata.RedirectURIs) > 0 {
			a.Domain = host(client.Metadata.RedirectURIs[0])
		}
		a.OpenHref = oidc.InitiateLogin(client, h.Issuer)
		p.Apps = append(p.Apps, a)
	}
	slices.SortFunc(p.Apps, func(a, b loginui.AppItem) int { return a.Since.Compare(b.Since) })
	return nil
}
