package notify

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/mail"
	"strings"
	"time"

	gomail "github.com/wneessen/go-mail"

	"sekisho/idp"
)

// Encryption is how the connection to the mail server is protected.
type Encryption string

const (
	STARTTLS Encryption = "starttls" // required, never opportunistic: a stripped offer fails
	TLS      Encryption = "tls"      // from the first byte (RFC 8314)
	Plain    Encryption = "none"     // loopback only: a development mailbox or a local relay
)

// SMTPOptions names one mail server.
type SMTPOptions struct {
	Host       string
	Port       int // 0: 587 for STARTTLS, 465 for TLS, 25 for Plain
	Encryption Encryption
	User       string // "" : no AUTH
	Password   string
	From       string        // envelope and header sender; its domain names the Message-ID and EHLO
	Timeout    time.Duration // of the whole exchange; default 15 s
	TLS        *tls.Config   // nil: the system's roots, TLS 1.2 or newer, Host as server name
}

// SMTP is a Sender. It opens one connection per mail, so that a server that went away is
// noticed at once and nothing is kept open through the night.
type SMTP struct {
	opt    SMTPOptions
	domain string
}

// NewSMTP refuses what would send codes in clear over a network, and AUTH without TLS.
func NewSMTP(o SMTPOptions) (*SMTP, error) {
	if err := checkAddress(o.From); err != nil {
		return nil, fmt.Errorf("notify: sender address: %w", err)
	}
	if o.Host == "" {
		return nil, errors.New("notify: the mail server's host is required")
	}
	ports := map[Encryption]int{STARTTLS: 587, TLS: 465, Plain: 25}
	standard, known := ports[o.Encryption]
	if !known {
		return nil, fmt.Errorf("notify: encryption %q is none of starttls, tls, none", o.Encryption)
	}
	if o.Encryption == Plain && !loopback(o.Host) {
		return nil, errors.New("notify: mail without TLS is for the loopback interface only")
	}
	if o.Encryption == Plain && o.User != "" {
		return nil, errors.New("notify: a password is never sent to a mail server without TLS")
	}
	if o.Port == 0 {
		o.Port = standard
	}
	if o.Timeout <= 0 {
		o.Timeout = 15 * time.Second
	}
	if o.TLS == nil {
		o.TLS = &tls.Config{MinVersion: tls.VersionTLS12, ServerName: o.Host}
	}
	return &SMTP{opt: o, domain: o.From[strings.LastIndexByte(o.From, '@')+1:]}, nil
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// Send transmits one mail. Errors are *SendError and wrap idp.ErrUnavailable.
func (s *SMTP) Send(ctx context.Context, m Mail) error {
	msg, err := s.message(m)
	if err != nil {
		return &SendError{Class: "message", err: err}
	}
	client, err := s.client()
	if err != nil {
		return &SendError{Class: "setup", err: err}
	}
	ctx, cancel := context.WithTimeout(ctx, s.opt.Timeout)
	defer cancel()
	if err := client.DialWithContext(ctx); err != nil {
		return classify("connect", err)
	}
	// The mail counts as sent once the server has taken it; a failing QUIT changes nothing.
	defer client.Close()
	if err := client.Send(msg); err != nil {
		return classify("send", err)
	}
	return nil
}

func (s *SMTP) client() (*gomail.Client, error) {
	opts := []gomail.Option{
		gomail.WithPort(s.opt.Port), gomail.WithTimeout(s.opt.Timeout), gomail.WithHELO(s.domain),
		gomail.WithTLSConfig(s.opt.TLS.Clone()),
	}
	switch s.opt.Encryption {
	case TLS:
		opts = append(opts, gomail.WithSSL())
	case STARTTLS:
		opts = append(opts, gomail.WithTLSPolicy(gomail.TLSMandatory))
	default:
		opts = append(opts, gomail.WithTLSPolicy(gomail.NoTLS))
	}
	if s.opt.User != "" {
		opts = append(opts, gomail.WithSMTPAuth(gomail.SMTPAuthAutoDiscover),
			gomail.WithUsername(s.opt.User), gomail.WithPassword(s.opt.Password))
	}
	return gomail.NewClient(s.opt.Host, opts...)
}

func (s *SMTP) message(m Mail) (*gomail.Msg, error) {
	// Checked again here: the payload has been in a database since it was composed.
	if err := checkAddress(m.To); err != nil {
		return nil, err
	}
	msg := gomail.NewMsg(gomail.WithNoDefaultUserAgent())
	msg.FromMailAddress(&mail.Address{Name: spokenFirm(m.FromName), Address: s.opt.From})
	msg.ToMailAddress(&mail.Address{Address: m.To})
	msg.Subject(spoken(m.Subject, 160))
	msg.SetMessageIDWithValue(m.ID + "@" + s.domain)
	msg.SetDate()
	msg.SetGenHeader(gomail.HeaderContentLang, m.Lang)
	// RFC 3834 section 5: machines must not answer.
	msg.SetGenHeader("Auto-Submitted", "auto-generated")
	msg.SetBodyString(gomail.TypeTextPlain, m.Text)
	msg.AddAlternativeString(gomail.TypeTextHTML, m.HTML)
	return msg, nil
}

// SendError says where delivery failed. Its text is safe to store and to log: a class and
// the server's code, neither addresses nor what the server said.
type SendError struct {
	Class   string // "connect", "send", "recipient", "message", "setup"
	Code    int    // SMTP reply code, 0 when there was none
	Refused bool   // the server refused this recipient for good (5xx to RCPT TO)
	err     error
}

func (e *SendError) Error() string {
	if e.Code != 0 {
		return fmt.Sprintf("%s %d", e.Class, e.Code)
	}
	return e.Class
}

// Unwrap gives idp.ErrUnavailable and the cause.
func (e *SendError) Unwrap() []error { return []error{idp.ErrUnavailable, e.err} }

func classify(class string, err error) *SendError {
	out := &SendError{Class: class, err: err}
	var se *gomail.SendError
	if errors.As(err, &se) {
		out.Code = se.ErrorCode()
		if se.Reason == gomail.ErrSMTPRcptTo {
			out.Class, out.Refused = "recipient", !se.IsTemp()
		}
	}
	return out
}
