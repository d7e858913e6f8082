package notify_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"sekisho/idp"
	"sekisho/idp/notify"
)

// A4: what may be switched off is a closed list, and what is critical goes everywhere.
func TestRecipients(t *testing.T) {
	registered, security, fresh := address(), address(), address()
	registered.Purpose, security.Purpose, fresh.Purpose = idp.EmailRegistered, idp.EmailSecurity, idp.EmailSecurity
	registered.Address, security.Address, fresh.Address = "r@example.jp", "s@example.jp", "f@example.jp"
	fresh.VerifiedAt = time.Time{}
	to := func(k notify.Kind, all ...idp.Email) (out []string) {
		for _, e := range notify.Recipients(k, all) {
			out = append(out, e.Address)
		}
		return out
	}
	for _, k := range notify.Kinds() {
		want := []string{"r@example.jp", "s@example.jp"}
		if slices.Contains(notify.OptionalKinds(), k) {
			want = want[1:]
		}
		if got := to(k, registered, security, fresh); !slices.Equal(got, want) {
			t.Errorf("A4 %s goes to %v, want %v", k, got, want)
		}
		if got := to(k, registered, fresh); !slices.Equal(got, []string{"r@example.jp"}) {
			t.Errorf("A4 %s without a verified security address goes to %v", k, got)
		}
		if k.Optional() != slices.Contains(notify.OptionalKinds(), k) {
			t.Errorf("%s: two opinions", k)
		}
	}
	if !slices.Equal(notify.OptionalKinds(), []notify.Kind{notify.SignIn}) {
		t.Errorf("A4: optional are %v", notify.OptionalKinds())
	}
}

// B16, OT-13: an amount and a destination are written by us, digit by digit.
func TestMoneyAndDestination(t *testing.T) {
	v := vault(t)
	c := composer(t, v)
	for _, x := range []struct{ amount, currency, ja, en string }{
		{"1500000", "JPY", "1,500,000円", "¥1,500,000"}, {"1", "JPY", "1円", "¥1"}, {"999999999999999", "JPY", "999,999,999,999,999円", "¥999,999,999,999,999"},
		{"1234.5", "USD", "USD 1,234.50", "USD 1,234.50"}, {"0.01", "EUR", "EUR 0.01", "EUR 0.01"}, {"100", "USD", "USD 100.00", "USD 100.00"},
	} {
		money, err := notify.ParseMoney(x.amount, x.currency)
		if err != nil {
			t.Errorf("B16 %s %s: %v", x.amount, x.currency, err)
			continue
		}
		to, err := notify.MaskedAccount("●●●●0123")
		if err != nil {
			t.Fatal(err)
		}
		for lang, want := range map[string]string{"ja": x.ja, "en": x.en} {
			msg, err := c.Compose(notify.WithdrawalRequested, address(), lang, notify.Data{Amount: money, Destination: to})
			if err != nil {
				t.Fatal(err)
			}
			if mail := unseal(t, v, msg); !strings.Contains(mail.Text, want+"\n") || !strings.Contains(mail.Text, "••••0123\n") {
				t.Errorf("B16 %s: want %q in\n%s", lang, want, mail.Text)
			}
		}
	}
	for _, bad := range [][2]string{
		{"", "JPY"}, {"0", "JPY"}, {"0.00", "USD"}, {"-1", "JPY"}, {"+1", "JPY"}, {"01", "JPY"}, {"1.5", "JPY"}, {"1.555", "USD"}, {"1e9", "JPY"},
		{"1,000", "JPY"}, {"１００", "JPY"}, {"1000000000000000", "JPY"}, {"1 ", "JPY"}, {"1\n", "JPY"}, {"1", "jpy"}, {"1", "ZZZ"}, {"1", ""}, {"1.", "USD"}, {".5", "USD"},
	} {
		if _, err := notify.ParseMoney(bad[0], bad[1]); !errors.Is(err, idp.ErrRejected) {
			t.Errorf("B16: %q %q is taken for money", bad[0], bad[1])
		}
	}
	for _, bad := range []string{"", "1234", "*1234", "****", "****1", "****12345", "****1234\n", "****１２３４", "evil.example ****1234", "*************1234", "****12a4"} {
		if _, err := notify.MaskedAccount(bad); !errors.Is(err, idp.ErrRejected) {
			t.Errorf("OT-13: %q is taken for a masked account", bad)
		}
	}
}

// B1: a mail about a sign-in carries a stop code and its end, and no other mail does.
func TestStopCodesInMails(t *testing.T) {
	v := vault(t)
	c := composer(t, v)
	for _, k := range []notify.Kind{notify.SignIn, notify.NewDevice} {
		for _, lang := range []string{"ja", "en"} {
			msg, err := c.Compose(k, address(), lang, dataFor(k))
			if err != nil {
				t.Fatal(err)
			}
			mail := unseal(t, v, msg)
			if !strings.Contains(mail.Text, "7KQ2-M8XD-0000-ZZZZ") || !strings.Contains(mail.HTML, "7KQ2-M8XD-0000-ZZZZ") || strings.Contains(mail.Subject, "7KQ2") {
				t.Errorf("B1 %s %s: the stop code belongs in the body:\n%s", k, lang, mail.Text)
			}
			if strings.Contains(string(msg.Payload), "7KQ2") {
				t.Error("LG-01: the stop code is readable in the stored payload")
			}
		}
		for _, d := range []notify.Data{{}, {StopCode: "7KQ2-M8XD"}, {StopCode: "x <b>", StopUntil: noon}} {
			if _, err := c.Compose(k, address(), "ja", d); !errors.Is(err, idp.ErrRejected) {
				t.Errorf("B1 %s without a good stop code: %v", k, err)
			}
		}
	}
	if _, err := c.Compose(notify.PasskeyAdded, address(), "ja", dataFor(notify.SignIn)); err == nil {
		t.Error("another mail carried a stop code")
	}
}
