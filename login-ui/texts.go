package loginui

import (
	"embed"
	"fmt"
	"io/fs"
	"maps"
	"unicode"
	"unicode/utf8"

	"github.com/nicksnyder/go-i18n/v2/i18n"
	"go.yaml.in/yaml/v3"
	"golang.org/x/text/language"
)

//go:embed texts/*.yaml
var textFiles embed.FS

// Languages the pages exist in, the first being the default.
var Languages = []string{"ja", "en"}

type texts struct {
	in  map[string]*i18n.Localizer
	has map[string]bool // message ids of the default language
	num map[string]bool // message ids that some language has a singular of
	// account is what the firm calls the name customers sign in with: Account as written,
	// account for the middle of an English sentence.
	account map[string]map[string]any
}

// standardAccount is used by a firm that has no word of its own.
var standardAccount = Words{"ja": "お客様コード", "en": "Customer code"}

func newTexts(account Words) (*texts, error) {
	bundle := i18n.NewBundle(language.Japanese)
	bundle.RegisterUnmarshalFunc("yaml", yaml.Unmarshal)
	t := &texts{in: map[string]*i18n.Localizer{}, has: map[string]bool{}, num: map[string]bool{}, account: map[string]map[string]any{}}
	names, err := fs.Glob(textFiles, "texts/*.yaml")
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		b, err := textFiles.ReadFile(name)
		if err != nil {
			return nil, err
		}
		file, err := bundle.ParseMessageFileBytes(b, name)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		for _, m := range file.Messages {
			t.has[m.ID] = t.has[m.ID] || file.Tag == language.Japanese
			t.num[m.ID] = t.num[m.ID] || m.One != ""
		}
	}
	for _, lang := range Languages {
		t.in[lang] = i18n.NewLocalizer(bundle, lang)
		word := account[lang]
		if word == "" {
			word = standardAccount[lang]
		}
		first, size := utf8.DecodeRuneInString(word)
		t.account[lang] = map[string]any{"Account": word, "account": string(unicode.ToLower(first)) + word[size:]}
	}
	return t, nil
}

// say gives the text with the id in lang. args are pairs of placeholder and value; the
// placeholder "Count" also chooses the plural form.
func (t *texts) say(lang, id string, args ...any) (string, error) {
	c := &i18n.LocalizeConfig{MessageID: id, TemplateData: t.account[lang]}
	if len(args) > 0 {
		if len(args)%2 != 0 {
			return "", fmt.Errorf("text %s: placeholder without a value", id)
		}
		values := maps.Clone(t.account[lang])
		for i := 0; i < len(args); i += 2 {
			name, ok := args[i].(string)
			if !ok {
				return "", fmt.Errorf("text %s: placeholder %v is not a name", id, args[i])
			}
			values[name] = args[i+1]
			if name == "Count" && t.num[id] {
				c.PluralCount = args[i+1]
			}
		}
		c.TemplateData = values
	}
	s, err := t.in[lang].Localize(c)
	if err != nil {
		return "", fmt.Errorf("text %s: %w", id, err)
	}
	return s, nil
}

// known gives prefix.name.suffix when there is such a text, else prefix.generic.suffix:
// a value from configuration or a client never makes a page fail.
func (t *texts) known(prefix, name, generic, suffix string) string {
	id := prefix + "." + name + suffix
	if t.has[id] {
		return id
	}
	return prefix + "." + generic + suffix
}
