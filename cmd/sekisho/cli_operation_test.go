package main

import (
	"io"
	"net/http"
	"net/http/cookiejar"
	"strings"
	"testing"

	"sekisho/idp/idptest"
)

type shownOperation struct {
	Operation, State string
	Reason           map[string]string
}

// B17: an operator switches an operation off and on again; it is in the list and in the trail.
func TestOperationSwitch(t *testing.T) {
	d := migratedDesk(t)
	states := func() string {
		t.Helper()
		var list []shownOperation
		d.json(&list, "operation", "list")
		var out []string
		for _, o := range list {
			out = append(out, o.Operation+"="+o.State)
		}
		return strings.Join(out, " ")
	}
	if got := states(); !strings.HasPrefix(got, "sign_in=on ") || !strings.Contains(got, "withdrawal=on") || strings.Contains(got, "off") {
		t.Errorf("B17: %s", got)
	}
	d.fails(2, []string{`no operation "withdrawl"`}, "operation", "deny", "withdrawl")
	d.fails(2, []string{"--reason-en is missing"}, "operation", "deny", "withdrawal", "--reason-ja", "点検中です")
	d.fails(2, []string{"one line"}, "operation", "deny", "withdrawal", "--reason-ja", "a\nb", "--reason-en", "x")
	d.fails(1, []string{"was not switched off"}, "operation", "allow", "withdrawal")
	var off []shownOperation
	d.json(&off, "operation", "deny", "withdrawal", "--reason-ja", "不正出金が相次いでいるため停止しています。", "--reason-en", "Stopped because of fraud.")
	if len(off) != 1 || off[0].State != "off" || off[0].Reason["en"] != "Stopped because of fraud." {
		t.Errorf("B17: %+v", off)
	}
	if got := states(); !strings.Contains(got, "withdrawal=off") || !strings.Contains(got, "trade=on") {
		t.Errorf("B17: %s", got)
	}
	d.json(&off, "operation", "allow", "withdrawal")
	if len(off) != 1 || off[0].State != "on" || strings.Contains(states(), "off") {
		t.Errorf("B17: %+v", off)
	}
	for event, n := range map[string]int{"operation.stopped": 1, "operation.resumed": 1} {
		if got := d.count("SELECT COUNT(*) FROM audit_records WHERE actor = 'operator' AND event = '" + event + "'"); got != n {
			t.Errorf("B17: %d records of %s", got, event)
		}
	}
}

// B17: nodes that are already serving learn of it without a restart.
func TestOperationSwitchReachesServingNodes(t *testing.T) {
	d := migratedDesk(t)
	s := d.serve("node.yaml")
	_, port, _ := strings.Cut(s.public, ":")
	d.ok("client", "add", "--config", d.path("node.yaml"), "--id", "app", "--name", "App", "--native", "--auth-method", "none", "--redirect-uri", "jp.co.aoba.app:/callback")
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	browser := &http.Client{Jar: jar}
	page := func() string {
		q := idptest.AuthorizeQuery("app", "jp.co.aoba.app:/callback", "acr_values", "urn:sekisho:op:withdrawal", "ui_locales", "en")
		resp, err := browser.Get("http://localhost:" + port + "/authorize?" + q.Encode())
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		body, err := io.ReadAll(resp.Body)
		if err != nil {
			t.Fatal(err)
		}
		return string(body)
	}
	const reason = "Stopped because of fraud."
	if strings.Contains(page(), reason) {
		t.Fatal("it is off already")
	}
	d.ok("operation", "deny", "withdrawal", "--config", d.path("node.yaml"), "--reason-ja", "停止しています。", "--reason-en", reason)
	eventually(t, func() bool { return strings.Contains(page(), reason) })
	d.ok("operation", "allow", "withdrawal", "--config", d.path("node.yaml"))
	eventually(t, func() bool { return !strings.Contains(page(), reason) })
}
