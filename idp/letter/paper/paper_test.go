package paper_test

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"sekisho/idp/letter/paper"
)

// Where Debian's packages put the fonts; .ci/setup installs them.
const (
	gothic = "/usr/share/fonts/opentype/ipaexfont-gothic/ipaexg.ttf"
	mincho = "/usr/share/fonts/truetype/ipamj/ipamjm.ttf"
)

const (
	yoshi   = "\U00020BB7" // 𠮷, outside the Basic Multilingual Plane
	kuzuIVS = "葛\U000E0100"
)

func sample() paper.Letter {
	return paper.Letter{
		Number: "0a1b2c3d4e", Name: yoshi + "田　" + kuzuIVS + "子", PostalCode: "1000005",
		Address: []string{"東京都千代田区丸の内" + "髙﨑町１丁目２番３号", "青葉マンション４０５"},
		Firm:    "青葉証券", FirmEN: "Aoba Securities", HelpLine: "0120-000-000", HelpHours: "平日 8:00〜18:00",
		Site: "login.aoba.example", Login: "お客様コード", Date: "2026年11月24日", Until: "2026年12月22日まで", UntilEN: "22 December 2026",
		Secrets: []paper.Secret{{"仮ログインパスワード", "Temporary login password", "8B5S2ZGQ6WX7MNHK"}, {"仮取引パスワード", "Temporary transaction password", "3RTY9PDF4LCVUJAE"}},
	}
}

func press(t *testing.T, files ...string) *paper.Press {
	t.Helper()
	p, err := paper.Open(files)
	if err != nil {
		t.Fatalf("%v; the fonts come with .ci/setup", err)
	}
	return p
}

// written puts the PDF where a test, or somebody who wants to look, finds it.
func written(t *testing.T, pdf []byte) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "letter.pdf")
	if dir := os.Getenv("SEKISHO_TEST_LETTERS"); dir != "" {
		file = filepath.Join(dir, "letter.pdf")
	}
	if err := os.WriteFile(file, pdf, 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

func textOf(t *testing.T, pdf []byte) string {
	t.Helper()
	out, err := exec.Command("pdftotext", "-layout", written(t, pdf), "-").Output()
	if err != nil {
		t.Fatalf("pdftotext: %v; it comes with .ci/setup (poppler-utils)", err)
	}
	return string(out)
}

// A9: the letter carries names as they are written, rare characters and variation
// selectors included, and the temporary passwords with how they are read.
func TestLetter(t *testing.T) {
	printable, err := press(t, gothic, mincho).Print(sample())
	if err != nil {
		t.Fatal(err)
	}
	pdf := printable.PDF
	if page := string(printable.HTML); !strings.Contains(page, "@page{size:A4") || strings.Count(page, "@font-face") != 2 || strings.Contains(page, "8B5S") {
		t.Error("the page for printing lacks its size or its glyphs")
	}
	if dir := os.Getenv("SEKISHO_TEST_LETTERS"); dir != "" {
		if err := os.WriteFile(filepath.Join(dir, "letter.html"), printable.HTML, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if len(pdf) > 600_000 {
		t.Errorf("%d bytes: whole fonts are embedded", len(pdf))
	}
	text := textOf(t, pdf)
	bare := strings.Join(strings.Fields(text), "")
	for _, want := range []string{
		yoshi, "髙", "﨑", kuzuIVS, "〒100-0005", "様", "青葉証券", "0120-000-000", "login.aoba.example", "8B5S2ZGQ6WX7MNHK", "3RTY9PDF4LCVUJAE",
		"ダブリュ", "2026年12月22日まで", "InEnglish",
	} {
		if !strings.Contains(bare, want) {
			t.Errorf("the letter does not say %q:\n%s", want, text)
		}
	}
	if strings.Contains(text, "http") {
		t.Error("the letter carries a link")
	}
	if out, err := exec.Command("pdffonts", written(t, pdf)).CombinedOutput(); err != nil || strings.Contains(string(out), "Error") || strings.Count(string(out), "yes yes yes") != 2 {
		t.Errorf("fonts are not embedded as subsets with Unicode: %v\n%s", err, out)
	}
}

func TestVariantIsAnotherGlyph(t *testing.T) {
	a, b := sample(), sample()
	a.Name, b.Name = "葛子", kuzuIVS+"子" // two forms of one character
	p := press(t, gothic, mincho)
	one, err := p.Print(a)
	if err != nil {
		t.Fatal(err)
	}
	other, err := p.Print(b)
	if err != nil {
		t.Fatal(err)
	}
	if string(one.PDF) == string(other.PDF) || string(one.HTML) == string(other.HTML) {
		t.Error("the variation selector makes no difference")
	}
}

func TestMissingCharacters(t *testing.T) {
	for name, c := range map[string]struct {
		fonts  []string
		person string
		want   string
	}{
		"a character no font has":           {[]string{gothic, mincho}, "山田\U0001F600子", "U+1F600"},
		"a variation no font has":           {[]string{gothic}, "葛\U000E0103子", "葛\U000E0103 (U+845B U+E0103)"},
		"a selector that stands for itself": {[]string{gothic, mincho}, "葛\U000E01EF子", "U+845B U+E01EF"},
	} {
		l := sample()
		l.Name = c.person
		pdf, err := press(t, c.fonts...).Print(l)
		var missing *paper.MissingError
		if !errors.As(err, &missing) || !errors.Is(err, paper.ErrMissing) || !strings.Contains(err.Error(), c.want) || pdf != nil {
			t.Errorf("%s: %v, want it named with %s", name, err, c.want)
		}
	}
}

func TestFontFiles(t *testing.T) {
	if _, err := paper.Open(nil); err == nil {
		t.Error("letters without fonts")
	}
	dir := t.TempDir()
	good, err := os.ReadFile(gothic)
	if err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string][]byte{"text.ttf": []byte("this is no font at all, but long enough to look at"), "cut.ttf": good[:4000], "outlines.otf": append([]byte("OTTO"), good[4:]...)} {
		file := filepath.Join(dir, name)
		if err := os.WriteFile(file, content, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := paper.Open([]string{file}); !errors.Is(err, paper.ErrFont) || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := paper.Open([]string{filepath.Join(dir, "none.ttf")}); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no file: %v", err)
	}
}
