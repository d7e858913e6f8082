package notify_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"io"
	"math/big"
	"net"
	"net/mail"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"

	"sekisho/idp"
	"sekisho/idp/notify"
)

// mailServer is an SMTP server under test: it records what it took.
type mailServer struct {
	mu       sync.Mutex
	taken    []string // raw mails
	rcpt     []string
	users    []string
	refuse   error // answered to RCPT while set
	listener net.Listener
	server   *smtp.Server
}

func startMailServer(t *testing.T, cfg *tls.Config, fromFirstByte bool) *mailServer {
	t.Helper()
	m := &mailServer{}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	m.listener = l
	m.server = smtp.NewServer(smtp.BackendFunc(func(*smtp.Conn) (smtp.Session, error) { return &mailSession{m: m}, nil }))
	m.server.Domain, m.server.TLSConfig = "mail.example", cfg
	m.server.ErrorLog = quiet{}
	if fromFirstByte {
		l = tls.NewListener(l, cfg)
	}
	go m.server.Serve(l)
	t.Cleanup(func() { m.server.Close() })
	return m
}

type quiet struct{}

func (quiet) Printf(string, ...any) {}
func (quiet) Println(...any)        {}

func (m *mailServer) port() int { return m.listener.Addr().(*net.TCPAddr).Port }

func (m *mailServer) mails() []string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return append([]string(nil), m.taken...)
}

func (m *mailServer) setRefuse(err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.refuse = err
}

type mailSession struct{ m *mailServer }

func (s *mailSession) Reset()                               {}
func (s *mailSession) Logout() error                        { return nil }
func (s *mailSession) Mail(string, *smtp.MailOptions) error { return nil }
func (s *mailSession) Rcpt(to string, _ *smtp.RcptOptions) error {
	s.m.mu.Lock()
	defer s.m.mu.Unlock()
	s.m.rcpt = append(s.m.rcpt, to)
	return s.m.refuse
}

func (s *mailSession) Data(r io.Reader) error {
	b, err := io.ReadAll(r)
	s.m.mu.Lock()
	defer s.m.mu.Unlock()
	s.m.taken = append(s.m.taken, string(b))
	return err
}

func (s *mailSession) AuthMechanisms() []string { return []string{sasl.Plain} }
func (s *mailSession) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, user, password string) error {
		if user != "sekisho" || password != "right" {
			return smtp.ErrAuthFailed
		}
		s.m.mu.Lock()
		defer s.m.mu.Unlock()
		s.m.users = append(s.m.users, user)
		return nil
	}), nil
}

func certificates(t *testing.T) (server, client *tls.Config) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	cert := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "mail"}, DNSNames: []string{"localhost"},
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, cert, cert, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(leaf)
	return &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}},
		&tls.Config{RootCAs: pool, ServerName: "127.0.0.1", MinVersion: tls.VersionTLS12}
}

var sample = notify.Mail{
	ID: "m1", Kind: notify.SignInCode, Lang: "ja", To: "hanako@example.jp", FromName: "青葉証券",
	Subject: "【青葉証券】ログインの確認コード", Text: "コード 482913\n", HTML: "<p>482913</p>",
}

func TestSMTPTransports(t *testing.T) {
	serverTLS, clientTLS := certificates(t)
	for name, c := range map[string]struct {
		encryption notify.Encryption
		user       string
		first      bool
	}{
		"starttls with auth": {notify.STARTTLS, "sekisho", false},
		"tls with auth":      {notify.TLS, "sekisho", true},
		"plain on loopback":  {notify.Plain, "", false},
	} {
		t.Run(name, func(t *testing.T) {
			m := startMailServer(t, serverTLS, c.first)
			s, err := notify.NewSMTP(notify.SMTPOptions{
				Host: "127.0.0.1", Port: m.port(), Encryption: c.encryption, User: c.user, Password: "right",
				From: "no-reply@aoba.example", TLS: clientTLS,
			})
			if err != nil {
				t.Fatal(err)
			}
			if err := s.Send(t.Context(), sample); err != nil {
				t.Fatal(err, errors.Unwrap(err))
			}
			got := m.mails()
			if len(got) != 1 {
				t.Fatalf("server took %d mails", len(got))
			}
			parsed, err := mail.ReadMessage(strings.NewReader(got[0]))
			if err != nil {
				t.Fatal(err)
			}
			if id := parsed.Header.Get("Message-Id"); id != "<m1@aoba.example>" {
				t.Errorf("Message-ID %q is not derived from the outbox id", id)
			}
			if !strings.HasPrefix(parsed.Header.Get("Content-Type"), "multipart/alternative") {
				t.Errorf("content type %q", parsed.Header.Get("Content-Type"))
			}
			if c.user != "" && len(m.users) != 1 {
				t.Error("not authenticated")
			}
		})
	}
}

func TestSMTPRefusesTheUnsafe(t *testing.T) {
	from := "no-reply@aoba.example"
	for name, o := range map[string]notify.SMTPOptions{
		"plain to another host":   {Host: "mail.example", Encryption: notify.Plain, From: from},
		"password without TLS":    {Host: "localhost", Encryption: notify.Plain, User: "u", From: from},
		"unknown encryption":      {Host: "localhost", Encryption: "opportunistic", From: from},
		"line break in sender":    {Host: "localhost", Encryption: notify.Plain, From: "a@b.example\r\nX: y"},
		"no host":                 {Encryption: notify.TLS, From: from},
		"second address as from":  {Host: "localhost", Encryption: notify.Plain, From: "a@b.example, c@d.example"},
		"display name in address": {Host: "localhost", Encryption: notify.Plain, From: "A <a@b.example>"},
	} {
		if _, err := notify.NewSMTP(o); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	// A server that does not offer STARTTLS (or whose offer was cut out) gets no mail.
	m := startMailServer(t, nil, false)
	s, err := notify.NewSMTP(notify.SMTPOptions{Host: "127.0.0.1", Port: m.port(), Encryption: notify.STARTTLS, From: from})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Send(t.Context(), sample); !errors.Is(err, idp.ErrUnavailable) {
		t.Errorf("stripped STARTTLS: %v", err)
	}
	if len(m.mails()) != 0 {
		t.Error("mail went out in clear")
	}
}

// OT-13: what the last step before the wire does with a payload that was tampered with.
func TestOT13SenderChecksHeadersAgain(t *testing.T) {
	m := startMailServer(t, nil, false)
	s, err := notify.NewSMTP(notify.SMTPOptions{Host: "127.0.0.1", Port: m.port(), Encryption: notify.Plain, From: "no-reply@aoba.example"})
	if err != nil {
		t.Fatal(err)
	}
	bad := sample
	bad.To = "a@example.jp>\r\nRCPT TO:<b@example.jp"
	if err := s.Send(t.Context(), bad); err == nil {
		t.Error("second recipient accepted")
	}
	bad = sample
	bad.Subject, bad.FromName = "Hi\r\nBcc: b@example.jp\r\n\r\n<h1>", "x\r\nReply-To: b@example.jp"
	if err := s.Send(t.Context(), bad); err != nil {
		t.Fatal(err)
	}
	got := m.mails()
	if len(got) != 1 {
		t.Fatalf("%d mails", len(got))
	}
	parsed, err := mail.ReadMessage(strings.NewReader(got[0]))
	if err != nil {
		t.Fatal(err)
	}
	if parsed.Header.Get("Bcc") != "" || parsed.Header.Get("Reply-To") != "" {
		t.Errorf("injected header arrived: %v", parsed.Header)
	}
}

func TestSendErrorsSayNothingPersonal(t *testing.T) {
	m := startMailServer(t, nil, false)
	m.setRefuse(&smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 1, 1}, Message: "no hanako@example.jp here"})
	s, err := notify.NewSMTP(notify.SMTPOptions{Host: "127.0.0.1", Port: m.port(), Encryption: notify.Plain, From: "no-reply@aoba.example"})
	if err != nil {
		t.Fatal(err)
	}
	err = s.Send(context.Background(), sample)
	var se *notify.SendError
	if !errors.As(err, &se) || se.Code != 550 || !se.Refused {
		t.Fatalf("got %v", err)
	}
	if strings.Contains(err.Error(), "hanako") {
		t.Errorf("LG-01: address in an error text: %v", err)
	}
}
