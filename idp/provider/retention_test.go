package provider_test

import (
	"strings"
	"testing"
	"time"

	"sekisho/config"
	"sekisho/idp"
	"sekisho/idp/audit"
	"sekisho/idp/idptest"
	"sekisho/idp/keys"
	"sekisho/storage"
	"sekisho/storage/storagetest"
)

// A node that starts on an old database deletes what the firm no longer has to keep, says
// so, and leaves a trail that verifies; one that was changed it leaves alone. LG-04 LG-07
func TestAuditRetention(t *testing.T) {
	for name, c := range map[string]struct {
		days   int
		tamper string
		left   int // of the old records
		says   string
	}{
		"old records go":                      {30, "", 2, audit.AuditExpired},
		"for ever":                            {0, "", 6, ""},
		"longer than they are old":            {300, "", 6, ""},
		"LG-04 a changed trail stays for all": {30, "UPDATE audit_records SET actor = 'operator' WHERE id = 1", 6, "the audit trail was changed"},
	} {
		t.Run(name, func(t *testing.T) {
			clock, kek, url := idptest.NewClock(), idptest.KEK(t), storagetest.SQLiteURL(t)
			store := storagetest.Open(t, url, storagetest.Clock(clock.Now))
			if err := store.Migrate(t.Context()); err != nil {
				t.Fatal(err)
			}
			vault, err := keys.OpenVault(kek)
			if err != nil {
				t.Fatal(err)
			}
			verify := func(message, mac []byte) bool { return vault.VerifyMAC(keys.PurposeAudit, mac, message) }
			for range 3 {
				old := idp.AuditRecord{At: clock.Now(), Event: "old.one", Result: audit.OK, Actor: audit.System}
				if err := store.AppendAudit(t.Context(), []idp.AuditRecord{old, old}); err != nil {
					t.Fatal(err)
				}
				if n, err := store.SealAudit(t.Context(), func(b []byte) []byte { return vault.MAC(keys.PurposeAudit, b) }, 10); n != 2 || err != nil {
					t.Fatalf("sealed %d, %v", n, err)
				}
				clock.Advance(time.Hour)
			}
			if c.tamper != "" {
				if _, err := idptest.Second(t, url).ExecContext(t.Context(), c.tamper); err != nil {
					t.Fatal(err)
				}
			}
			clock.Advance(100 * 24 * time.Hour)
			p := idptest.New(t, idptest.Options{Store: store, Clock: clock, KEK: kek, Edit: func(cfg *config.Config) {
				cfg.Audit.RetentionDays, cfg.Tokens.Algorithms = c.days, []string{"ES256"}
			}})
			for range 200 {
				if c.says == "" || strings.Contains(p.Logs.String(), c.says) {
					break
				}
				time.Sleep(10 * time.Millisecond)
			}
			if c.says != "" && !strings.Contains(p.Logs.String(), c.says) {
				t.Errorf("nobody says %q:\n%s", c.says, p.Logs)
			}
			list, err := store.AuditRecords(t.Context(), storage.AuditFilter{Event: "old.one"})
			if err != nil || len(list) != c.left {
				t.Errorf("%d old records left, want %d, %v", len(list), c.left, err)
			}
			if v, err := store.VerifyAuditWith(t.Context(), verify); err != nil || v.OK() != (c.tamper == "") {
				t.Errorf("LG-04 verdict %+v, %v", v, err)
			}
			if c.says == audit.AuditExpired {
				if r := p.Recorded(t, audit.AuditExpired); r.Detail["records"] != "4" || r.Actor != audit.System {
					t.Errorf("recorded %+v", r)
				}
			}
		})
	}
}
