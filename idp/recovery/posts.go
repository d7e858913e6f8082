package recovery

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/netip"
	"time"

	"sekisho/idp"
	"sekisho/idp/audit"
	"sekisho/idp/authn/emailcode"
	"sekisho/idp/authn/throttle"
)

// Posts works off requests for mailed codes behind the answers, so that how long an answer
// takes says nothing about whether there is anybody to write to (RC-01).
type Posts struct {
	queue chan post
	log   *slog.Logger
}

type post struct {
	ctx  context.Context // the request's values without its end, for the audit trail
	send func(ctx context.Context) error
}

const (
	waiting  = 256 // beyond it a request is dropped; the page offers to send again
	postTime = 30 * time.Second
)

// NewPosts makes an empty queue.
func NewPosts(log *slog.Logger) *Posts { return &Posts{queue: make(chan post, waiting), log: log} }

// Run works the queue off until ctx ends, then what is left of it.
func (p *Posts) Run(ctx context.Context) {
	for {
		select {
		case job := <-p.queue:
			p.do(job)
		case <-ctx.Done():
			for {
				select {
				case job := <-p.queue:
					p.do(job)
				default:
					return
				}
			}
		}
	}
}

func (p *Posts) do(job post) {
	ctx, cancel := context.WithTimeout(job.ctx, postTime)
	defer cancel()
	if err := job.send(ctx); err != nil {
		p.log.ErrorContext(ctx, "work behind an answer failed", "error", err)
	}
}

func (p *Posts) add(ctx context.Context, send func(ctx context.Context) error) {
	select {
	case p.queue <- post{ctx: context.WithoutCancel(ctx), send: send}:
	default:
		p.log.WarnContext(ctx, "work behind an answer dropped: too much is waiting")
	}
}

// Later queues other work that must not show in how long an answer takes.
func (p *Posts) Later(ctx context.Context, do func(ctx context.Context) error) { p.add(ctx, do) }

// post queues the mail of a recovery, to nobody too.
func (h *Handler) post(r *http.Request, v *visit) {
	asked, flow, lang, ip := v.request, v.ix.ID, v.lang, h.ip(r)
	h.Posts.add(r.Context(), func(ctx context.Context) error { return h.send(ctx, asked, flow, lang, ip) })
}

func (h *Handler) send(ctx context.Context, q request, flow, lang string, ip netip.Addr) error {
	if q.AccountID == "" {
		err := h.Throttle.Send(ctx, subjectOf(q), "", ip)
		if _, refused := throttle.AsRefusal(err); refused {
			return nil
		}
		return err
	}
	account, err := h.Store.Account(ctx, q.AccountID)
	if err != nil {
		return err
	}
	to, err := h.address(ctx, account.ID)
	if err != nil {
		return err
	}
	written := *account
	if written.Locale == "" {
		written.Locale = lang
	}
	rec := idp.AuditRecord{At: h.Now(), Event: audit.EmailCodeSent, Result: audit.OK, Actor: audit.Customer, AccountID: account.ID,
		Detail: map[string]string{"purpose": string(idp.CodeRecover)}}
	_, err = h.Codes.Send(ctx, emailcode.Request{
		Account: &written, To: to, FlowID: flow, Purpose: idp.CodeRecover, IP: ip,
		Effects: idp.Effects{Audit: []idp.AuditRecord{h.Fill(ctx, rec)}},
	})
	if errors.Is(err, idp.ErrTooMany) {
		rec.Event, rec.Result = audit.EmailCodeThrottled, audit.Denied
		h.Record(ctx, h.Fill(ctx, rec))
		return nil
	}
	h.Committed()
	return err
}

// address is where codes go: the separate security address where there is one (B4), else
// the registered one. idp.ErrNotFound: none is verified.
func (h *Handler) address(ctx context.Context, accountID string) (idp.Email, error) {
	emails, err := h.Store.Emails(ctx, accountID)
	if err != nil {
		return idp.Email{}, err
	}
	for _, purpose := range []idp.EmailPurpose{idp.EmailSecurity, idp.EmailRegistered} {
		for _, e := range emails {
			if e.Verified() && e.Purpose == purpose {
				return e, nil
			}
		}
	}
	return idp.Email{}, idp.ErrNotFound
}
