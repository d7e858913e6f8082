package provider_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"sekisho/idp"
	"sekisho/idp/idptest"
	"sekisho/idp/notify"
)

// RC-09: accounts are opened mail first. Whoever types a name, somebody's address or
// somebody else's code reads the same pages with the same status, whether there is such an
// account, in whatever state, or none. What the answers cost is TestAnswersCostTheSameForEveryName.
func TestOpeningAnAccountTellsNothing(t *testing.T) {
	for what, code := range map[string]func(mine, spent string) string{
		"RC-09 a code nobody has":    func(_, _ string) string { return "0000-0000-0000-0000" },
		"RC-09 somebody else's code": func(mine, _ string) string { return mine },
		"RC-09 a code that was used": func(_, spent string) string { return spent },
	} {
		t.Run(what, func(t *testing.T) {
			p := idptest.New(t, idptest.Options{Edit: unlimited})
			p.AddAccount(idptest.Customer{Login: "10000001", TOTP: true})
			p.AddAccount(idptest.Customer{Login: "10000002"}).Freeze()
			p.AddAccount(idptest.Customer{Login: "10000003", Kind: idp.Corporate})
			p.AddAccount(idptest.Customer{Login: "10000004"})
			waiting, _ := p.Invited("10000005")
			_, mine := p.Invited("10000006")
			opened, spent := p.Invited("10000007")
			first := p.NewBrowser()
			first.Get("/invite")
			first.Submit("/invite", "login", opened.LoginName, "code", spent)
			first.Submit("/password/new", "new", phraseOfMine)
			walk := func(login string) (seen []string) {
				b := p.NewBrowser()
				see := func(page *idptest.Page) {
					path := interactionID.ReplaceAllString(page.URL.Path, "/interaction/{id}")
					seen = append(seen, http.StatusText(page.Status), path, page.Header.Get("Content-Type"), changing.ReplaceAllString(strings.ReplaceAll(page.Body, login, "00000000"), "…"))
				}
				see(b.Get("/invite"))
				see(b.Submit("/invite", "login", login, "code", code(mine, spent)))
				see(b.Submit("/invite", "login", login, "code", code(mine, spent)))
				return seen
			}
			want := walk("10000099")
			if len(want) != 12 || !strings.Contains(want[7], "data-code=") {
				t.Fatalf("RC-09: nothing is refused: %q", want)
			}
			for _, login := range []string{"10000001", "10000002", "10000003", "10000004@mail.example", waiting.LoginName, opened.LoginName} {
				if seen := walk(login); !slices.Equal(seen, want) {
					t.Errorf("RC-09: %s reads\n%q\nnobody reads\n%q", login, seen, want)
				}
			}
			for _, login := range []string{"10000001", "10000002", "10000003", "10000004"} {
				if mails := p.Mail.To(login + "@mail.example"); len(mails) != 0 {
					t.Errorf("RC-09: %s is mailed because somebody typed the name", login)
				}
			}
			if a, err := p.Store.Account(t.Context(), waiting.ID); err != nil || a.Status != idp.AccountInvited {
				t.Errorf("RC-09: %v %v", a, err)
			}
		})
	}
	t.Run("RC-09 regaining leads to no other answer for who waits to be opened", func(t *testing.T) {
		p := idptest.New(t, idptest.Options{Edit: unlimited})
		a, _ := p.Invited("10000001")
		waiting, nobody := p.NewBrowser().BeginRecovery(a.LoginName), p.NewBrowser().BeginRecovery("10000099")
		if waiting.Status != nobody.Status || same(waiting) != same(nobody) || p.Mail.Count(a.Email, notify.RecoverCode) != 0 {
			t.Errorf("RC-09: %d %s, nobody %d %s", waiting.Status, waiting.Body, nobody.Status, nobody.Body)
		}
	})
}
