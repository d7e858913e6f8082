package main

import (
	"fmt"
	"log/slog"
	"net"
	"net/http"

	"sekisho/cmd/mailbox"
	"sekisho/config"
)

// developmentMail points the configuration at a mail server of our own on the loopback
// interface, which keeps every mail for the mailbox page. Mail takes the same way as ever,
// SMTP included.
func developmentMail(c *config.Config, log *slog.Logger) (page http.Handler, stop func() error, err error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, nil, fmt.Errorf("mailbox: %w", err)
	}
	box := mailbox.New(mailbox.Options{Logger: log})
	go box.ServeSMTP(l)
	c.Mail.SMTP.Host, c.Mail.SMTP.TLS = "127.0.0.1", config.SMTPPlain
	c.Mail.SMTP.Port = l.Addr().(*net.TCPAddr).Port
	if c.Mail.From == "" {
		c.Mail.From = "no-reply@sekisho.example"
	}
	return box.Handler(), box.Close, nil
}
