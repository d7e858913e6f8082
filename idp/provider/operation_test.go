package provider_test

import (
	"strings"
	"testing"
	"time"

	"sekisho/config"
	"sekisho/idp"
	"sekisho/idp/idptest"
)

func (r *rig) stop(t *testing.T, operation string, reason map[string]string) {
	t.Helper()
	err := r.Store.StopOperation(t.Context(), idp.OperationStop{Operation: operation, Reason: reason, Since: r.Clock.Now()}, idp.Effects{})
	if err == nil {
		err = r.RefreshOperations(t.Context())
	}
	if err != nil {
		t.Fatal(err)
	}
}

// B17: an emergency stop of an operation counts at once, in the middle of a request too; the
// reason is shown in the customer's language, and nothing else is touched.
func TestOperationIsSwitchedOffAtOnce(t *testing.T) {
	r := txRig(t, func(c *config.Config) {
		c.Assurance.Operations["dated"] = config.Operation{Level: config.LevelPhishingResistant, From: time.Now().Add(1e6 * time.Hour), Before: &config.Operation{Level: config.LevelEmail}}
	})
	a, d := r.customer("10000001", txSecret)
	b := r.atWithdrawal(d)
	middle := b.Base()
	reason := map[string]string{"ja": "不正出金が相次いでいるため、出金を停止しています。", "en": "Withdrawals are stopped because of a wave of fraud."}
	r.stop(t, "withdrawal", reason)
	t.Run("B17 also for who had begun", func(t *testing.T) {
		page := b.Get(middle)
		if page.Left != "" || !strings.Contains(page.Body, reason["ja"]) {
			t.Fatalf("%q %s", page.Left, page.Body)
		}
		r.refused(t, b.Submit("/cancel"), "access_denied")
	})
	t.Run("B17 in both languages, before anybody signs in", func(t *testing.T) {
		for lang, text := range reason {
			page := r.NewBrowser().Authorize("app", idptest.Redirect, "acr_values", opWithdrawal, "ui_locales", lang)
			if page.Left != "" || !strings.Contains(page.Body, text) || page.Has("/password") {
				t.Errorf("%s: %q %s", lang, page.Left, page.Body)
			}
		}
		r.refused(t, b.Authorize("app", idptest.Redirect, "acr_values", opWithdrawal, "prompt", "none"), "unmet_authentication_requirements")
	})
	t.Run("B17 without a reason a plain sentence, and whatever a date says", func(t *testing.T) {
		r.stop(t, "dated", nil)
		page := b.Authorize("app", idptest.Redirect, "acr_values", "urn:sekisho:op:dated")
		if page.Left != "" || !strings.Contains(page.Body, "ただいま、このお手続きの受付を停止しています。") {
			t.Errorf("%q %s", page.Left, page.Body)
		}
	})
	t.Run("B17 other operations and signing in go on", func(t *testing.T) {
		r.token(t, b.Authorize("app", idptest.Redirect, "acr_values", trade))
		r.SignedIn(a)
	})
	t.Run("B17 the customer's own list says so", func(t *testing.T) {
		b.Get(checks)
		if strings.Count(b.Page.Body, "いまは受付を停止しています") != 2 {
			t.Errorf("%s", b.Page.Body)
		}
	})
	t.Run("B17 a customer's choice opens nothing", func(t *testing.T) {
		if err := r.Store.SetFactorChoices(t.Context(), a.ID, 0, idp.FactorChoices{"withdrawal": {Factor: idp.FactorNone}}, idp.Effects{}); err != nil {
			t.Fatal(err)
		}
		if page := b.Authorize("app", idptest.Redirect, "acr_values", opWithdrawal); page.Left != "" {
			t.Errorf("%q", page.Left)
		}
	})
	t.Run("B17 taken back at once", func(t *testing.T) {
		if err := r.Store.ResumeOperation(t.Context(), "withdrawal", idp.Effects{}); err != nil {
			t.Fatal(err)
		}
		if err := r.RefreshOperations(t.Context()); err != nil {
			t.Fatal(err)
		}
		b := r.atWithdrawal(d)
		if done := answerBoth(b, d, txSecret); done.Next == "" {
			t.Errorf("%+v", done.Error)
		}
	})
	t.Run("B17 everything, by the rule for signing in", func(t *testing.T) {
		r.stop(t, idp.SignInChoice, map[string]string{"ja": "ただいま点検中です。", "en": "Under maintenance."})
		for _, ask := range [][]string{nil, {"acr_values", trade}, {"acr_values", "phr"}} {
			page := r.NewBrowser().Authorize("app", idptest.Redirect, ask...)
			if page.Left != "" || !strings.Contains(page.Body, "ただいま点検中です。") {
				t.Errorf("%v: %q", ask, page.Left)
			}
		}
	})
}

// D2: from a set moment on the operation takes a passkey. Relying parties ask for the same
// acr before and after, and see in sekisho_level which rule they were answered by.
func TestRuleBeginsOnItsDate(t *testing.T) {
	clock := idptest.NewClock()
	day := clock.Now().Add(24 * time.Hour)
	r := &rig{t: t, Provider: idptest.New(t, idptest.Options{Clock: clock, Edit: func(c *config.Config) {
		unlimited(c)
		for _, name := range []string{"trade", "deposit", "withdrawal"} {
			c.Assurance.Operations[name] = config.Operation{
				Level: config.LevelPhishingResistant, From: day, Before: &config.Operation{Level: config.LevelMFA, Choices: []string{"none"}},
			}
		}
	}})}
	r.rp = r.NewRelyingParty("app", nil)
	a := r.AddAccount(idptest.Customer{Login: "10000001", TOTP: true})
	d := r.GivePasskey(a, nil)
	at := func(moment time.Time) *idptest.Browser {
		t.Helper()
		r.Clock.Advance(moment.Sub(r.Clock.Now()) - 31*time.Second)
		return r.signedIn(a)
	}
	for _, name := range []string{"trade", "deposit", "withdrawal"} {
		acr := "urn:sekisho:op:" + name
		t.Run("D2 the old rule until then: "+name, func(t *testing.T) {
			b := r.signedIn(a)
			claims := r.token(t, b.Authorize("app", idptest.Redirect, "acr_values", acr))
			if claims["acr"] != acr || claims["sekisho_level"] != config.LevelMFA {
				t.Errorf("%v", claims)
			}
		})
	}
	b := at(day.Add(-time.Second))
	r.token(t, b.Authorize("app", idptest.Redirect, "acr_values", "urn:sekisho:op:trade"))
	r.Clock.Advance(2 * time.Second)
	for _, name := range []string{"trade", "deposit", "withdrawal"} {
		acr := "urn:sekisho:op:" + name
		t.Run("D2 the new one from then on: "+name, func(t *testing.T) {
			r.refused(t, b.Authorize("app", idptest.Redirect, "acr_values", acr, "prompt", "none"), "interaction_required")
			page := b.Authorize("app", idptest.Redirect, "acr_values", acr)
			if page.Has("/password") {
				t.Error("a password is still taken")
			}
			fresh := r.NewBrowser()
			fresh.Authorize("app", idptest.Redirect, "acr_values", acr)
			claims := r.token(t, fresh.UsePasskey(d))
			if claims["acr"] != acr || claims["sekisho_level"] != "phr" {
				t.Errorf("%v", claims)
			}
		})
	}
	t.Run("D2 B7 a choice of the old rule opens nothing under the new one", func(t *testing.T) {
		if err := r.Store.SetFactorChoices(t.Context(), a.ID, 0, idp.FactorChoices{"trade": {Factor: idp.FactorNone}}, idp.Effects{}); err != nil {
			t.Fatal(err)
		}
		r.refused(t, b.Authorize("app", idptest.Redirect, "acr_values", "urn:sekisho:op:trade", "prompt", "none"), "interaction_required")
		if page := b.Get(checks); !strings.Contains(page.Body, "一部は、いまはお選びいただけません") {
			t.Errorf("B7: %s", page.Body)
		}
	})
}
