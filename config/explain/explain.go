package explain

import (
	"fmt"
	"slices"
	"strings"

	"sekisho/config"
)

// Section is one heading with the sentences below it.
type Section struct {
	ID        string   `json:"id"`
	Title     string   `json:"title"`
	Sentences []string `json:"sentences"`
}

// topics are the sections in their order.
var topics = []struct {
	id   string
	tell func(*teller)
}{
	{"pages", (*teller).pages},
	{"sign_in", (*teller).signIn},
	{"operations", (*teller).operations},
	{"passwords", (*teller).passwords},
	{"codes", (*teller).codes},
	{"passkeys", (*teller).passkeys},
	{"locks", (*teller).locks},
	{"mails", (*teller).mails},
	{"recovery", (*teller).recovery},
	{"sessions", (*teller).sessions},
	{"devices", (*teller).devices},
}

// Sections explains a validated configuration in the language, "ja" or "en".
func Sections(c *config.Config, lang string) ([]Section, error) {
	words, ok := languages()[lang]
	if !ok {
		return nil, fmt.Errorf("explain: no texts in %q", lang)
	}
	var out []Section
	for _, topic := range topics {
		t := &teller{c: c, lang: lang, words: words}
		topic.tell(t)
		section := Section{ID: topic.id, Title: t.say("title." + topic.id), Sentences: t.sentences}
		if t.err != nil {
			return nil, fmt.Errorf("explain: %w", t.err)
		}
		out = append(out, section)
	}
	return out, nil
}

// teller collects the sentences of one section.
type teller struct {
	c         *config.Config
	lang      string
	words     texts
	sentences []string
	err       error // the first text that could not be said
}

// say is the text with the id; args are pairs of placeholder and value.
func (t *teller) say(id string, args ...any) string {
	s, err := t.words.say(id, args...)
	if err != nil && t.err == nil {
		t.err = err
	}
	return s
}

// tell adds a sentence.
func (t *teller) tell(id string, args ...any) {
	t.sentences = append(t.sentences, t.say(id, args...))
}

// either adds one of two sentences.
func (t *teller) either(first bool, yes, no string, args ...any) {
	if first {
		t.tell(yes, args...)
	} else {
		t.tell(no, args...)
	}
}

// list joins what belongs side by side.
func (t *teller) list(items []string) string {
	if t.lang == "ja" {
		return strings.Join(items, "、")
	}
	if n := len(items); n > 1 {
		return strings.Join(items[:n-1], ", ") + " and " + items[n-1]
	}
	return strings.Join(items, "")
}

// any joins what one is chosen of.
func (t *teller) any(items []string) string {
	if n := len(items); n > 1 && t.lang != "ja" {
		return strings.Join(items[:n-1], ", ") + " or " + items[n-1]
	}
	return t.list(items)
}

// sorted is list without an order of its own.
func (t *teller) sorted(items []string) string {
	return t.list(slices.Sorted(slices.Values(items)))
}
