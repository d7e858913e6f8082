package provider_test

import (
	"strings"
	"testing"
	"time"

	"sekisho/idp/idptest"
	"sekisho/idp/notify"
)

// RC-11: who reads the mailbox can report an app lost, once, and so has its owner wait. Saying
// it again makes nobody wait longer: else a mailbox alone would keep a customer out for ever.
func TestReportingAgainLengthensNothing(t *testing.T) {
	onBoth(t, func(t *testing.T, p *idptest.Provider) {
		l := losesAt(t, p)
		l.reports("totp")
		wait := l.Config.Recovery.Hold
		until := l.Mail.Wait(t, l.a.Email, notify.DeviceLost, 1).Text
		l.Clock.Advance(wait / 2)
		l.reports("totp")
		if again := l.Mail.Wait(t, l.a.Email, notify.DeviceLost, 2).Text; resumption(t, again) != resumption(t, until) {
			t.Errorf("RC-11: the second mail says another time: %q, was %q", resumption(t, again), resumption(t, until))
		}
		if l.weakly().Page.Has("/code") {
			t.Error("RC-11: the second report ended the wait")
		}
		l.Clock.Advance(wait/2 - time.Minute)
		if l.weakly().Page.Has("/code") {
			t.Error("RC-11: the wait ended early")
		}
		l.Clock.Advance(time.Minute)
		if page := l.weakly().Page; !page.Has("/code/send") {
			t.Errorf("RC-11: the second report made it longer: %s", notice(page))
		}
		l.reports("totp")
		if told := l.Mail.Wait(t, l.a.Email, notify.DeviceLost, 3).Text; strings.Contains(told, resumes) {
			t.Errorf("RC-11: a mail tells of a wait that is over: %s", told)
		}
		if page := l.weakly().Page; !page.Has("/code/send") {
			t.Errorf("RC-11: a third report began another wait: %s", notice(page))
		}
	})
}

const resumes = "新しい端末でのメール認証の再開"

// resumption is the line of the mail that says until when.
func resumption(t *testing.T, mail string) string {
	t.Helper()
	_, after, found := strings.Cut(mail, resumes)
	if !found {
		t.Fatalf("the mail does not say until when: %s", mail)
	}
	line, _, _ := strings.Cut(after, "\n")
	return line
}
