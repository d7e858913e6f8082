package provider_test

import (
	"strings"
	"testing"

	"sekisho/config"
	"sekisho/idp/audit"
	"sekisho/idp/notify"
)

// changeRig is a provider whose firm asks for the transaction password where registered data
// are changed, the provider's own pages included.
func changeRig(t *testing.T) *rig {
	t.Helper()
	return txRig(t, func(c *config.Config) {
		c.Throttle.TransactionPassword.Threshold = 50
		c.Assurance.Operations["registered_data_change"] = config.Operation{Level: config.LevelEmail, TransactionPassword: true}
	})
}

// A2: a change of registered data on the provider's own pages takes the transaction password
// beside the current value, before either is looked at; what is wrong is counted and changes nothing.
func TestRegisteredDataIsChangedWithTheTransactionPassword(t *testing.T) {
	r := changeRig(t)
	a, b := reachable(r.Provider, "10000001")
	r.GiveTransactionPassword(a, txSecret)
	const to = "hanako@new.example"
	for path, fields := range map[string][]string{
		"/email":          {"current", a.Email, "new", to},
		"/security-email": {"new", to},
		"/phone":          {"current", "09012345678", "new", "09087654321"},
	} {
		t.Run("A2 "+path, func(t *testing.T) {
			if page := b.Get(profilePath + path); !strings.Contains(page.Body, `name="transaction_password"`) {
				t.Fatalf("it is not asked for: %s", page.Body)
			}
			for _, wrong := range []string{"", "Wrong-1234-word"} {
				page := b.Submit(path, append(fields, "transaction_password", wrong)...)
				if !strings.HasPrefix(notice(page), "transaction_") || strings.Contains(page.Body, "current_data_wrong") {
					t.Errorf("%q: %s", wrong, notice(page))
				}
			}
		})
	}
	if n := r.Mail.Count(to, notify.VerifyAddress); n != 0 || r.account(a).Profile.PhoneNumber != a.Profile.PhoneNumber {
		t.Errorf("A2: %d codes sent, number %q", n, r.account(a).Profile.PhoneNumber)
	}
	if rec := r.Recorded(t, audit.TransactionPasswordFailed); rec.AccountID != a.ID {
		t.Errorf("%+v", rec)
	}
	b.Get(profilePath + "/phone")
	if page := b.Submit("/phone", "current", "09012345678", "new", "09087654321", "transaction_password", txSecret); page.URL.Path != profilePath {
		t.Fatalf("A2: %s", page.Body)
	}
	if rec := r.Recorded(t, audit.TransactionPasswordVerified); rec.Detail["operation"] != "registered_data_change" {
		t.Errorf("%+v", rec)
	}
	b.Get(profilePath + "/email")
	if page := b.Submit("/email", "current", a.Email, "new", to, "transaction_password", txSecret); !page.Has("/confirm") {
		t.Errorf("A2: %s", page.Body)
	}

	t.Run("A2 who has none chooses one first", func(t *testing.T) {
		_, b := reachable(r.Provider, "10000002")
		if page := b.Get(profilePath + "/phone"); page.URL.Path != ownPage {
			t.Errorf("%s %s", page.URL, page.Body)
		}
	})
	t.Run("A2 where no rule asks, no page does", func(t *testing.T) {
		r := txRig(t, nil)
		a, b := reachable(r.Provider, "10000003")
		r.GiveTransactionPassword(a, txSecret)
		if page := b.Get(profilePath + "/phone"); strings.Contains(page.Body, `name="transaction_password"`) {
			t.Errorf("%s", page.Body)
		}
	})
}
