package paper

import (
	"errors"
	"fmt"
	"strings"

	"sekisho/idp/authn/temporary"
)

// Press holds the fonts of a firm's letters. It is safe for concurrent use.
type Press struct{ fonts []*font }

// Open reads the font files, which are tried in this order for each character.
func Open(files []string) (*Press, error) {
	if len(files) == 0 {
		return nil, errors.New("letters.fonts names no font file")
	}
	p := &Press{}
	for _, file := range files {
		f, err := openFont(file)
		if err != nil {
			return nil, fmt.Errorf("letters.fonts: %w", err)
		}
		p.fonts = append(p.fonts, f)
	}
	return p, nil
}

// Secret is one temporary password with what it is called.
type Secret struct{ Label, LabelEN, Plain string }

// Letter is what is printed.
type Letter struct {
	Number       string // of the letter, for the desk
	Name         string
	PostalCode   string
	Address      []string
	Firm, FirmEN string
	HelpLine     string
	HelpHours    string
	Site         string // host name of the official site; never a whole address
	Login        string // what the firm calls the login name
	Date, Until  string // in Japanese
	UntilEN      string
	Secrets      []Secret
}

// Printable is a letter in both forms, which look the same.
type Printable struct{ PDF, HTML []byte }

// Print typesets the letter. A *MissingError names a character that no font has.
func (p *Press) Print(l Letter) (*Printable, error) {
	c := newCanvas(p.fonts)
	c.address(l)
	c.firm(l)
	y := c.passwords(l, 112)
	y = c.steps(l, y+8)
	c.english(l, y+4)
	c.foot(l)
	if c.err != nil {
		return nil, c.err
	}
	return &Printable{PDF: c.doc.bytes(l.Firm + " " + l.Number), HTML: c.html(l.Firm + " " + l.Number)}, nil
}

const (
	left  = 22.0
	right = pageW - 22.0
)

// address is where the window of an envelope for A4 in three folds shows it.
func (c *canvas) address(l Letter) {
	c.text(left, 26, 10.5, "〒"+postal(l.PostalCode))
	y := 33.0
	for _, line := range l.Address {
		y = c.block(left, y, 10.5, 82, 5.6, line)
	}
	size := 13.0
	for size > 9 && c.wide(size, l.Name+"　様") > 82 {
		size -= 0.5
	}
	c.text(left, max(y+4, 48), size, l.Name+"　様")
}

func postal(code string) string {
	code = strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, code)
	if len(code) == 7 {
		return code[:3] + "-" + code[3:]
	}
	return code
}

func (c *canvas) firm(l Letter) {
	c.fill(right-3, 20, 3, 12)
	c.right(right-6, 25, 13, l.Firm)
	c.right(right-6, 31, 8, l.FirmEN)
	c.right(right, 42, 9, l.Date)
	c.right(right, 47.5, 8, "管理番号 "+l.Number)
	for _, y := range []float64{99, 198} { // where it is folded
		c.line(4, y, 8, y, 0.4)
	}
	c.text(left, 76, 17, "仮パスワードのお知らせ")
	c.line(left, 80, right, 80, 0.8)
	c.block(left, 87, 10, right-left, 5.6, "お申し込みにより、仮パスワードを発行しました。最初にお使いになるときに、ご自身だけが知っているパスワードへの変更が必要です。"+
		"お使いになるまで、いまのパスワードは有効です。")
}

// passwords sets each character in a box of its own with how it is read: nobody has to
// guess whether it is 5 or S, 8 or B.
func (c *canvas) passwords(l Letter, y float64) float64 {
	const box, gap = 8.9, 4.6
	for _, s := range l.Secrets {
		c.text(left, y, 12, s.Label)
		c.text(left+c.wide(12, s.Label)+3, y, 8.5, s.LabelEN)
		x := left
		for _, group := range temporary.Groups(s.Plain) {
			for i := range group {
				c.box(x, y+3, box, 12, 0.5)
				c.centre(x+box/2, y+12, 22, group[i:i+1])
				c.centre(x+box/2, y+18.5, 5.6, temporary.Reading(group[i]))
				x += box
			}
			x += gap
		}
		y += 29
	}
	y = c.block(left, y-4, 9, right-left, 5, "数字の読みはひらがな、アルファベットの読みはカタカナです。0（ゼロ）、1（いち）、I（アイ）、O（オー）は使っていません。")
	c.text(left, y+1, 10.5, "有効期限　"+l.Until)
	return y + 1
}

func (c *canvas) steps(l Letter, y float64) float64 {
	c.text(left, y, 12, "お使いになる手順")
	y += 7
	for i, step := range []string{
		"いつもお使いの公式サイト（" + l.Site + "）をご自身で開き、" + l.Login + "と上の仮パスワードを入力します。大文字と小文字の区別はなく、区切りは省けます。",
		"メールの確認コードか認証アプリで、ご本人であることを確認します。",
		"新しいパスワードを決めると、ログインが完了します。この手紙は裁断して破棄してください。",
	} {
		c.fill(left, y-4, 5, 5)
		c.number(left+2.5, y, fmt.Sprint(i+1))
		y = c.block(left+8, y, 10, right-left-8, 5.4, step) + 1.6
	}
	return c.block(left, y+1, 9, right-left, 5, "お申し込みに心当たりがないときや、封筒に開けられた跡があるときは、仮パスワードを使わずに下の窓口へお電話ください。当社の社員がパスワードをおたずねすることはありません。")
}

func (c *canvas) number(x, y float64, s string) {
	c.doc.content.WriteString("1 1 1 rg\n")
	c.light = true
	c.centre(x, y, 10, s)
	c.light = false
	c.doc.content.WriteString("0 0 0 rg\n")
}

func (c *canvas) english(l Letter, y float64) {
	c.line(left, y-5, right, y-5, 0.3)
	c.block(left, y, 8.5, right-left, 4.4, "In English: this letter carries a temporary password, valid until "+l.UntilEN+". Open our official site ("+l.Site+
		") yourself, sign in with it and your second factor, and choose a new password. Your present password works until then. "+
		"If you did not ask for this letter, do not use it and call the number below.")
}

func (c *canvas) foot(l Letter) {
	c.line(left, 274, right, 274, 0.8)
	c.text(left, 281, 10.5, l.Firm)
	if l.HelpLine != "" {
		c.right(right, 281, 12, "窓口 "+l.HelpLine)
		c.right(right, 286.5, 8.5, l.HelpHours)
	}
}
