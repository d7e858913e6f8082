package identifier_test

import (
	"errors"
	"strings"
	"testing"

	"sekisho/idp/authn/identifier"
)

// RC-08: one choke point folds width, case and composition.
func TestLoginNameCanonical(t *testing.T) {
	for name, tc := range map[string]struct{ in, want string }{
		"plain":                    {"12345678", "12345678"},
		"RC-08 full-width digits":  {"１２３４５６７８", "12345678"},
		"RC-08 full-width letters": {"ＡＢＣ－１２", "abc-12"},
		"RC-08 case":               {"Taro.YAMADA", "taro.yamada"},
		"RC-08 sharp s":            {"STRASSE", "strasse"},
		"RC-08 sharp s folded":     {"straße", "strasse"},
		"RC-08 Kelvin sign":        {"\u212Aei", "kei"},
		"RC-08 half-width kana":    {"ﾔﾏﾀﾞ", "ヤマダ"},
		"RC-08 decomposed":         {"か\u3099", "が"},
		"ideographic space around": {"　12345678 ", "12345678"},
		"Japanese mix":             {"山田タロウx", "山田タロウx"},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := identifier.LoginName(tc.in)
			if err != nil || got != tc.want {
				t.Fatalf("LoginName(%q) = %q, %v; want %q", tc.in, got, err, tc.want)
			}
		})
	}
}

// RC-08: look-alikes and invisible characters are refused, not dropped.
func TestLoginNameRefuses(t *testing.T) {
	for name, in := range map[string]string{
		"empty":                      "",
		"blank":                      "  　",
		"RC-08 zero width space":     "1234\u200b5678",
		"RC-08 zero width joiner":    "ab\u200dcd",
		"RC-08 soft hyphen":          "ab\u00adcd",
		"RC-08 BOM":                  "\ufeffabc",
		"RC-08 RTL override":         "abc\u202edef",
		"RC-08 RTL mark":             "abc\u200f",
		"RC-08 Hebrew letter":        "abcא",
		"RC-08 Arabic digit":         "١٢٣",
		"RC-08 variation selector":   "abc\ufe0f",
		"RC-08 Hangul filler":        "ab\u3164cd",
		"RC-08 combining joiner":     "ab\u034fcd",
		"RC-08 Cyrillic among ASCII": "p\u0430ypal",
		"RC-08 Greek among ASCII":    "\u03bfbama",
		"private use":                "ab\ue000",
		"invalid UTF-8":              "ab\xff",
		"replacement character":      "ab\ufffd",
		"NUL":                        "ab\x00",
		"OT-13 line break":           "ab\r\ncd",
		"OT-13 trailing line break":  "abcd\n",
		"inner space":                "ab cd",
		"slash from compatibility":   "\u2100",
		"leading dot":                ".abc",
		"too long":                   strings.Repeat("a", 65),
		"far too long":               strings.Repeat("a", 1<<20),
		"leading combining mark":     "\u0301abc",
	} {
		t.Run(name, func(t *testing.T) {
			if got, err := identifier.LoginName(in); !errors.Is(err, identifier.ErrMalformed) {
				t.Fatalf("LoginName(%q) = %q, %v; want ErrMalformed", in, got, err)
			}
		})
	}
}

// RC-08: lookup form and mail form come from one parse.
func TestEmailCanonical(t *testing.T) {
	for name, tc := range map[string]struct{ in, address, canonical string }{
		"plain":                      {"taro@example.com", "taro@example.com", "taro@example.com"},
		"RC-08 case kept for mail":   {"Taro.Y@EXAMPLE.com", "Taro.Y@example.com", "taro.y@example.com"},
		"RC-08 full width":           {"ｔａｒｏ＠ｅｘａｍｐｌｅ．ｃｏｍ", "taro@example.com", "taro@example.com"},
		"RC-08 ideographic stop":     {"taro@example。jp", "taro@example.jp", "taro@example.jp"},
		"RC-08 IDN":                  {"taro@青葉.example", "taro@xn--6s1au30b.example", "taro@xn--6s1au30b.example"},
		"RC-08 A-label":              {"taro@XN--6S1AU30B.example", "taro@xn--6s1au30b.example", "taro@xn--6s1au30b.example"},
		"RC-08 plus tag kept":        {"taro+sec@example.com", "taro+sec@example.com", "taro+sec@example.com"},
		"RC-08 Kelvin sign domain":   {"taro@\u212Aabu.jp", "taro@kabu.jp", "taro@kabu.jp"},
		"carrier dots are quoted":    {"abc..d.@docomo.ne.jp", `"abc..d."@docomo.ne.jp`, "abc..d.@docomo.ne.jp"},
		"quoted form is the same":    {`"abc..d."@docomo.ne.jp`, `"abc..d."@docomo.ne.jp`, "abc..d.@docomo.ne.jp"},
		"needless quotes are undone": {`"taro"@example.com`, "taro@example.com", "taro@example.com"},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := identifier.Email(tc.in)
			if err != nil || got.Address != tc.address || got.Canonical != tc.canonical {
				t.Fatalf("Email(%q) = %+v, %v", tc.in, got, err)
			}
		})
	}
}

// RC-08 and OT-13: nothing that could be another mailbox or another header gets through.
func TestEmailRefuses(t *testing.T) {
	for name, in := range map[string]string{
		"no at":                        "taro",
		"two ats":                      "taro@a.example@b.example",
		"RC-08 two ats by width":       "taro@a.example＠b.example",
		"empty local part":             "@example.com",
		"empty domain":                 "taro@",
		"single label":                 "taro@localhost",
		"trailing dot":                 "taro@example.com.",
		"address literal":              "taro@[127.0.0.1]",
		"display name":                 "Taro <taro@example.com>",
		"comment":                      "taro(x)@example.com",
		"OT-13 CRLF header":            "taro@example.com\r\nBcc: x@evil.example",
		"OT-13 LF in local part":       "ta\nro@example.com",
		"OT-13 CR":                     "taro@example.com\r",
		"OT-13 next line":              "taro@example.com\u0085",
		"OT-13 line separator":         "taro\u2028@example.com",
		"OT-13 list":                   "a@example.com,b@example.com",
		"RC-08 dotless i is not i":     "g\u0131thub@example.com",
		"RC-08 Cyrillic local part":    "t\u0430ro@example.com",
		"RC-08 zero width local part":  "ta\u200bro@example.com",
		"RC-08 zero width in domain":   "taro@exam\u200bple.com",
		"RC-08 RTL override in domain": "taro@\u202emoc.elpmaxe",
		"half quoted":                  `"taro@example.com`,
		"quoted line":                  "\"ta\r\nro\"@example.com",
		"local part too long":          strings.Repeat("a", 65) + "@example.com",
		"address too long":             "a@" + strings.Repeat(strings.Repeat("b", 60)+".", 4) + "example.com",
		"label too long":               "a@" + strings.Repeat("b", 64) + ".example",
		"underscore in domain":         "taro@ex_ample.com",
	} {
		t.Run(name, func(t *testing.T) {
			if got, err := identifier.Email(in); !errors.Is(err, identifier.ErrMalformed) {
				t.Fatalf("Email(%q) = %+v, %v; want ErrMalformed", in, got, err)
			}
		})
	}
}

func TestLookup(t *testing.T) {
	for in, want := range map[string]string{
		"１２３４":             "1234",
		"Taro＠Example.com": "taro@example.com",
		"Taro@Example.com": "taro@example.com",
	} {
		if got, err := identifier.Lookup(in); err != nil || got != want {
			t.Errorf("Lookup(%q) = %q, %v; want %q", in, got, err, want)
		}
	}
	if _, err := identifier.Lookup("a@b"); !errors.Is(err, identifier.ErrMalformed) {
		t.Errorf("Lookup of a malformed address: %v", err)
	}
}

// A11: personal data is masked, and the mask does not tell the length.
func TestMasks(t *testing.T) {
	for in, want := range map[string]string{
		"abcdef@example.com":      "ab••••@e••••",
		"abc@example.com":         "a••••@e••••",
		"ab@example.com":          "••••@e••••",
		`"abc..d."@docomo.ne.jp`:  "ab••••@d••••",
		"no address":              "••••",
		"a-very-long-one@ex.test": "a-••••@e••••",
	} {
		if got := identifier.MaskEmail(in); got != want {
			t.Errorf("A11: MaskEmail(%q) = %q, want %q", in, got, want)
		}
	}
	for in, want := range map[string]string{
		"12345678": "••••78", "123456789": "••••789", "1234": "••••4", "12": "••••", "": "••••",
		"山田太郎花子三": "••••子三", "taro@example.com": "t••••@e••••",
	} {
		if got := identifier.MaskLogin(in); got != want {
			t.Errorf("A11: MaskLogin(%q) = %q, want %q", in, got, want)
		}
	}
	if got := identifier.MaskTail("03-1234-5678", -1); got != "••••" {
		t.Errorf("MaskTail with nothing to keep = %q", got)
	}
}

// RC-08: canonical forms are fixed points, whatever comes in.
func FuzzCanonical(f *testing.F) {
	for _, s := range []string{"１２３", "Straße", "a@b.example", "ﷺ", "İstanbul", "ǅ", "ﬀ@ﬀ.example", "ſ", "ͅ"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if once, err := identifier.LoginName(s); err == nil {
			if twice, err := identifier.LoginName(once); err != nil || twice != once {
				t.Fatalf("LoginName(%q) = %q, then %q, %v", s, once, twice, err)
			}
		}
		if once, err := identifier.Email(s); err == nil {
			if strings.ContainsAny(once.Address, "\r\n\x00 <>,") {
				t.Fatalf("Email(%q) lets %q through", s, once.Address)
			}
			if twice, err := identifier.Email(once.Address); err != nil || twice != once {
				t.Fatalf("Email(%q) = %+v, then %+v, %v", s, once, twice, err)
			}
			if twice, err := identifier.Email(once.Canonical); err != nil || twice.Canonical != once.Canonical {
				t.Fatalf("Email(%q): canonical %q is no fixed point: %+v, %v", s, once.Canonical, twice, err)
			}
		}
		identifier.MaskEmail(s)
		identifier.MaskLogin(s)
	})
}
