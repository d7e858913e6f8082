package mailbox_test

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/smtp"
	"strings"
	"testing"
	"time"

	"sekisho/cmd/mailbox"
	"sekisho/idp"
	"sekisho/idp/keys"
	"sekisho/idp/notify"
)

type under struct {
	box  *mailbox.Box
	port int
	web  *httptest.Server
}

func open(t *testing.T) under {
	t.Helper()
	b := mailbox.New(mailbox.Options{})
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- b.ServeSMTP(l) }()
	web := httptest.NewServer(b.Handler())
	t.Cleanup(func() { web.Close(); b.Close(); <-done })
	return under{b, l.Addr().(*net.TCPAddr).Port, web}
}

func (u under) get(t *testing.T, path string) (*http.Response, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, u.web.URL+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp, string(b)
}

func (u under) send(t *testing.T, raw string) {
	t.Helper()
	err := smtp.SendMail(fmt.Sprintf("127.0.0.1:%d", u.port), nil, "a@b.example", []string{"hanako@example.jp"}, []byte(strings.ReplaceAll(raw, "\n", "\r\n")))
	if err != nil {
		t.Fatal(err)
	}
}

// sender sends the way the demo does: composed, and through the provider's own sender.
func (u under) sendCode(t *testing.T, code string) {
	t.Helper()
	kek, err := keys.NewKEK()
	if err != nil {
		t.Fatal(err)
	}
	v, err := keys.OpenVault(kek)
	if err != nil {
		t.Fatal(err)
	}
	c, err := notify.NewComposer(notify.Options{Firm: map[string]string{"ja": "青葉証券"}, Vault: v})
	if err != nil {
		t.Fatal(err)
	}
	to := idp.Email{Address: "hanako@example.jp", VerifiedAt: time.Now()}
	msg, err := c.Compose(notify.SignInCode, to, "ja", notify.Data{Code: code, ExpiresAt: time.Now().Add(time.Minute)})
	if err != nil {
		t.Fatal(err)
	}
	sender, err := notify.NewSMTP(notify.SMTPOptions{Host: "127.0.0.1", Port: u.port, Encryption: notify.Plain, From: "no-reply@aoba.example"})
	if err != nil {
		t.Fatal(err)
	}
	m, err := notify.Unseal(v, msg)
	if err != nil {
		t.Fatal(err)
	}
	if err := sender.Send(t.Context(), m); err != nil {
		t.Fatal(err)
	}
}

func TestMailsOfTheProviderAreListedNewestFirst(t *testing.T) {
	u := open(t)
	if _, body := u.get(t, "/"); !strings.Contains(body, "まだメールはありません") {
		t.Error("an empty box says nothing")
	}
	u.sendCode(t, "111111")
	u.sendCode(t, "222222")
	resp, body := u.get(t, "/")
	first, second := strings.Index(body, "222222"), strings.Index(body, "111111")
	if first < 0 || second < first || !strings.Contains(body, "ログインの確認コード") || !strings.Contains(body, "hanako@example.jp") {
		t.Errorf("list:\n%s", body)
	}
	if resp.Header.Get("Refresh") != "4" {
		t.Error("the list does not refresh itself")
	}
	if still, _ := u.get(t, "/?refresh=off"); still.Header.Get("Refresh") != "" {
		t.Error("refreshing cannot be stopped")
	}
	m := u.box.Mails()[0]
	resp, page := u.get(t, "/mail/"+m.ID)
	for _, want := range []string{"222222", "いつものアプリかブックマーク", "sandbox", "青葉証券"} {
		if !strings.Contains(page, want) {
			t.Errorf("mail page lacks %q", want)
		}
	}
	if resp.Header.Get("Refresh") != "" {
		t.Error("a mail that is being read is reloaded")
	}
	if _, html := u.get(t, "/mail/"+m.ID+"/html"); !strings.Contains(html, "<strong") || !strings.Contains(html, "222222") {
		t.Errorf("html part:\n%s", html)
	}
}

func TestAHostileMailStaysInItsBox(t *testing.T) {
	u := open(t)
	u.send(t, "From: <script>alert(1)</script> <a@b.example>\nSubject: <img src=x onerror=alert(1)>\nContent-Type: text/html\n\n<script>alert(1)</script><img src=https://evil.example/x>\n")
	m := u.box.Mails()[0]
	for _, path := range []string{"/", "/mail/" + m.ID} {
		resp, body := u.get(t, path)
		if strings.Contains(body, "<script>") || strings.Contains(body, "<img") {
			t.Errorf("%s: markup of the mail is markup of the page", path)
		}
		if csp := resp.Header.Get("Content-Security-Policy"); !strings.HasPrefix(csp, "default-src 'none'") || strings.Contains(csp, "unsafe") {
			t.Errorf("%s: CSP %s", path, csp)
		}
	}
	resp, _ := u.get(t, "/mail/"+m.ID+"/html")
	if csp := resp.Header.Get("Content-Security-Policy"); !strings.Contains(csp, "sandbox;") || strings.Contains(csp, "img-src") || strings.Contains(csp, "script-src") {
		t.Errorf("html part: CSP %s", csp)
	}
}

func TestOddMailsAreShownAllTheSame(t *testing.T) {
	u := open(t)
	for _, raw := range []string{
		"no header at all", "Subject: a\nContent-Type: multipart/mixed; boundary=x\n\n--x\nContent-Type: text/plain\nContent-Transfer-Encoding: base64\n\n!!!\n",
		"Subject: =?utf-8?B?broken\nContent-Type: nonsense/\n\nbody\n",
	} {
		u.send(t, raw)
		if resp, _ := u.get(t, "/mail/"+u.box.Mails()[0].ID); resp.StatusCode != http.StatusOK {
			t.Errorf("%q: %d", raw, resp.StatusCode)
		}
	}
	for range 250 {
		u.send(t, "Subject: many\n\nx\n")
	}
	if n := len(u.box.Mails()); n != 200 {
		t.Errorf("%d mails kept", n)
	}
}

func TestItListensOnLoopbackOnly(t *testing.T) {
	l, err := net.Listen("tcp", ":0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if err := mailbox.New(mailbox.Options{}).ServeSMTP(l); err == nil {
		t.Error("took mails from every interface")
	}
}

func TestLanguages(t *testing.T) {
	u := open(t)
	if _, body := u.get(t, "/?lang=en"); !strings.Contains(body, "No mail yet") || !strings.Contains(body, `<html lang="en">`) {
		t.Error("no English")
	}
}
