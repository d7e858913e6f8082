package explain

import (
	"fmt"
	"maps"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"sekisho/config"
)

// rich is a configuration with everything switched on, so that every field has something to say.
func rich() *config.Config {
	c := config.Demo("")
	c.Password.Transaction.Enabled = true
	c.Passkey.Attestation = config.AttestationHardware
	ops := c.Assurance.Operations
	ops["payout_account_change"] = config.Operation{Deny: true, DenyReason: config.Text{"ja": "停止中です。", "en": "Suspended."}}
	data := ops["registered_data"]
	data.TransactionPassword, data.TransactionOr = true, config.LevelMFA
	ops["registered_data"] = data
	c.Tokens.Exchange = map[string]config.Exchange{
		"settlement": {Client: "trading-api", From: []string{"https://api.example"}, To: []string{"https://settlement.example"}, Scopes: []string{"profile"}, Lifetime: time.Minute},
		"archive":    {Client: "trading-api", From: []string{"https://api.example"}, To: []string{"https://archive.example"}, Unbound: true},
	}
	c.Device.Enabled = true
	c.SecurityQuestion = config.SecurityQuestion{Enabled: true, Questions: map[string]config.Text{"river": {"ja": "好きな川", "en": "A river"}}}
	ops["deposit"] = config.Operation{Level: config.LevelPhishingResistant, From: time.Date(2026, 5, 15, 0, 0, 0, 0, time.UTC),
		Before: &config.Operation{Level: config.LevelEmail, MaxAge: 15 * time.Minute,
			TransactionPassword: true, TransactionOr: config.LevelMFA}}
	return c
}

// silent are the fields that change nothing a customer meets, or nothing that can be said in
// a sentence: what machines need, and how the pages look.
var silent = []string{
	"preset", "mode", "listen", "operations", "database", "kek", "audit", "log",
	"firm.mark", "firm.accent", "firm.accent_dark",
	"mail.kind", "mail.smtp", "mail.mailbox_addr",
	"passkey.origins", "passkey.attestation_roots",
	"password.argon2", "password.parallel", "password.queue", "password.pepper",
	"tokens.code", "tokens.id_token", "tokens.refresh_grace", "tokens.clock_skew", "tokens.algorithms",
	"tokens.key_overlap", "tokens.key_keep_after", "tokens.rotate_every",
	"tokens.dpop_nonce", "tokens.pushed_request", "tokens.require_pushed_requests", "throttle.pushed_requests.every", "throttle.pushed_requests.burst",
	"registration.policy", "registration.allow_open", "registration.profile", "registration.scopes", "registration.resources", "registration.max_clients", "registration.rate.every", "registration.rate.burst", "registration.statements", "registration.require_statement", // relying parties' business
	"device.interval", "device.requests", // relying parties' business
	"logout.timeout", "logout.give_up", "logout.frames", "outbound.allowed_networks", "letters.fonts",
	"assurance.sign_in.deny_reason",    // told where deny is set
	"assurance.sign_in.transaction_or", // signing in never asks for the transaction password
	"transactions",
}

func quiet(path string) bool {
	return slices.ContainsFunc(silent, func(s string) bool { return path == s || strings.HasPrefix(path, s+".") })
}

// changed are values of a field other than the one it has.
func changed(v reflect.Value) (out []any) {
	switch x := v.Interface().(type) {
	case time.Duration:
		return []any{x*2 + time.Second}
	case time.Time:
		return []any{x.Add(24 * time.Hour)}
	case string:
		return []any{x + "x", config.LevelPhishingResistantHardware, config.LevelPhishingResistant, config.AttestationNone, "Asia/Seoul", "digits", ""}
	case int:
		return []any{x + 1}
	case bool:
		return []any{!x}
	case []string:
		return []any{append(slices.Clone(x), "symbol"), []string{"en"}, []string{"passkey"}}
	case config.Text:
		return []any{config.Text{"ja": "別の言葉", "en": "Other words"}}
	case map[string]config.Exchange:
		return []any{map[string]config.Exchange{"ledger": {Client: "settlement-api"}}}
	case map[string]config.Text:
		return []any{map[string]config.Text{"hill": {"ja": "好きな丘", "en": "A hill"}}}
	}
	return nil
}

// visit calls f for every field a firm can set, with its path.
func visit(v reflect.Value, path string, f func(reflect.Value, string)) {
	if v.Kind() == reflect.Pointer {
		if v.IsNil() {
			return
		}
		v = v.Elem()
	}
	if v.Kind() == reflect.Struct && v.Type() != reflect.TypeFor[time.Time]() {
		for i := range v.NumField() {
			if key := v.Type().Field(i).Tag.Get("koanf"); key != "" && key != "-" {
				visit(v.Field(i), strings.TrimPrefix(path+"."+key, "."), f)
			}
		}
		return
	}
	f(v, path)
}

func told(t *testing.T, c *config.Config, lang string) string {
	t.Helper()
	sections, err := Sections(c, lang)
	if err != nil {
		return "" // a value no configuration can have
	}
	return fmt.Sprint(sections)
}

// differs reports whether some other value of the field is heard in both languages.
func differs(t *testing.T, c *config.Config, field reflect.Value, write func()) bool {
	t.Helper()
	old := reflect.New(field.Type()).Elem()
	old.Set(field)
	defer func() { field.Set(old); write() }()
	before := map[string]string{"ja": told(t, c, "ja"), "en": told(t, c, "en")}
	for _, value := range changed(old) {
		field.Set(reflect.ValueOf(value))
		write()
		ja, en := told(t, c, "ja"), told(t, c, "en")
		if ja != "" && en != "" && ja != before["ja"] && en != before["en"] {
			return true
		}
	}
	return false
}

// Every field that changes what a customer meets changes what is said about it, in both
// languages; a new field is said or listed above.
func TestEveryFieldIsTold(t *testing.T) {
	c := rich()
	seen := map[string]bool{}
	visit(reflect.ValueOf(c), "", func(field reflect.Value, path string) {
		switch {
		case path == "assurance.operations":
			return
		case strings.HasSuffix(path, "sign_in.from") || strings.Contains(path, "sign_in.before"):
			return // told by the same code as an operation's, below
		}
		seen[path] = true
		if got := differs(t, c, field, func() {}); got == quiet(path) {
			t.Errorf("%s changes what is said: %v", path, got)
		}
	})
	for _, path := range silent {
		if !slices.ContainsFunc(slices.Collect(maps.Keys(seen)), func(s string) bool { return s == path || strings.HasPrefix(s, path+".") }) {
			t.Errorf("%s is excused but is no field", path)
		}
	}
}

func TestEveryFieldOfAnOperationIsTold(t *testing.T) {
	c := rich()
	heard, known := map[string]bool{}, map[string]bool{}
	for name, o := range c.Assurance.Operations {
		visit(reflect.ValueOf(&o), "", func(field reflect.Value, path string) {
			known[path] = true
			if differs(t, c, field, func() { c.Assurance.Operations[name] = o }) {
				heard[path] = true
			}
		})
	}
	for path := range known {
		if !heard[path] && !slices.Contains([]string{"before.deny_reason", "before.from", "before.name"}, path) {
			t.Errorf("%s of no operation changes what is said", path)
		}
	}
}

// Both languages have the same texts, each is used, and each is a whole sentence or a part of one.
func TestTexts(t *testing.T) {
	all := languages()
	for id := range all["ja"] {
		if all["en"][id] == nil {
			t.Errorf("%s is not in English", id)
		}
	}
	for id := range all["en"] {
		if all["ja"][id] == nil {
			t.Errorf("%s is not in Japanese", id)
		}
	}
	japanese := regexp.MustCompile(`[ぁ-んァ-ヶ一-龠]`)
	for _, lang := range Languages {
		for _, preset := range []*config.Config{config.Demo(""), rich()} {
			sections, err := Sections(preset, lang)
			if err != nil {
				t.Fatal(err)
			}
			for _, s := range sections {
				if len(s.Sentences) == 0 || s.Title == "" {
					t.Errorf("%s %s: nothing is said", lang, s.ID)
				}
				for _, line := range s.Sentences {
					plain := strings.NewReplacer("青葉証券", "", "お客様コード", "").Replace(line)
					if strings.Contains(line, "{{") || strings.Contains(line, "<no value>") || (lang == "ja") != japanese.MatchString(plain) {
						t.Errorf("%s %s: %s", lang, s.ID, line)
					}
				}
			}
		}
	}
	if _, err := Sections(rich(), "fr"); err == nil {
		t.Error("explained in a language without texts")
	}
}

func TestSentences(t *testing.T) {
	c := rich()
	for lang, want := range map[string][]string{
		"ja": {
			"入金：2026年5月15日 09:00から：ご本人の確認は、パスキーで行います。",
			"入金：2026年5月15日 09:00まで：ご本人の確認は、パスワードとメールの確認コード、またはそれより強い方法で行います。確認から15分を過ぎると、もう一度確認します。",
			"出金先口座の変更：停止しています。「停止中です。」と表示します。",
			"ログインパスワードは、続けて5回まちがえると1分停止します。その後は停止のたびに長さが2倍になり、最長12時間です。100回続けてまちがえると、窓口で解除するまで使えません。",
			"メールの確認コードは6桁の数字で、届いてから10分有効です。",
			"あわせて取引パスワードを毎回おたずねします。その場でパスワードと認証アプリの確認コード、またはパスキーで確認したお客様には、おたずねしません。",
			"お客様は、さらに厳しい確認を選べます（認証アプリかパスキーでの確認、パスキーだけでの確認、お手続きのたびの確認）。",
			"秘密の質問は、「好きな川」から選びます。",
			"個人のお客様が使えるのは、パスキー、認証アプリ、メールの確認コード、復旧コードです。",
		},
		"en": {
			"Deposit: From 15 May 2026, 09:00: The customer proves who they are by a passkey.",
			"Deposit: Until 15 May 2026, 09:00: The customer proves who they are by a password and a mailed code, or anything stronger.",
			"Change of the payout account: It is switched off, and customers read “Suspended.”",
			"5 mistakes in a row pause it for 1 minute, each further pause is twice as long, up to 12 hours, and after 100 in a row only the help desk unlocks it.",
			"An account has at most 3 passkeys.",
			"Customers may choose to be asked for more (at least an authenticator app, only a passkey or a new proof each time).",
			"Temporary passwords are sent to the registered address by registered mail. One is good for 30 days from the request",
			"Customers are warned 2 minutes before a sign-in ends, and may stay.",
		},
	} {
		text := told(t, c, lang)
		for _, sentence := range want {
			if !strings.Contains(text, sentence) {
				t.Errorf("%s: missing %q in\n%s", lang, sentence, text)
			}
		}
	}
}

func TestDurations(t *testing.T) {
	for d, want := range map[time.Duration][2]string{
		0:                            {"0秒", "0 seconds"},
		90 * time.Second:             {"1分30秒", "1 minute 30 seconds"},
		24 * time.Hour:               {"24時間", "24 hours"},
		72 * time.Hour:               {"3日", "3 days"},
		250 * time.Millisecond:       {"250ミリ秒", "250 milliseconds"},
		73*time.Hour + 1*time.Minute: {"73時間1分", "73 hours 1 minute"},
	} {
		for i, lang := range Languages {
			if got := (&teller{lang: lang}).duration(d); got != want[i] {
				t.Errorf("%s in %s: %q, want %q", d, lang, got, want[i])
			}
		}
	}
}
