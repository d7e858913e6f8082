package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"sekisho/idp/idptest/chromium"
)

// fraud changes what the page shows and what it sends, as a script in the customer's browser
// could: the amount everywhere it is written, and members added to every message.
const fraud = `(() => {
	const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
	for (let n; n = walk.nextNode();) n.textContent = n.textContent.replaceAll("300,000", "9,000,000");
	const send = window.fetch;
	window.fetch = (url, init) => {
		const body = JSON.parse(init.body || "{}");
		body.amount = 9000000;
		body.authorization_details = [{type: "withdrawal", amount: 9000000}];
		return send(url, {...init, body: JSON.stringify(body)});
	};
	return true;
})()`

// A withdrawal from its form to the receipt that proves it later: the customer reads amount
// and account, approves with a passkey, keeps the receipt, and the command finds it true with
// nothing but the published keys. What a script in the page makes of the amount reaches neither
// the withdrawal nor the receipt. RA-02
func TestWithdrawalToItsReceipt(t *testing.T) {
	t.Parallel()
	d := show(t)
	b := chromium.New(t).Passkeys()
	b.Before(noAutofill)
	b.Size(390, 844)
	enrolled(t, d, b, 0)
	b.Open(d.broker + "/signin")
	b.WaitURL(d.broker)

	b.Open(d.broker + "/withdraw")
	b.Fill("amount", "300,000")
	b.Click(`form[action="/withdraw"] button`)
	b.WaitURL(d.provider + "/interaction/")
	b.Wait(`document.querySelector('[data-passkey-start]')`)
	b.Says("300,000円", "みどり銀行", "1234567", "ご本人名義", "青葉トレード")
	chromium.Eval[bool](b, fraud)
	b.Click(`[data-passkey-start]`)
	b.Wait(`location.href.startsWith("` + d.broker + `") || document.querySelector('#live').innerText.trim() !== ''`)
	if strings.HasPrefix(b.URL(), d.provider) { // the edited message was refused; the customer reads the page again
		b.Open(b.URL())
		b.Wait(`document.querySelector('[data-passkey-start]')`)
		b.Says("300,000円")
		b.Click(`[data-passkey-start]`)
	}
	b.WaitURL(d.broker + "/receipt/")
	b.WaitText("お客様の承認")
	b.Says("300,000円", "2,950,000円", "みどり銀行 本店 ••••567", "パスキー", "控えの番号")
	b.Click(`summary`)
	b.Shot("broker-receipt")
	b.NoViolations()

	folder := t.TempDir()
	b.Downloads(folder)
	b.Click(`a[download]`)
	file := downloaded(t, folder, "aoba-receipt-*.jwt")
	keySet := filepath.Join(t.TempDir(), "jwks.json")
	published := d.get(chromium.Eval[string](b, `document.querySelector('details a').href`))
	if err := os.WriteFile(keySet, []byte(published), 0o600); err != nil {
		t.Fatal(err)
	}
	shownCommand := chromium.Eval[string](b, `document.querySelector('details code').innerText`)
	if want := "sekisho receipt verify " + filepath.Base(file) + " --jwks jwks.json"; shownCommand != want {
		t.Errorf("the page says %q, want %q", shownCommand, want)
	}
	var out bytes.Buffer
	if status := run(t.Context(), []string{"receipt", "verify", file, "--jwks", keySet, "--json"}, nil, nil, &out, &out); status != 0 {
		t.Fatalf("%d %s", status, &out)
	}
	var answer receiptVerified
	if err := json.Unmarshal(out.Bytes(), &answer); err != nil || !answer.Valid || answer.Receipt.Client != demoClient || answer.Receipt.Evidence.Kind != "passkey" ||
		!strings.Contains(string(answer.Receipt.Details), `300000`) || strings.Contains(string(answer.Receipt.Details), "9000000") {
		t.Errorf("%v %s", err, &out)
	}
	ownApproval(t, d, b, answer.Receipt.ID)
}

// downloaded waits for the one receipt in a folder.
func downloaded(t *testing.T, folder, name string) string {
	t.Helper()
	for range 200 {
		if found, _ := filepath.Glob(filepath.Join(folder, name)); len(found) == 1 {
			return found[0]
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Fatal("nothing was downloaded")
	return ""
}

// ownApproval finds the same withdrawal at the provider: masked in the list, with what became
// of it, and the same receipt. The session is a minute old, so nothing more is asked.
func ownApproval(t *testing.T, d *shown, b *chromium.Tab, id string) {
	t.Helper()
	b.Open(d.provider + "/account/approvals")
	b.Says("出金 300,000円", "••••67", "青葉トレード", "に使われました")
	if strings.Contains(b.Text(), "1234567") {
		t.Error("A11: the account number is in the list")
	}
	b.Shot("approvals")
	b.Click(`.rows a[href="/account/approvals/` + id + `"]`)
	b.WaitText("承認の内容")
	b.Shot("approval")
	b.Click(`a[href$="/full"]`)
	b.WaitText("1234567")
	b.Shot("approval-full")
	folder := t.TempDir()
	b.Downloads(folder)
	b.Click(`a[download]`)
	if file := downloaded(t, folder, "receipt-"+id+".jwt"); file == "" {
		t.Error("no receipt")
	}
	b.NoViolations()
}
