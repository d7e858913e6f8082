package mailbox

import (
	"crypto/rand"
	"errors"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/emersion/go-smtp"
)

var errNotLoopback = errors.New("mailbox: it listens on the loopback interface only")

const keepMails = 200

// Options: zero values are good.
type Options struct {
	Logger *slog.Logger
	Now    func() time.Time
}

// Box holds the newest mails. It is safe for concurrent use.
type Box struct {
	logger *slog.Logger
	now    func() time.Time

	mu      sync.Mutex
	mails   []Mail // newest first
	servers []*smtp.Server
	closed  bool
}

// New makes an empty box.
func New(o Options) *Box {
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return &Box{logger: o.Logger, now: o.Now}
}

// Mails is what the box holds, newest first.
func (b *Box) Mails() []Mail {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.mails)
}

// Close ends every ServeSMTP.
func (b *Box) Close() error {
	b.mu.Lock()
	servers := b.servers
	b.servers, b.closed = nil, true
	b.mu.Unlock()
	var errs []error
	for _, s := range servers {
		errs = append(errs, s.Close())
	}
	return errors.Join(errs...)
}

func (b *Box) keep(to []string, raw []byte) {
	m := read(raw)
	m.ID, m.At, m.Recipients = rand.Text(), b.now(), to
	b.mu.Lock()
	defer b.mu.Unlock()
	b.mails = append([]Mail{m}, b.mails...)
	if len(b.mails) > keepMails {
		b.mails = b.mails[:keepMails]
	}
}

func (b *Box) mail(id string) (Mail, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, m := range b.mails {
		if m.ID == id {
			return m, true
		}
	}
	return Mail{}, false
}
