package provider_test

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"sekisho/config"
	"sekisho/idp"
	"sekisho/idp/audit"
	"sekisho/idp/idptest"
	"sekisho/idp/letter/paper"
	"sekisho/idp/notify"
	"sekisho/storage"
)

// The fonts of Debian's packages; .ci/setup installs them.
var letterFonts = []string{"/usr/share/fonts/opentype/ipaexfont-gothic/ipaexg.ttf", "/usr/share/fonts/truetype/ipamj/ipamjm.ttf"}

// posted is a provider with transaction passwords, and a customer who can be written to.
type posted struct {
	*rig
	press *paper.Press
	a     *idptest.Account
}

func letterRig(t *testing.T, login string) *posted {
	t.Helper()
	r := txRig(t, func(c *config.Config) { c.Letters.Fonts = letterFonts })
	press, err := paper.Open(r.Config.Letters.Fonts)
	if err != nil {
		t.Fatalf("%v; the fonts come with .ci/setup", err)
	}
	p := &posted{rig: r, press: press}
	p.a = p.addressed(login, idp.Personal)
	return p
}

func (p *posted) addressed(login string, kind idp.AccountKind) *idptest.Account {
	p.t.Helper()
	return p.AddAccount(idptest.Customer{Login: login, TOTP: true, Kind: kind, Profile: idp.Profile{
		Name: "\U00020BB7田　葛\U000E0100子", Birthdate: "1980-02-03",
		Address: &idp.Address{PostalCode: "100-0005", Region: "東京都", Locality: "千代田区丸の内", StreetAddress: "１丁目２番３号"},
	}})
}

// asks fills the public form in.
func (p *posted) asks(login, birthdate, postal string) *idptest.Page {
	p.t.Helper()
	b := p.NewBrowser()
	b.Get("/reissue")
	return b.Submit("/reissue", "login", login, "birthdate", birthdate, "postal_code", postal)
}

// decided waits until n requests have been decided behind their answers.
func (p *posted) decided(n int) {
	p.t.Helper()
	for range 1000 {
		got := 0
		for _, r := range p.Audit() {
			if r.Event == audit.LetterRefused || r.Event == audit.LetterRequested {
				got++
			}
		}
		if got >= n {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	p.t.Fatal("the requests are not decided")
}

func (p *posted) letters(a *idptest.Account) []idp.Letter {
	p.t.Helper()
	list, err := p.Store.Letters(context.Background(), storage.LetterFilter{AccountID: a.ID})
	if err != nil {
		p.t.Fatal(err)
	}
	return list
}

var sixteen = regexp.MustCompile(`^[2-9A-HJ-NP-Z]{16}$`)

// reads is the customer with the paper in hand: the temporary passwords in their order.
func reads(t *testing.T, pdf []byte) []string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "letter.pdf")
	if err := os.WriteFile(file, pdf, 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command("pdftotext", "-layout", file, "-").Output()
	if err != nil {
		t.Fatalf("pdftotext: %v; it comes with .ci/setup (poppler-utils)", err)
	}
	var found []string
	for _, line := range strings.Split(string(out), "\n") {
		if line = strings.Join(strings.Fields(line), ""); sixteen.MatchString(line) {
			found = append(found, line)
		}
	}
	if len(found) == 0 {
		t.Fatalf("no temporary password on the paper:\n%s", out)
	}
	return found
}

// arrives asks on the web, prints and reads.
func (p *posted) arrives(a *idptest.Account) []string {
	p.t.Helper()
	n := p.Mail.Count(a.Email, notify.LetterRequested)
	p.asks(a.LoginName, "19800203", "1000005")
	p.Mail.Wait(p.t, a.Email, notify.LetterRequested, n+1)
	return p.printed(p.letters(a)[len(p.letters(a))-1].ID)
}

func (p *posted) printed(id string) []string {
	p.t.Helper()
	var pdf []byte
	if _, err := p.PrintLetter(context.Background(), p.press, id, func(b paper.Printable) error { pdf = b.PDF; return nil }); err != nil {
		p.t.Fatal(err)
	}
	return reads(p.t, pdf)
}

// enter goes through login name, password and second factor from an authorization request.
func (p *posted) enter(b *idptest.Browser, a *idptest.Account, secret string) *idptest.Page {
	p.t.Helper()
	p.Clock.Advance(31 * time.Second)
	b.Authorize("app", idptest.Redirect)
	if page := b.Submit("/password", "login", a.LoginName, "password", secret); !page.Has("/code") {
		return page
	}
	return b.Submit("/code", "code", a.TOTP())
}

const ownWords = "amber ferry crosses Sumida 88"
