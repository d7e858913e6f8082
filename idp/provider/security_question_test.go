package provider_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"sekisho/config"
	"sekisho/idp"
	"sekisho/idp/assurance"
	"sekisho/idp/audit"
	"sekisho/idp/idptest"
	"sekisho/idp/notify"
)

// questions switches the security questions on as edit says.
func questions(edit func(*config.SecurityQuestion)) idptest.Options {
	return idptest.Options{Edit: func(c *config.Config) {
		unlimited(c)
		c.SecurityQuestion = config.SecurityQuestion{Enabled: true, Recovery: true, Questions: map[string]config.Text{
			"pet":  {"ja": "ペットの名前", "en": "Name of a pet"},
			"town": {"ja": "生まれた街", "en": "Town of birth"}, "school": {"ja": "小学校の名前", "en": "Primary school"},
		}}
		if edit != nil {
			edit(&c.SecurityQuestion)
		}
	}}
}

func answerQuestion(b *idptest.Browser, question, answer string) *idptest.Page {
	b.T.Helper()
	return b.Submit("/security-question", "question", question, "answer", answer)
}

// answered signs a customer in, who chooses a question on the way, and out again.
func answered(p *idptest.Provider, a *idptest.Account, answer string) {
	p.T.Helper()
	p.Clock.Advance(31 * time.Second)
	b := p.NewBrowser()
	b.Authorize("app", idptest.Redirect)
	b.PasswordSignIn(p, a)
	if page := answerQuestion(b, "pet", answer); page.Left == "" {
		p.T.Fatalf("the answer was not taken: %s", page.Body)
	}
	b.Get("/account")
	b.Submit("/account/logout")
	p.Clock.Advance(time.Minute) // a sign-in voids recoveries begun before it
}

func TestSecurityQuestionIsAskedAtSignIn(t *testing.T) {
	p := idptest.New(t, questions(nil))
	rp := p.NewRelyingParty("app", nil)
	taro := p.AddAccount(idptest.Customer{Login: "10000001", TOTP: true})
	b := p.NewBrowser()
	b.Authorize("app", idptest.Redirect)
	page := b.PasswordSignIn(p, taro)
	t.Run("A5 right after the sign-in, the firm's questions", func(t *testing.T) {
		if page.Left != "" || !page.Has("/security-question") || !strings.Contains(page.Body, "ペットの名前") || !strings.Contains(page.Body, "生まれた街") {
			t.Fatalf("A5: %s", page.Body)
		}
	})
	t.Run("A5 it may be put off, and is asked again next time", func(t *testing.T) {
		if page := b.Submit("/security-question", "choice", "later"); page.Left == "" {
			t.Errorf("A5: %s", page.Body)
		}
		if page := b.Authorize("app", idptest.Redirect); page.Left == "" {
			t.Error("A5: asked in the middle of a session")
		}
	})
	t.Run("A5 an answer too short, or to no question, is refused", func(t *testing.T) {
		p.Clock.Advance(31 * time.Second)
		b = p.NewBrowser()
		b.Authorize("app", idptest.Redirect)
		b.PasswordSignIn(p, taro)
		for _, wrong := range [][2]string{{"pet", "ポ"}, {"car", "ポチ丸"}, {"pet", ""}, {"", "ポチ丸"}} {
			if page := answerQuestion(b, wrong[0], wrong[1]); notice(page) != "answer_refused" || page.Left != "" {
				t.Errorf("A5: %v: %s", wrong, notice(page))
			}
		}
	})
	var before []string
	t.Run("A5 it never raises the level", func(t *testing.T) {
		left := answerQuestion(b, "pet", "ポチ 丸")
		if left.Left == "" {
			t.Fatalf("A5: %s", left.Body)
		}
		with := idptest.Claims(t, rp.Exchange(left.Response(t, idptest.Redirect).Get("code")).String("id_token"))
		p.Clock.Advance(31 * time.Second)
		without := idptest.Claims(t, rp.SignIn(p.NewBrowser(), taro).String("id_token")) // and it is asked once
		if with["acr"] != without["acr"] || !slices.Equal(words(with["amr"]), words(without["amr"])) {
			t.Errorf("A5: %v %v, without %v %v", with["acr"], with["amr"], without["acr"], without["amr"])
		}
		before = words(with["amr"])
		if page := b.Authorize("app", idptest.Redirect, "acr_values", "phr", "prompt", "none"); page.Response(t, idptest.Redirect).Get("error") == "" {
			t.Errorf("A5: an answer reaches phr; amr %v", before)
		}
	})
	t.Run("A5 D4 every address is told, and what was said is nowhere", func(t *testing.T) {
		mail := p.Mail.Wait(t, taro.Email, notify.SecurityAnswerSet, 1)
		if r := p.Recorded(t, audit.SecurityAnswerSet); r.AccountID != taro.ID || strings.Contains(mail.Text, "ポチ") || strings.Contains(p.Logs.String(), "ポチ") {
			t.Errorf("A5: %+v %s", r, mail.Text)
		}
		held, err := p.Store.SecurityAnswer(t.Context(), taro.ID)
		if err != nil || !strings.Contains(held.Hash, "$argon2id$") || held.QuestionID != "pet" {
			t.Errorf("A5: %+v %v", held, err)
		}
	})
	t.Run("A5 who signed in by less than the strongest is not asked", func(t *testing.T) {
		jiro := p.AddAccount(idptest.Customer{Login: "10000002", TOTP: true})
		p.GivePasskey(jiro, nil)
		b := p.NewBrowser()
		b.Authorize("app", idptest.Redirect)
		if page := b.PasswordSignIn(p, jiro); page.Left == "" {
			t.Errorf("A5: %s", page.Body)
		}
	})
	t.Run("A8 corporate accounts are not asked and have no page", func(t *testing.T) {
		firm := p.AddAccount(idptest.Customer{Login: "10000003", TOTP: true, Kind: idp.Corporate})
		b := p.NewBrowser()
		b.Authorize("app", idptest.Redirect)
		if page := b.PasswordSignIn(p, firm); page.Left == "" {
			t.Errorf("A8: %s", page.Body)
		}
		if page := b.Get("/account/security-question"); page.Status != http.StatusNotFound || strings.Contains(b.Get("/account").Body, "/account/security-question") {
			t.Errorf("A8: %d", page.Status)
		}
	})
}

func TestSecurityQuestionRequired(t *testing.T) {
	p := idptest.New(t, questions(func(q *config.SecurityQuestion) { q.Required = true }))
	p.NewRelyingParty("app", nil)
	taro := p.AddAccount(idptest.Customer{Login: "10000001"})
	b := p.NewBrowser()
	b.Authorize("app", idptest.Redirect)
	page := b.PasswordSignIn(p, taro)
	if strings.Contains(page.Body, `value="later"`) {
		t.Error("A5: what is required may be put off")
	}
	if page = b.Post(b.Base()+"/security-question", form(page.CSRF(), "choice", "later")); page.Left != "" || !page.Has("/security-question") {
		t.Errorf("A5: put off by a form of one's own: %s", page.Left)
	}
	if page = answerQuestion(b, "town", "東京"); page.Left == "" {
		t.Errorf("A5: %s", page.Body)
	}
}

func TestSecurityQuestionInTheSecurityCentre(t *testing.T) {
	p := idptest.New(t, questions(nil))
	p.NewRelyingParty("app", nil)
	taro := p.AddAccount(idptest.Customer{Login: "10000001", TOTP: true})
	answered(p, taro, "ポチ丸")
	p.Clock.Advance(31 * time.Second)
	b := p.SignedIn(taro)
	t.Run("A5 neither question nor answer is shown", func(t *testing.T) {
		page := b.Get("/account")
		if !strings.Contains(page.Body, "/account/security-question") || strings.Contains(page.Body, "ペットの名前") || strings.Contains(page.Body, "ポチ丸") {
			t.Errorf("A5: %s", page.Body)
		}
	})
	t.Run("A5 it is changed after a fresh proof", func(t *testing.T) {
		b.Get("/account/security-question")
		if page := answerQuestion(b, "town", "京都"); page.URL.RawQuery != "done=answer_set" {
			t.Errorf("A5: %s %s", page.URL, page.Body)
		}
		p.Mail.Wait(t, taro.Email, notify.SecurityAnswerSet, 2)
		p.Clock.Advance(6 * time.Minute)
		if page := b.Get("/account/security-question"); !page.Has("/password") {
			t.Errorf("A5: changed without a fresh proof: %s", page.Body)
		}
	})
}

// regainable is a recovery after its mailed code.
func regainable(p *idptest.Provider, a *idptest.Account) *idptest.Browser {
	p.T.Helper()
	b := p.NewBrowser()
	b.MailedProof(p, a)
	return b
}

func TestSecurityAnswerAtARecovery(t *testing.T) {
	p := idptest.New(t, questions(nil))
	p.NewRelyingParty("app", nil)
	taro := p.AddAccount(idptest.Customer{Login: "10000001", TOTP: true})
	answered(p, taro, "ポチ丸")
	t.Run("A5 A8 RC-03 never alone: the mailed code comes first", func(t *testing.T) {
		b := p.NewBrowser()
		page := b.BeginRecovery(taro.LoginName)
		if page.Has("/answer") || strings.Contains(page.Body, "ペットの名前") {
			t.Error("A5: the question is shown to whoever types the name")
		}
		if page = b.Post(b.Base()+"/answer", form(page.CSRF(), "answer", "ポチ丸")); page.Has("/recovery-code") || page.Has("/password") {
			t.Errorf("A8: %s", page.Body)
		}
		p.Mail.Wait(t, taro.Email, notify.RecoverCode, 1) // it is on its way, and must not be taken for the next one
	})
	t.Run("A5 A8 the mailed code and the answer regain the password, and no more", func(t *testing.T) {
		b := regainable(p, taro)
		if !strings.Contains(b.Page.Body, "ペットの名前") {
			t.Fatalf("A5: %s", b.Page.Body)
		}
		if page := b.Submit("/answer", "answer", "タマ"); notice(page) != "answer_wrong" || page.Has("/password") {
			t.Errorf("A5: %s", notice(page))
		}
		page := b.Submit("/answer", "answer", "ﾎﾟﾁ丸")
		if !page.Has("/password") || strings.Contains(page.Body, "lost_totp") {
			t.Fatalf("A5: %s", page.Body)
		}
		next := "a passphrase regained by an answer"
		page = b.Post(b.Base()+"/password", form(page.CSRF(), "new", next, "lost_totp", "1", "lost_passkeys", "1"))
		if page.Status != http.StatusOK || b.Cookie(sessionCookie) != "" {
			t.Fatalf("A8 RC-04: %d %s", page.Status, page.Body)
		}
		taro.Password = next
		p.Mail.Wait(t, taro.Email, notify.Recovered, 1)
		if r := p.Recorded(t, audit.RecoveryCompleted); r.Detail["second"] != "security_answer" || r.Detail["removed"] != "" {
			t.Errorf("A5: %+v", r)
		}
		if state, err := p.Store.Recovery(t.Context(), taro.ID); err != nil || !state.HeldUntil.After(p.Clock.Now()) {
			t.Errorf("RC-12: no hold: %+v %v", state, err)
		}
		if _, err := p.Store.TOTP(t.Context(), taro.ID); err != nil {
			t.Error("A5: an answer took the authenticator app away")
		}
		p.Clock.Advance(31 * time.Second)
		p.SignedIn(taro)
		if got := taro.Sessions(); len(got) != 1 || highestLevel(got[0]) != assurance.MFA {
			t.Errorf("A5: %+v", got)
		}
	})
	t.Run("A5 guesses lock the answer, not the other proofs", func(t *testing.T) {
		p.Clock.Advance(10 * time.Minute)
		b := regainable(p, taro)
		for range 5 {
			b.Submit("/answer", "answer", "タマ")
		}
		if page := b.Submit("/answer", "answer", "ポチ丸"); notice(page) != "answer_locked" || page.Has("/password") {
			t.Errorf("A5: %s", notice(page))
		}
		if page := b.Submit("/totp", "code", taro.TOTP()); !page.Has("/password") {
			t.Errorf("A5: the app is locked too: %s", notice(page))
		}
		b.Get("/account/security-question")
	})
	t.Run("RC-11 while a device is reported lost an answer does not count", func(t *testing.T) {
		jiro := p.AddAccount(idptest.Customer{Login: "10000002", TOTP: true})
		answered(p, jiro, "ポチ丸")
		b := regainable(p, jiro)
		token := b.Page.CSRF()
		b.Submit("/lost", "totp", "1")
		if b.Page.Has("/answer") {
			t.Error("RC-11: offered")
		}
		if page := b.Post(b.Base()+"/answer", form(token, "answer", "ポチ丸")); page.Has("/password") {
			t.Error("RC-11: taken")
		}
	})
	t.Run("A8 corporate accounts are refused whatever is stored", func(t *testing.T) {
		firm := p.AddAccount(idptest.Customer{Login: "10000003", Kind: idp.Corporate})
		err := p.Store.SetSecurityAnswer(t.Context(), idp.SecurityAnswer{AccountID: firm.ID, QuestionID: "pet", Hash: "x", SetAt: p.Clock.Now()}, idp.Effects{})
		if err != nil {
			t.Fatal(err)
		}
		b := regainable(p, firm)
		if b.Page.Has("/answer") {
			t.Error("A8: offered")
		}
		if page := b.Post(b.Base()+"/answer", form(b.Page.CSRF(), "answer", "ポチ丸")); page.Has("/password") {
			t.Error("A8: taken")
		}
	})
}

func highestLevel(s idp.Session) (best assurance.Level) {
	for _, a := range assurance.Achieve(s.AccountID, s.Events) {
		best = max(best, a.Level)
	}
	return best
}

func TestSecurityAnswerCountsOnlyWhereTheFirmSaysSo(t *testing.T) {
	p := idptest.New(t, questions(func(q *config.SecurityQuestion) { q.Recovery = false }))
	p.NewRelyingParty("app", nil)
	taro := p.AddAccount(idptest.Customer{Login: "10000001", TOTP: true})
	answered(p, taro, "ポチ丸")
	b := regainable(p, taro)
	if page := b.Post(b.Base()+"/answer", form(b.Page.CSRF(), "answer", "ポチ丸")); page.Has("/answer") || page.Has("/password") {
		t.Errorf("A5: %s", page.Body)
	}
	t.Run("A5 off by default: nothing is asked and there is no page", func(t *testing.T) {
		p := idptest.New(t, idptest.Options{})
		p.NewRelyingParty("app", nil)
		taro := p.AddAccount(idptest.Customer{Login: "10000001", TOTP: true})
		b := p.NewBrowser()
		b.Authorize("app", idptest.Redirect)
		if page := b.PasswordSignIn(p, taro); page.Left == "" {
			t.Errorf("A5: %s", page.Body)
		}
		if page := b.Get("/account/security-question"); page.Status != http.StatusNotFound {
			t.Errorf("A5: %d", page.Status)
		}
	})
}
