package password_test

import (
	"slices"
	"strings"
	"testing"

	"sekisho/idp/authn/password"
)

var customer = password.Context{
	LoginName: "takeda77", Emails: []string{"hanako.takeda@example.com", "q@example.net"}, AccountNumbers: []string{"3051992"},
}

// good passes the default policy.
const good = "Xk3$mmvq-Lw8"

// reference is what row B6 asks for.
var reference = password.Policy{MinLength: 6, Digit: true, Upper: true, Lower: true, Symbols: "@#$%^&*_+-=:,.", OnlyASCII: true, MinScore: -1}

func TestPolicy(t *testing.T) {
	firm := password.Policy{ServiceNames: []string{"Aoba Securities", "aoba", "青葉証券"}}
	for name, tc := range map[string]struct {
		policy password.Policy
		plain  string
		want   []password.Reason
	}{
		"good":                                  {firm, good, nil},
		"PW-01 eleven":                          {firm, good[:11], []password.Reason{password.TooShort}},
		"PW-01 code points, not bytes":          {firm, "みどりかばん青", []password.Reason{password.TooShort}},
		"PW-01 twelve kana":                     {firm, "みどりのかばんとあおいそら", nil},
		"PW-01 a combined letter counts once":   {firm, "みと\u3099りのかは\u3099んとあおい", []password.Reason{password.TooShort}},
		"PW-01 256 allowed":                     {firm, strings.Repeat(good, 22)[:256], nil},
		"PW-01 257 refused":                     {firm, strings.Repeat(good, 22)[:257], []password.Reason{password.TooLong}},
		"PW-01 a kibibyte of bytes":             {firm, strings.Repeat("𠮟", 257), []password.Reason{password.TooLong}},
		"PW-01 no policy refuses 64":            {password.Policy{MinLength: 300}, strings.Repeat("x7$Q", 12) + "Lw8-vmzTpQ4&dJ2k", nil},
		"PW-02 no composition rules by default": {firm, "verlegene traktoren summen", nil},
		"PW-02 blanks and kanji allowed":        {firm, "緑の 鞄 と 遠い 空 の 下", nil},
		"PW-03 top list":                        {firm, "password1234", []password.Reason{password.Common, password.Guessable}},
		"PW-03 top list in another case":        {firm, "PassWord1234", []password.Reason{password.Common, password.Guessable}},
		"PW-03 top list in full width":          {firm, "ｐａｓｓｗｏｒｄ１２３４", []password.Reason{password.Common, password.Guessable}},
		"PW-03 long but on a breached list":     {firm, "1qaz2wsx3edc", []password.Reason{password.Common, password.Guessable}},
		"PW-03 repetition":                      {firm, "abababababababab", []password.Reason{password.Guessable}},
		"PW-03 keyboard walk":                   {firm, "qwertyuiop[]asdf", []password.Reason{password.Common, password.Guessable}},
		"PW-03 Japanese word in kana":           {firm, "パスワードパスワード１２３", []password.Reason{password.Guessable}},
		"PW-03 Japanese words in Latin letters": {firm, "kabushikitoushi", []password.Reason{password.Guessable}},
		"PW-03 Japanese words in kanji":         {firm, "株式投資東京大阪日本銀行番号", []password.Reason{password.Guessable}},
		"PW-03 name in kanji, repeated":         {firm, "山田太郎山田太郎山田太郎", []password.Reason{password.Guessable}},
		"PW-03 login name inside":               {firm, "Xk3$TAKEDA77mmvq-Lw8", []password.Reason{password.ContainsLogin}},
		"PW-03 login name with separators":      {firm, "Xk3$ta-ke-da-77mmvq-Lw8", []password.Reason{password.ContainsLogin}},
		"PW-03 service name":                    {firm, "Xk3$AOBA!mmvq-Lw8", []password.Reason{password.ContainsService}},
		"PW-03 service name in kanji":           {firm, "Xk3$青葉証券!mmvq-Lw8", []password.Reason{password.ContainsService}},
		"A1 e-mail address":                     {firm, "Xk3$hanako.takeda@example.com", []password.Reason{password.ContainsEmail, password.Guessable}},
		"A1 local part":                         {firm, "Xk3$Hanako.Takeda-Lw8", []password.Reason{password.ContainsEmail}},
		"A1 a one-letter local part is no word": {firm, "Xk3$mqmvqLw8", nil},
		"B6 account number":                     {firm, "Xk3$3051992-Lw8", []password.Reason{password.ContainsAccount}},
		"B6 all reasons at once":                {reference, "hoge", []password.Reason{password.TooShort, password.NeedsDigit, password.NeedsUpper}},
		"B6 classes present":                    {reference, "aK9xRb", nil},
		"B6 symbol from the list":               {password.Policy{MinLength: 6, Symbol: true, Symbols: "@#", MinScore: -1}, "kq9xrb!", []password.Reason{password.NeedsSymbol}},
		"B6 outside the list":                   {reference, "aK9xRb!", []password.Reason{password.BadCharacter}},
		"B6 123456":                             {password.Policy{MinLength: 6}, "123456", []password.Reason{password.Common, password.Guessable}},
		"control character":                     {firm, good + "\n", []password.Reason{password.BadCharacter}},
		"not UTF-8":                             {firm, good + "\xff", []password.Reason{password.BadCharacter}},
		"huge":                                  {firm, strings.Repeat("a", 1<<24), []password.Reason{password.TooLong}},
	} {
		t.Run(name, func(t *testing.T) {
			if got := tc.policy.Check(tc.plain, customer); !slices.Equal(got, tc.want) {
				t.Errorf("Check(%.40q) = %v, want %v", tc.plain, got, tc.want)
			}
		})
	}
}

// PW-03: the most used passwords are on the list whatever their length.
func TestTopPasswords(t *testing.T) {
	p := password.Policy{MinLength: 1, MinScore: -1}
	for _, plain := range []string{"123456", "password", "12345678", "qwerty", "123456789", "iloveyou", "sunshine", "princess", "football", "trustno1"} {
		if !slices.Contains(p.Check(plain, password.Context{}), password.Common) {
			t.Errorf("PW-03: %q is not on the list", plain)
		}
	}
	for _, plain := range []string{good, "緑の鞄と遠い空の下", "zv8-Qm2!rT"} {
		if slices.Contains(p.Check(plain, password.Context{}), password.Common) {
			t.Errorf("%q is on the list", plain)
		}
	}
}

func FuzzCheck(f *testing.F) {
	for _, s := range []string{good, "パスワード", "ー", "っゃ", "\xff", "ｶﾞ", "aaa", "ﷺ", "きゃ"} {
		f.Add(s)
	}
	p := password.Policy{Digit: true, Upper: true, Lower: true, Symbol: true, ServiceNames: []string{"青葉"}}
	f.Fuzz(func(t *testing.T, plain string) { p.Check(plain, customer) })
}
