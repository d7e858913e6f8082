package idptest

import (
	"context"
	"regexp"
	"sync"
	"testing"
	"time"

	"sekisho/idp/notify"
)

// Mailbox receives what the provider sends.
type Mailbox struct {
	mu    sync.Mutex
	mails []notify.Mail
	down  error
}

// Send implements notify.Sender.
func (m *Mailbox) Send(_ context.Context, mail notify.Mail) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.down != nil {
		return m.down
	}
	m.mails = append(m.mails, mail)
	return nil
}

// Break makes every delivery fail with err until it is called with nil.
func (m *Mailbox) Break(err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.down = err
}

// To lists what an address received, oldest first.
func (m *Mailbox) To(address string) []notify.Mail {
	m.mu.Lock()
	defer m.mu.Unlock()
	var out []notify.Mail
	for _, mail := range m.mails {
		if mail.To == address {
			out = append(out, mail)
		}
	}
	return out
}

// Wait returns the newest mail of kind to address once there are at least n of them.
func (m *Mailbox) Wait(t testing.TB, address string, kind notify.Kind, n int) notify.Mail {
	t.Helper()
	for range 500 {
		var found []notify.Mail
		for _, mail := range m.To(address) {
			if mail.Kind == kind {
				found = append(found, mail)
			}
		}
		if len(found) >= n {
			return found[len(found)-1]
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatalf("no %s mail no. %d to %s", kind, n, address)
	return notify.Mail{}
}

// Count is how many mails of kind an address received so far.
func (m *Mailbox) Count(address string, kind notify.Kind) int {
	n := 0
	for _, mail := range m.To(address) {
		if mail.Kind == kind {
			n++
		}
	}
	return n
}

var sixDigits = regexp.MustCompile(`(?m)(?:^|[^0-9])([0-9]{3})[ ]?([0-9]{3})(?:$|[^0-9])`)

// Code is the six-digit code a mail carries.
func Code(t testing.TB, mail notify.Mail) string {
	t.Helper()
	found := sixDigits.FindStringSubmatch(mail.Text)
	if found == nil {
		t.Fatalf("no code in mail %q:\n%s", mail.Subject, mail.Text)
	}
	return found[1] + found[2]
}
