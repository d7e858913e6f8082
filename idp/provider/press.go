package provider

import (
	"context"
	"fmt"
	"strings"
	"time"

	"sekisho/idp"
	"sekisho/idp/letter"
	"sekisho/idp/letter/paper"
)

// PrintLetter typesets a queued letter, gives it to write, and takes it out of the queue
// once; see letter.Service.Print. What write put somewhere is good only when the error is nil.
func (p *Provider) PrintLetter(ctx context.Context, press *paper.Press, id string, write func(paper.Printable) error) (*idp.Letter, error) {
	return p.Letters().Print(ctx, id, func(l letter.Paper) error {
		content, err := p.letterContent(l)
		if err != nil {
			return err
		}
		printable, err := press.Print(content)
		if err != nil {
			return err
		}
		return write(*printable)
	})
}

func (p *Provider) letterContent(l letter.Paper) (paper.Letter, error) {
	c, who := p.cfg, l.Account.Profile
	out := paper.Letter{
		Number: l.Letter.ID[:10], Name: who.Name, Firm: c.Firm.Name.In("ja"), FirmEN: c.Firm.Name.In("en"),
		HelpLine: c.Firm.HelpDesk.Phone, HelpHours: c.Firm.HelpDesk.Hours.In("ja"), Site: p.issuer.Hostname(), Login: c.Firm.AccountWord.In("ja"),
	}
	if out.Name == "" {
		out.Name = strings.TrimSpace(who.FamilyName + "　" + who.GivenName)
	}
	if out.Name == "" || who.Address == nil {
		return out, fmt.Errorf("the account has no name or postal address: %w", letter.ErrNoAddress)
	}
	out.PostalCode, out.Address = who.Address.PostalCode, addressLines(*who.Address)
	zone := p.Letters().Calendar.Zone
	day := func(t time.Time) string { return t.In(zone).Format("2006年1月2日") }
	out.Date, out.Until, out.UntilEN = day(p.now()), l.Letter.ExpiresAt.In(zone).Format("2006年1月2日 15:04まで"), l.Letter.ExpiresAt.In(zone).Format("15:04 on 2 January 2006")
	for _, s := range []struct {
		kind      idp.PasswordKind
		label, en string
	}{{idp.LoginPassword, "仮ログインパスワード", "Temporary login password"}, {idp.TransactionPassword, "仮取引パスワード", "Temporary transaction password"}} {
		if plain := l.Passwords[s.kind]; plain != "" {
			out.Secrets = append(out.Secrets, paper.Secret{Label: s.label, LabelEN: s.en, Plain: plain})
		}
	}
	return out, nil
}

// addressLines writes a Japanese address from the large to the small.
func addressLines(a idp.Address) []string {
	text := a.Formatted
	if text == "" {
		text = a.Region + a.Locality + "\n" + a.StreetAddress
	}
	var lines []string
	for _, line := range strings.Split(text, "\n") {
		line = strings.TrimSpace(strings.TrimPrefix(strings.TrimSpace(line), "〒"+a.PostalCode))
		if line != "" {
			lines = append(lines, line)
		}
	}
	return lines
}
