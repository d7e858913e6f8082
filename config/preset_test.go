package config

import (
	"reflect"
	"strings"
	"testing"
	"time"
)

// particulars are what no preset can know: the firm's own name, hosts and secrets.
const particulars = `
issuer: https://login.aoba-sec.co.jp
listen: {trusted_proxies: [10.0.0.0/8]}
database: {url: "postgres://sekisho@db.internal/sekisho"}
kek: {file: kek}
firm:
  name: {ja: 青葉証券, en: Aoba Securities}
  help_desk: {phone: 0120-123-456, hours: {ja: 平日 8:00〜18:00, en: Weekdays}}
mail: {kind: smtp, from: no-reply@login.aoba-sec.co.jp, smtp: {host: smtp.internal}}
password: {pepper: {file: pepper}}
`

func loadPreset(t *testing.T, name, more string, environ ...string) *Config {
	t.Helper()
	path := write(t, "preset: "+name+"\n"+particulars+more,
		"kek", "CKrX3PoGEmQKWAowdHlwZS5nb29nbGVhcGlz", "pepper", "Qm9vbSBzaGFrZSB0aGUgcm9vbQ")
	c, err := Load(path, environ)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return c
}

// OP-02: production starts with every preset, once the firm's particulars are filled in.
func TestPresetsHoldInProduction(t *testing.T) {
	for _, name := range Presets() {
		if c := loadPreset(t, name, ""); c.Mode != Production || c.Preset != name {
			t.Errorf("%s: mode %q, preset %q", name, c.Mode, c.Preset)
		}
	}
}

// A preset says only what differs: a line that repeats the default is one to take out,
// except where the reference says the very number.
func TestPresetsDiffer(t *testing.T) {
	base := plain(reflect.ValueOf(*loadPreset(t, PresetDefault, ""))).(map[string]any)
	for _, name := range Presets()[1:] {
		tree := plain(reflect.ValueOf(*loadPreset(t, name, ""))).(map[string]any)
		if reflect.DeepEqual(tree["assurance"], base["assurance"]) || reflect.DeepEqual(tree["password"], base["password"]) {
			t.Errorf("%s changes no operation or no password", name)
		}
		for _, same := range []string{"tokens", "session", "throttle", "recovery", "audit"} {
			if !reflect.DeepEqual(tree[same], base[same]) {
				t.Errorf("%s changes %s, of which its reference says nothing", name, same)
			}
		}
	}
}

func TestPresetValues(t *testing.T) {
	a, b, d := loadPreset(t, "reference-a", ""), loadPreset(t, "reference-b", ""), loadPreset(t, "reference-d", "")
	may := time.Date(2026, 5, 15, 0, 0, 0, 0, time.FixedZone("", 9*3600))
	for what, ok := range map[string]bool{
		"A2 A asks for it in each of its operations": a.Password.Transaction.Enabled && a.Assurance.Operations["trade"].TransactionPassword &&
			a.Assurance.Operations["withdrawal"].TransactionPassword && a.Assurance.Operations["registered_data_change"].TransactionPassword,
		"A12 A asks before registered data and documents": a.Assurance.Operations["registered_data"].TransactionPassword && a.Assurance.Operations["electronic_delivery"].TransactionPassword,
		"A takes four digits, B does not":                 a.Password.Transaction.FourDigits && !b.Password.Transaction.FourDigits,
		"B6 three kinds and the listed symbols":           strings.Join(b.Password.Classes, " ") == "lower upper digit" && b.Password.Symbols == "@#$%^&*_+-=:,.",
		"B12 a factor and the transaction password":       b.Assurance.Operations["withdrawal"].TransactionPassword && b.Assurance.Operations["withdrawal"].Once,
		"B17 the payout account is shut, with a reason":   b.Assurance.Operations["payout_account_change"].Deny && b.Assurance.Operations["payout_account_change"].DenyReason["ja"] != "",
		"D2 passkeys from the middle of May": d.Assurance.Operations["withdrawal"].Level == LevelPhishingResistant && d.Assurance.Operations["trade"].From.Equal(may) &&
			d.Assurance.Operations["deposit"].Before.Level == LevelEmail,
		"D3 D5 six digits, ten minutes, three passkeys":                 d.EmailCode.Digits == 6 && d.EmailCode.TTL == 10*time.Minute && d.Passkey.Max == 3,
		"D7 beside the passkey":                                         d.Assurance.Operations["withdrawal"].TransactionPassword && d.Assurance.Operations["withdrawal"].Before.TransactionPassword,
		"A12 A takes an app's code in its place":                        a.Assurance.Operations["registered_data"].TransactionOr == LevelMFA && a.Assurance.Operations["electronic_delivery"].TransactionOr == LevelMFA,
		"A10 A asks a new device for personal data, B does not":         a.NewEnvironment.Check == CheckPersonalData && b.NewEnvironment.Check == CheckFactor,
		"A5 A8 questions, for regaining an account, put off at will":    a.SecurityQuestion.Enabled && a.SecurityQuestion.Recovery && !a.SecurityQuestion.Required && len(a.SecurityQuestion.Questions) == 5,
		"A6 A13 a keyboard, and a notice about old passwords":           a.Password.Keyboard.Enabled && a.Password.NoticeAfter > 0,
		"B7 choices within the floor":                                   len(b.Assurance.SignIn.Choices) == 2 && len(b.Assurance.Operations["trade"].Choices) == 3 && strings.Join(b.Assurance.Operations["withdrawal"].Choices, " ") == "totp passkey",
		"D3 D checks before every passkey, the others before the first": d.Passkey.AlwaysCheck && !a.Passkey.AlwaysCheck && !b.Passkey.AlwaysCheck,
		"D says nothing of questions":                                   !d.SecurityQuestion.Enabled && d.NewEnvironment.Check == CheckFactor,
		"what a preset leaves alone stays":                              d.Assurance.Operations["withdrawal"].TrustedPasskey && a.Assurance.Operations["withdrawal"].RespectHold,
	} {
		if !ok {
			t.Error(what)
		}
	}
}

// PW-01 PW-02: what a reference does below the floor is not done, however old the reference.
func TestPresetsKeepTheFloor(t *testing.T) {
	for _, name := range Presets() {
		c := loadPreset(t, name, "")
		if c.Password.MinLength < 8 || c.Password.Transaction.MinLength < 6 || c.Password.MinScore < 2 {
			t.Errorf("%s: %+v", name, c.Password)
		}
		if c.Assurance.SignIn.Level == "" {
			t.Errorf("%s: signing in takes a single factor", name)
		}
		if !c.Assurance.Operations["withdrawal"].RespectHold || !c.Assurance.Operations["payout_account_change"].RespectHold {
			t.Errorf("%s: money moves right after a recovery", name)
		}
	}
}

func TestFileAndEnvironmentStandOverThePreset(t *testing.T) {
	c := loadPreset(t, "reference-d", "passkey: {max: 5}\nassurance: {operations: {trade: {max_age: 5m}}}\n", "SEKISHO_EMAIL_CODE__DIGITS=8")
	if trade := c.Assurance.Operations["trade"]; c.Passkey.Max != 5 || c.EmailCode.Digits != 8 || trade.MaxAge != 5*time.Minute || trade.Level != LevelPhishingResistant {
		t.Errorf("%+v", trade)
	}
	if c := loadPreset(t, "reference-d", "", "SEKISHO_PRESET=reference-b"); c.Preset != "reference-b" || !c.Assurance.Operations["payout_account_change"].Deny {
		t.Error("the environment's preset does not hold")
	}
	_, err := Load(write(t, development+"preset: reference-c\n"), nil)
	if err == nil || !strings.Contains(err.Error(), ":3: preset") || !strings.Contains(err.Error(), "reference-d") {
		t.Errorf("a preset that is not there: %v", err)
	}
	_, err = Load(write(t, development+"preset: [reference-a]\n"), nil)
	if err == nil || !strings.Contains(err.Error(), "preset is a value") {
		t.Errorf("a list: %v", err)
	}
}
