package mailbox

import (
	"io"
	"log/slog"
	"net"
	"time"

	"github.com/emersion/go-smtp"
)

const maxMail = 1 << 20 // bytes

// ServeSMTP takes mails from l until the Box is closed. It refuses a listener that other
// machines can reach.
func (b *Box) ServeSMTP(l net.Listener) error {
	if a, ok := l.Addr().(*net.TCPAddr); !ok || !a.IP.IsLoopback() {
		return errNotLoopback
	}
	s := smtp.NewServer(smtp.BackendFunc(func(*smtp.Conn) (smtp.Session, error) { return &session{box: b}, nil }))
	s.Domain = "mailbox.localhost"
	s.MaxMessageBytes = maxMail
	s.MaxRecipients = 20
	s.ReadTimeout, s.WriteTimeout = 30*time.Second, 30*time.Second
	s.EnableSMTPUTF8 = true
	s.ErrorLog = slog.NewLogLogger(b.logger.Handler(), slog.LevelWarn)
	b.mu.Lock()
	if b.closed {
		b.mu.Unlock()
		return smtp.ErrServerClosed
	}
	b.servers = append(b.servers, s)
	b.mu.Unlock()
	return s.Serve(l)
}

type session struct {
	box *Box
	to  []string
}

func (s *session) Reset()        { s.to = nil }
func (s *session) Logout() error { return nil }

func (s *session) Mail(string, *smtp.MailOptions) error { return nil }

func (s *session) Rcpt(to string, _ *smtp.RcptOptions) error {
	s.to = append(s.to, to)
	return nil
}

func (s *session) Data(r io.Reader) error {
	raw, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	s.box.keep(s.to, raw)
	return nil
}
