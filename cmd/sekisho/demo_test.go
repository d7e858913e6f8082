package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"sekisho/idp/idptest/chromium"
)

// shown is the demo as a new user meets it: the real command on free ports.
type shown struct {
	t                      *testing.T
	provider, broker, mail string
	out                    *output
}

type output struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.b.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.b.String()
}

// nextPort counts through ports below those the system gives to connections by itself, so
// that none is taken between choosing and listening. Two test processes start apart.
var nextPort atomic.Int64

func freePort(t *testing.T) string {
	t.Helper()
	nextPort.CompareAndSwap(0, 20000+int64(os.Getpid()%400)*25)
	for range 200 {
		addr := fmt.Sprintf("localhost:%d", nextPort.Add(1))
		l, err := net.Listen("tcp", addr)
		if err != nil {
			continue // somebody else's
		}
		l.Close()
		return addr
	}
	t.Fatal("no free port")
	return ""
}

// show starts `sekisho demo` and waits until it says what to try.
func show(t *testing.T, args ...string) *shown {
	t.Helper()
	d := &shown{t: t, out: &output{}}
	addr, broker, mail := freePort(t), freePort(t), freePort(t)
	d.provider, d.broker, d.mail = "http://"+addr, "http://"+broker, "http://"+mail
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan int, 1)
	go func() {
		done <- run(ctx, append([]string{"demo", "--addr", addr, "--brokerage-addr", broker, "--mail-addr", mail}, args...), nil, strings.NewReader(""), d.out, d.out)
	}()
	t.Cleanup(func() {
		stop()
		if status := <-done; status != 0 {
			t.Errorf("demo ended with %d:\n%s", status, d.out)
		}
	})
	for range 600 {
		if strings.Contains(d.out.String(), "10000003") {
			return d
		}
		select {
		case status := <-done:
			done <- status
			t.Fatalf("demo did not start (%d):\n%s", status, d.out)
		case <-time.After(50 * time.Millisecond):
		}
	}
	t.Fatalf("demo did not start:\n%s", d.out)
	return nil
}

// passwords of the demo's customers, as it prints them.
const (
	hanako, hanakoPassword = "10000001", "akagi-no-yama-2026"
	taro, taroPassword     = "10000002", "tone-no-kawa-2026"
)

// totp is Taro's app: the code of the step that is ahead of now by so many.
func (d *shown) totp(ahead int) string {
	d.t.Helper()
	found := regexp.MustCompile(`(?m)(?:key|キー)  ([A-Z2-7 ]+)$`).FindStringSubmatch(d.out.String())
	if found == nil {
		d.t.Fatalf("no TOTP secret in:\n%s", d.out)
	}
	code, err := totp.GenerateCode(strings.ReplaceAll(found[1], " ", ""), time.Now().Add(time.Duration(ahead)*30*time.Second))
	if err != nil {
		d.t.Fatal(err)
	}
	return code
}

// mailedCode is a six-digit code in the mailbox's list.
var mailedCode = regexp.MustCompile(`</span>([0-9]{6})</span>`)

// mailCode reads the newest code from the mailbox page, once there are n mails with one.
func (d *shown) mailCode(n int) string {
	d.t.Helper()
	for range 200 {
		if codes := d.mailCodes(); len(codes) >= n {
			return codes[0]
		}
		time.Sleep(50 * time.Millisecond)
	}
	d.t.Fatalf("no code no. %d in the mailbox", n)
	return ""
}

// mailCodes lists the codes in the mailbox, newest first.
func (d *shown) mailCodes() []string {
	d.t.Helper()
	var codes []string
	for _, m := range mailedCode.FindAllStringSubmatch(d.get(d.mail+"/"), -1) {
		codes = append(codes, m[1])
	}
	return codes
}

func (d *shown) get(url string) string {
	d.t.Helper()
	resp, err := http.Get(url)
	if err != nil {
		d.t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		d.t.Fatal(err)
	}
	return string(body)
}

// password signs in by login name and password, as far as the code page.
func password(b *chromium.Tab, login, secret string) {
	b.Fill("login", login)
	b.Fill("password", secret)
	b.Click(`form[action$="/password"] button:not([type=button])`)
	b.Wait(`document.querySelector('form[action$="/code"]')`)
}

func code(b *chromium.Tab, value string) {
	b.Fill("code", value)
	b.Click(`form[action$="/code"] button:not([type=button])`)
}

// pause lets a little real time pass; the demo's clock is the real one.
func pause() { time.Sleep(500 * time.Millisecond) }
