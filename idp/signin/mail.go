package signin

import (
	"context"
	"net/netip"
	"slices"

	"sekisho/idp"
	"sekisho/idp/notify"
	"sekisho/idp/session"
)

// mailSignIn composes the mails about a sign-in and the stop code they carry (B1). From a
// browser not seen before the mail is critical (SE-12); from a known one the customer may
// do without (A4). Where nobody is told there is no code.
func (h *Handler) mailSignIn(ctx context.Context, account *idp.Account, next session.Prepared, known bool) ([]idp.OutboxMessage, *idp.StopCode, error) {
	kind := notify.NewDevice
	if known {
		kind = notify.SignIn
	}
	if kind.Optional() {
		off, err := h.Store.NotificationOptOuts(ctx, account.ID)
		if err != nil || slices.Contains(off, string(kind)) {
			return nil, nil, err
		}
	}
	code, shown := h.Stop.New(account.ID, next.Session.ID)
	mails, err := h.mailAll(ctx, account, kind, notify.Data{
		At: h.Now(), Device: session.Describe(next.Session.UserAgent), IP: parseIP(next.Session.IP), StopCode: shown, StopUntil: code.ExpiresAt,
	})
	if err != nil || len(mails) == 0 {
		return nil, nil, err
	}
	return mails, &code, nil
}

// mailAll composes one notice to the addresses of the account that it is for.
func (h *Handler) mailAll(ctx context.Context, account *idp.Account, kind notify.Kind, data notify.Data) ([]idp.OutboxMessage, error) {
	all, err := h.Store.Emails(ctx, account.ID)
	if err != nil {
		return nil, err
	}
	return h.Mail.ComposeAll(kind, all, account.Locale, data)
}

func parseIP(s string) netip.Addr {
	ip, _ := netip.ParseAddr(s) // an unreadable one is left out of the mail
	return ip
}
