package explain

import (
	"unicode"
	"unicode/utf8"

	"sekisho/config"
)

// languageNames in each language.
var languageNames = map[string]map[string]string{
	"ja": {"ja": "日本語", "en": "英語"},
	"en": {"ja": "Japanese", "en": "English"},
}

func (t *teller) pages() {
	f := t.c.Firm
	t.tell("pages.address", "Issuer", t.c.Issuer, "Firm", f.Name.In(t.lang))
	if len(t.c.FormerIssuers) > 0 {
		t.tell("pages.former", "Origins", t.list(t.c.FormerIssuers))
	}
	var names []string
	for _, lang := range t.c.Languages {
		names = append(names, languageNames[t.lang][lang])
	}
	if len(names) > 0 {
		t.tell("pages.languages", "Languages", t.list(names), "First", names[0])
	}
	t.tell("pages.clock", "Zone", t.c.TimeZone)
	t.tell("pages.account", "Word", t.accountWord(false))
	t.either(f.HelpDesk.Phone != "", "pages.desk", "pages.no_desk", "Phone", f.HelpDesk.Phone, "Hours", f.HelpDesk.Hours.In(t.lang))
}

// accountWord is what the firm calls the name customers sign in with; within a sentence it
// begins with a small letter.
func (t *teller) accountWord(within bool) string {
	word := t.c.Firm.AccountWord.In(t.lang)
	if first, size := utf8.DecodeRuneInString(word); within && size > 0 {
		return string(unicode.ToLower(first)) + word[size:]
	}
	return word
}

func (t *teller) locks() {
	h := t.c.Throttle
	for _, l := range []struct {
		factor string
		lock   config.Lock
		off    bool
	}{
		{"password", h.Password, !t.c.Assurance.PasswordAllowed},
		{"transaction_password", h.TransactionPassword, !t.c.Password.Transaction.Enabled},
		{"totp", h.TOTP, false},
		{"email_code", h.EmailCode, false},
		{"invitation", h.Invitation, false},
		{"recovery", h.Recovery, !t.c.Assurance.PasswordAllowed},
	} {
		if l.off {
			continue
		}
		factor := t.say("factor." + l.factor)
		t.tell("locks.lock", "Factor", factor, "Threshold", l.lock.Threshold, "Base", t.duration(l.lock.Base),
			"Max", t.duration(l.lock.Max), "HardCap", l.lock.HardCap)
		t.either(l.lock.Forget > 0, "locks.forget", "locks.keep", "Factor", factor, "For", t.duration(l.lock.Forget))
	}
	t.tell("locks.address", "Rate", t.rate(h.Address))
	t.tell("locks.network", "Rate", t.rate(h.Network))
	t.tell("locks.alarm", "Rate", t.rate(h.Failures), "For", t.duration(h.Alarm))
	t.tell("locks.under_alarm", "Rate", t.rate(h.UnderAlarm))
	t.tell("locks.send_account", "Rate", t.rate(h.SendAccount))
	t.tell("locks.send_mailbox", "Rate", t.rate(h.SendMailbox))
	t.tell("locks.send_address", "Rate", t.rate(h.SendAddress))
	t.tell("locks.send_all", "Rate", t.rate(h.SendAll))
	t.tell("locks.ceremonies", "Rate", t.rate(h.Ceremonies))
	t.tell("locks.ceremonies_network", "Rate", t.rate(h.CeremoniesNetwork))
	t.tell("locks.requests", "Rate", t.rate(h.Requests))
}

func (t *teller) mails() {
	c, n := t.c, t.c.Notices
	t.either(c.Mail.From != "", "mails.from", "mails.no_from", "From", c.Mail.From)
	t.tell("mails.sign_in", "For", t.duration(n.StopCode))
	t.tell("mails.undo", "For", t.duration(c.Contact.UndoFor))
	t.either(c.Contact.SharedAddresses, "mails.shared", "mails.unshared")
	t.tell("mails.client", "Rate", t.rate(n.ClientRate))
	t.tell("mails.account", "Rate", t.rate(n.AccountRate))
}

func (t *teller) recovery() {
	c := t.c
	t.tell("recovery.invitation", "For", t.duration(c.Invitation.Lifetime), "N", c.Invitation.Attempts)
	if c.Assurance.PasswordAllowed {
		t.tell("recovery.hold", "For", t.duration(c.Recovery.Hold))
		t.tell("recovery.corporate")
		t.question()
	} else {
		t.tell("recovery.no_password")
	}
	if c.Assurance.PasswordAllowed || c.Password.Transaction.Enabled {
		t.letters()
	}
	t.documents()
}

func (t *teller) sessions() {
	s, k := t.c.Session, t.c.Tokens
	t.tell("sessions.idle", "For", t.duration(s.Idle))
	t.tell("sessions.absolute", "For", t.duration(s.Absolute))
	t.tell("sessions.warn", "For", t.duration(s.WarnBefore))
	t.tell("sessions.max", "N", s.MaxPerAccount)
	t.tell("sessions.access", "For", t.duration(k.Access))
	t.exchange()
	t.tell("sessions.refresh_idle", "For", t.duration(k.RefreshIdle))
	t.tell("sessions.refresh_absolute", "For", t.duration(k.RefreshAbsolute))
}
