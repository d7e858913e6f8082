package brokerage_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
)

// RA-02 SU-08: the API pays out for exactly what was approved. Whatever else a token says, of
// the amount, the account or anything beside them, is answered with what has to be approved
// instead, and uses no approval up.
func TestOnlyTheApprovedWithdrawal(t *testing.T) {
	good := fmt.Sprintf(takeDetails, 50_000)
	with := func(old, new string) string { return strings.Replace(good, old, new, 1) }
	for name, c := range map[string]struct {
		details, body string
		want          int
	}{
		"the same":                   {good, take, 201},
		"spelled otherwise":          {`[ {"amount":50000,` + strings.TrimPrefix(with(`"amount":50000,`, ``), `[{`), take, 201},
		"a larger amount":            {good, `{"amount":9000000}`, 401},
		"a smaller amount":           {good, `{"amount":5000}`, 401},
		"another account":            {with("1234567", "7654321"), take, 401},
		"another bank":               {with("みどり銀行", "あお銀行"), take, 401},
		"another holder":             {with("ご本人名義", "アオバ ジロウ"), take, 401},
		"another kind of account":    {with("ordinary", "current"), take, 401},
		"another type":               {with(`"withdrawal"`, `"order"`), take, 401},
		"a member more":              {with(`"amount"`, `"memo":"x","amount"`), take, 401},
		"a member less":              {with(`"branch":"本店",`, ``), take, 401},
		"a name in other letters":    {with(`"amount"`, `"Amount"`), take, 401},
		"an amount as text":          {with(`50000`, `"50000"`), take, 401},
		"an amount as a fraction":    {with(`50000`, `50000.0`), take, 401},
		"two transactions":           {with(`]`, `,`+good[1:]), take, 401},
		"none":                       {`[]`, take, 401},
		"no array":                   {strings.Trim(good, `[]`), take, 401},
		"nothing":                    {`null`, take, 401},
		"an order that says more":    {good, `{"amount":50000,"destination":{"number":"7654321"}}`, 400},
		"an amount beyond the limit": {good, `{"amount":99999999}`, 401},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFirm(t, nil)
			resp := f.api(t, http.MethodPost, "/withdrawals", "Bearer "+f.op.detailedToken(c.details, withdrawACR, f.clock.now().Unix()), c.body)
			if resp.StatusCode != c.want {
				t.Errorf("status %d, want %d", resp.StatusCode, c.want)
			}
			if used := f.op.used; used != map[bool]int{true: 1, false: 0}[c.want == 201] {
				t.Errorf("%d approvals used up", used)
			}
			if c.want == 401 && !strings.Contains(resp.Header.Get("WWW-Authenticate"), `acr_values="urn:sekisho:op:withdrawal"`) {
				t.Errorf("challenge %q", resp.Header.Get("WWW-Authenticate"))
			}
		})
	}
}

// The refusal says what has to be approved, so that a client can start again (RFC 9396, 9470).
func TestChallengeNamesTheTransaction(t *testing.T) {
	f := newFirm(t, nil)
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, f.URL+"/api/withdrawals", strings.NewReader(take))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+f.op.accessToken(withdrawACR, f.clock.now().Unix()))
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var said struct {
		Error   string
		Details json.RawMessage `json:"authorization_details"`
	}
	if err := json.NewDecoder(resp.Body).Decode(&said); err != nil || resp.StatusCode != 401 ||
		said.Error != "insufficient_user_authentication" || string(said.Details) != fmt.Sprintf(takeDetails, 50_000) {
		t.Errorf("%d %+v %v", resp.StatusCode, said, err)
	}
}

// LG-05: while the provider does not say that the approval is used up now, no money leaves.
// The page says so, and what became of the approval; the next try goes as it says.
func TestLG05NothingIsPaidWithoutTheProvidersWord(t *testing.T) {
	down := func(w http.ResponseWriter) bool { w.WriteHeader(http.StatusServiceUnavailable); return true }
	for name, c := range map[string]struct {
		change    func(*provider)
		says      string
		approvals int // asked for altogether once the provider is well again
	}{
		"it answers that it is down": {func(p *provider) { p.answers = down }, "has not been used", 1},
		"it refuses the API":         {func(p *provider) { p.answers = func(w http.ResponseWriter) bool { w.WriteHeader(401); return true } }, "has not been used", 1},
		"it breaks off before":       {func(p *provider) { p.answers = breaksOff }, "has not been used", 1},
		"it breaks off after":        {func(p *provider) { p.answers, p.after = breaksOff, true }, "counts as used", 2},
		"it answers nonsense after": {func(p *provider) {
			p.answers, p.after = func(w http.ResponseWriter) bool { _, _ = w.Write([]byte("<html>")); return true }, true
		}, "counts as used", 2},
		"it cannot be asked either": {func(p *provider) { p.answers, p.after, p.mute = breaksOff, true, true }, "could not find out", 2},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFirm(t, nil)
			b := f.browser(t)
			b.signIn()
			f.op.set(func() { c.change(f.op) })
			b.post("/withdraw", url.Values{"amount": {"50,000"}}).wants(t, "/withdraw", "nothing was withdrawn", c.says, `value="50,000"`, "¥3,250,000", `role="alert"`)
			f.op.set(func() { f.op.answers, f.op.after, f.op.mute = nil, false, false })
			again := b.post("/withdraw", url.Values{"amount": {"50,000"}})
			again.wants(t, again.url.Path, "¥3,200,000", "Receipt number")
			if n := len(f.op.asked()) - 1; n != c.approvals {
				t.Errorf("%d approvals, want %d", n, c.approvals)
			}
			if b.get("/holdings").wants(t, "/holdings", "¥3,200,000"); f.op.used != c.approvals {
				t.Errorf("%d approvals used up for one withdrawal", f.op.used)
			}
		})
	}
	t.Run("the API is not registered there", func(t *testing.T) {
		f := newFirm(t, nil)
		f.op.noRedemption = true
		token := f.op.approvedToken(50_000, f.clock.now().Unix())
		if resp := f.api(t, http.MethodPost, "/withdrawals", "Bearer "+token, take); resp.StatusCode != http.StatusServiceUnavailable {
			t.Errorf("status %d", resp.StatusCode)
		}
	})
}

// An approval serves its own amount: with another one the customer is asked again.
func TestAnUnusedApprovalIsOfItsAmountOnly(t *testing.T) {
	f := newFirm(t, nil)
	b := f.browser(t)
	b.signIn()
	f.op.set(func() { f.op.answers = breaksOff })
	b.post("/withdraw", url.Values{"amount": {"50000"}}).wants(t, "/withdraw", "has not been used")
	f.op.set(func() { f.op.answers = nil })
	p := b.post("/withdraw", url.Values{"amount": {"900000"}})
	p.wants(t, p.url.Path, "¥900,000", "¥2,350,000")
	if n := len(f.op.asked()); n != 3 || f.op.used != 1 {
		t.Errorf("%d authorization requests, %d approvals used up", n, f.op.used)
	}
}

// RA-02: a firm pays out on a grant of what it asked for and on a receipt that proves it.
func TestFalseReceiptsPayNothing(t *testing.T) {
	edited := func(amount float64) func([]any) {
		return func(d []any) { d[0].(map[string]any)["amount"] = amount }
	}
	for name, change := range map[string]func(*provider){
		"another amount granted": func(p *provider) { p.granted = edited(9_000_000) },
		"a receipt of another amount": func(p *provider) {
			p.receipt = func(c map[string]any) { c["authorization_details"] = json.RawMessage(fmt.Sprintf(takeDetails, 1000)) }
		},
		"a receipt of another customer": func(p *provider) { p.receipt = func(c map[string]any) { c["sub"] = "sub-mallory" } },
		"a receipt for another firm":    func(p *provider) { p.receipt = func(c map[string]any) { c["aud"] = "other" } },
		"a receipt of another issuer":   func(p *provider) { p.receipt = func(c map[string]any) { c["iss"] = "https://evil.example" } },
		"another token as a receipt":    func(p *provider) { p.receipt = func(c map[string]any) { c["typ"] = "at+jwt" } },
		"a receipt without a number":    func(p *provider) { p.receipt = func(c map[string]any) { c["jti"] = "" } },
	} {
		t.Run(name, func(t *testing.T) {
			f := newFirm(t, nil)
			b := f.browser(t)
			b.signIn()
			f.op.set(func() { change(f.op) })
			b.post("/withdraw", url.Values{"amount": {"50000"}}).wants(t, "/withdraw", `role="alert"`, `value="50000"`, "¥3,250,000")
			if f.op.used != 0 {
				t.Error("an approval was used up")
			}
		})
	}
}

// The receipt page offers the receipt itself, to its own customer alone.
func TestReceiptFile(t *testing.T) {
	f := newFirm(t, nil)
	b := f.browser(t)
	b.signIn()
	p := b.post("/withdraw", url.Values{"amount": {"50000"}})
	number := regexp.MustCompile(`<code>(r-[A-Za-z0-9]+)</code>`).FindStringSubmatch(p.body)
	if number == nil {
		t.Fatalf("no number:\n%s", p.body)
	}
	file := b.get(p.url.Path + "/file")
	if claims := claimsOf(strings.TrimSpace(file.body)); claims["jti"] != number[1] || file.header.Get("Content-Type") != "application/jwt" ||
		file.header.Get("Content-Disposition") != `attachment; filename="aoba-receipt-`+number[1]+`.jwt"` {
		t.Errorf("%v %v", file.header, claims)
	}
	other := f.browser(t)
	other.signIn()
	if got := other.get(p.url.Path + "/file"); got.status != http.StatusNotFound {
		t.Errorf("somebody else's receipt: %d", got.status)
	}
	order := b.post("/trade", url.Values{"symbol": {"X204"}, "side": {"buy"}, "quantity": {"100"}})
	if got := b.get(order.url.Path + "/file"); got.status != http.StatusNotFound {
		t.Errorf("a receipt of an order: %d", got.status)
	}
}
