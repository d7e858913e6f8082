package notify_test

import (
	"encoding/json"
	"errors"
	"net/netip"
	"regexp"
	"strings"
	"testing"
	"time"

	"sekisho/idp"
	"sekisho/idp/keys"
	"sekisho/idp/notify"
)

var noon = time.Date(2026, 11, 21, 3, 0, 0, 0, time.UTC) // 12:00 in Japan

func vault(t *testing.T) *keys.Vault {
	t.Helper()
	kek, err := keys.NewKEK()
	if err != nil {
		t.Fatal(err)
	}
	v, err := keys.OpenVault(kek)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func composer(t *testing.T, v notify.Vault) *notify.Composer {
	t.Helper()
	c, err := notify.NewComposer(notify.Options{
		Firm:     map[string]string{"ja": "青葉証券", "en": "Aoba Securities"},
		HelpDesk: map[string]string{"ja": "0120-000-000（平日 8:00–18:00）", "en": "0120-000-000 (weekdays 8:00–18:00)"},
		Vault:    v, Now: func() time.Time { return noon },
	})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func address() idp.Email {
	return idp.Email{ID: "e1", AccountID: "a1", Address: "hanako@example.jp", VerifiedAt: noon.Add(-time.Hour)}
}

func dataFor(k notify.Kind) notify.Data {
	d := notify.Data{At: noon, Device: "Chrome, Windows", IP: netip.MustParseAddr("192.0.2.7")}
	switch k {
	case notify.SignInCode, notify.EnrolCode, notify.VerifyAddress, notify.Invitation, notify.RecoverCode:
		d.Code, d.ExpiresAt = "482913", noon.Add(10*time.Minute)
	case notify.EmailChanged, notify.SecurityEmailChanged, notify.SecurityEmailRemoved:
		d.Code, d.ExpiresAt = "7KQ2-M8XD-0000-ABCD", noon.Add(72*time.Hour)
	case notify.PasskeyAdded, notify.PasskeyRemoved:
		d.PasskeyName = "自宅のPC"
	case notify.NewDevice, notify.SignIn, notify.LetterRequested:
		d.StopCode, d.StopUntil = "7KQ2-M8XD-0000-ZZZZ", noon.Add(7*24*time.Hour)
	case notify.WithdrawalRequested:
		d.Amount, _ = notify.ParseMoney("1500000", "JPY")
		d.Destination, _ = notify.MaskedAccount("***1234")
	case notify.SignInLocked:
		d.LockedUntil = noon.Add(15 * time.Minute)
	}
	return d
}

func unseal(t *testing.T, v notify.Vault, m idp.OutboxMessage) notify.Mail {
	t.Helper()
	plain, err := v.Open(keys.PurposeOutbox, m.ID, m.Payload)
	if err != nil {
		t.Fatalf("payload does not open under its own id: %v", err)
	}
	var mail notify.Mail
	if err := json.Unmarshal(plain, &mail); err != nil {
		t.Fatal(err)
	}
	return mail
}

func TestEveryMailInBothLanguages(t *testing.T) {
	v := vault(t)
	c := composer(t, v)
	subjects := map[string]bool{}
	for _, kind := range notify.Kinds() {
		for lang, firm := range map[string]string{"ja": "青葉証券", "en": "Aoba Securities"} {
			msg, err := c.Compose(kind, address(), lang, dataFor(kind))
			if err != nil {
				t.Fatalf("%s %s: %v", kind, lang, err)
			}
			mail := unseal(t, v, msg)
			if subjects[mail.Subject] {
				t.Errorf("%s %s: subject %q is another mail's", kind, lang, mail.Subject)
			}
			subjects[mail.Subject] = true
			for part, body := range map[string]string{"text": mail.Text, "html": mail.HTML} {
				for _, want := range []string{firm, "0120-000-000", "192.0.2.7", "12:00 JST"} {
					if !strings.Contains(body, want) {
						t.Errorf("%s %s %s part lacks %q:\n%s", kind, lang, part, want, body)
					}
				}
				if strings.Contains(strings.ToLower(body), "http") || strings.Contains(body, "href") {
					t.Errorf("%s %s %s part holds a link", kind, lang, part)
				}
			}
			if lang == "en" && regexp.MustCompile(`\p{Han}|\p{Hiragana}`).MatchString(mail.Text+mail.Subject) && !strings.Contains(mail.Text, "自宅") {
				t.Errorf("%s: Japanese in the English mail:\n%s", kind, mail.Text)
			}
			if code := dataFor(kind).Code; code != "" && (strings.Contains(mail.Subject, code) || !strings.Contains(mail.Text, code) || !strings.Contains(mail.HTML, code)) {
				t.Errorf("%s %s: the code belongs in the body and nowhere else", kind, lang)
			}
		}
	}
}

func TestPayloadIsSealedToItsMessage(t *testing.T) {
	v := vault(t)
	c := composer(t, v)
	msg, err := c.Compose(notify.SignInCode, address(), "ja", dataFor(notify.SignInCode))
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(msg.Payload), "482913") || strings.Contains(string(msg.Payload), "hanako") {
		t.Error("LG-01: code or address readable in the stored payload")
	}
	if _, err := v.Open(keys.PurposeOutbox, "another-row", msg.Payload); err == nil {
		t.Error("payload opens under another message's id")
	}
	if !msg.ExpiresAt.Equal(noon.Add(10 * time.Minute)) {
		t.Errorf("a code mail expires with its code, got %v", msg.ExpiresAt)
	}
}

// OT-13
func TestOT13NoHeaderInjectionAndNothingToPress(t *testing.T) {
	v := vault(t)
	c := composer(t, v)
	for _, to := range []string{
		"a@example.jp\r\nBcc: all@example.jp", "a@example.jp, b@example.jp", "A <a@example.jp>",
		"a@example.jp\n", "", "a", "\"a\r\n\"@example.jp",
	} {
		e := address()
		e.Address = to
		if _, err := c.Compose(notify.PasswordChanged, e, "ja", notify.Data{}); !errors.Is(err, idp.ErrRejected) {
			t.Errorf("address %q: %v, want ErrRejected", to, err)
		}
	}
	attack := "<img src=x onerror=alert(1)>\r\n\r\nLog in at https://evil.example/login or evil.example \u202egpj"
	msg, err := c.Compose(notify.PasskeyAdded, address(), "ja", notify.Data{PasskeyName: attack, Device: attack})
	if err != nil {
		t.Fatal(err)
	}
	mail := unseal(t, v, msg)
	if strings.Contains(mail.HTML, "<img") {
		t.Error("attacker's text is markup in the HTML part")
	}
	for _, bad := range []string{"https://", "evil.example", "\u202e"} {
		if strings.Contains(mail.Text, bad) || strings.Contains(mail.HTML, bad) {
			t.Errorf("%q of the attacker survived", bad)
		}
	}
	if strings.Contains(mail.Text, "\nLog in") {
		t.Error("attacker's text begins a line of its own")
	}
	if strings.ContainsAny(mail.Subject+mail.FromName, "\r\n") {
		t.Error("line break in a header value")
	}
	plainName, err := c.Compose(notify.PasskeyAdded, address(), "ja", notify.Data{PasskeyName: "iPhone 15.2"})
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(unseal(t, v, plainName).Text, "iPhone 15.2") {
		t.Error("an ordinary name was changed")
	}
}

func TestCodesGoToVerifiedAddressesOnly(t *testing.T) {
	c := composer(t, vault(t))
	unverified := address()
	unverified.VerifiedAt = time.Time{}
	for _, kind := range notify.Kinds() {
		_, err := c.Compose(kind, unverified, "ja", dataFor(kind))
		mayGo := kind == notify.VerifyAddress || kind == notify.Invitation
		if mayGo != (err == nil) {
			t.Errorf("%s to an unverified address: %v", kind, err)
		}
	}
	for name, d := range map[string]notify.Data{
		"no code": {}, "no expiry": {Code: "123456"}, "not a code": {Code: "12 <b>", ExpiresAt: noon.Add(time.Hour)},
	} {
		if _, err := c.Compose(notify.SignInCode, address(), "ja", d); !errors.Is(err, idp.ErrRejected) {
			t.Errorf("%s: %v, want ErrRejected", name, err)
		}
	}
	if _, err := c.Compose(notify.PasskeyAdded, address(), "ja", notify.Data{Code: "123456", ExpiresAt: noon}); err == nil {
		t.Error("a notice carried a code")
	}
}
