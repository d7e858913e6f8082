package loginui

import (
	"embed"
	"errors"
	"fmt"
	"html/template"
	"log/slog"
	"time"
)

//go:embed templates/*.html
var templateFiles embed.FS

// Words is a text of the firm by language. Japanese is the fallback of English and the
// other way round, so a firm may write one of them.
type Words map[string]string

// In gives the text for lang.
func (w Words) In(lang string) string {
	if s := w[lang]; s != "" {
		return s
	}
	if s := w["ja"]; s != "" {
		return s
	}
	return w["en"]
}

// Firm is everything a firm changes about the pages.
type Firm struct {
	Name       Words
	Mark       []byte // SVG drawn with currentColor; shapes only (see newMark). nil: the product's gate
	Accent     string // #rrggbb on light paper; "" for the product's ink blue
	AccentDark string // #rrggbb on dark paper; "" is derived from Accent
	HelpLine   string // telephone number as it is shown
	HelpHours  Words
	// AccountWord is what the firm calls the name customers sign in with; a language left
	// out has the product's word.
	AccountWord Words
	Location    *time.Location // clock of the pages; nil: Japan Standard Time
}

// Options of New.
type Options struct {
	Firm   Firm
	Issuer string // origin of the provider, shown on help pages as the address to look for
	Secure bool   // the issuer is https: cookies get the __Host- prefix
	Now    func() time.Time
	Logger *slog.Logger // told when a page cannot be drawn; nil: slog.Default

	Keyboard   Keyboard
	WarnBefore time.Duration           // how long before its end a session or sign-in is warned of; 0: two minutes
	Rules      map[string]PasswordRule // RulesLogin and RulesTransaction: what a page says of new passwords
}

// Site draws the pages of one firm. It is immutable and safe for concurrent use.
type Site struct {
	firm   Firm
	issuer string
	secure bool
	now    func() time.Time
	log    *slog.Logger
	where  *time.Location
	mark   template.HTML
	texts  *texts
	assets *assets
	pages  map[string]map[string]*template.Template // language → template name

	keyboard   Keyboard
	warnBefore time.Duration
	rules      map[string]PasswordRule
}

// New prepares a firm's pages. It fails when a firm's colours cannot be read on their
// backgrounds (WCAG 2.2, 1.4.3), when its mark holds more than shapes, or when it has no name.
func New(o Options) (*Site, error) {
	if o.Firm.Name.In("ja") == "" {
		return nil, errors.New("loginui: the firm has no name")
	}
	s := &Site{firm: o.Firm, issuer: o.Issuer, secure: o.Secure, now: o.Now, log: o.Logger, where: o.Firm.Location,
		keyboard: o.Keyboard, warnBefore: o.WarnBefore, rules: o.Rules}
	if s.warnBefore <= 0 {
		s.warnBefore = 2 * time.Minute
	}
	if s.now == nil {
		s.now = time.Now
	}
	if s.log == nil {
		s.log = slog.Default()
	}
	if s.where == nil {
		s.where = time.FixedZone("JST", 9*60*60) // Japan keeps no summer time, and this needs no zone database
	}
	theme, err := newTheme(o.Firm.Accent, o.Firm.AccentDark)
	if err != nil {
		return nil, fmt.Errorf("loginui: accent: %w", err)
	}
	mark := o.Firm.Mark
	if len(mark) == 0 {
		mark = gateMark
	}
	inline, file, err := newMark(mark, theme.light.accent)
	if err != nil {
		return nil, fmt.Errorf("loginui: mark: %w", err)
	}
	s.mark = inline
	if s.texts, err = newTexts(o.Firm.AccountWord); err != nil {
		return nil, fmt.Errorf("loginui: texts: %w", err)
	}
	if s.assets, err = newAssets(theme.css(), file); err != nil {
		return nil, fmt.Errorf("loginui: assets: %w", err)
	}
	if err = s.addKeyboardWords(); err != nil {
		return nil, fmt.Errorf("loginui: %w", err)
	}
	if s.pages, err = s.parsePages(); err != nil {
		return nil, fmt.Errorf("loginui: templates: %w", err)
	}
	return s, nil
}
