package loginui

import (
	"encoding/json"
	"fmt"
)

// Orders of the keys of the on-screen keyboard.
const (
	ShuffleOff    = "off"
	ShuffleDigits = "digits"
	ShuffleAll    = "all"
)

// Keyboard is the on-screen keyboard beside every password field (A6). The zero value
// offers it with the keys in order.
type Keyboard struct {
	Off     bool
	Shuffle string // one of the Shuffle constants; "" is ShuffleOff
}

// keyboardView is what the password field's template needs to offer the keyboard. Its script
// and words are fetched when a customer opens it, not before.
type keyboardView struct{ Script, Words, Shuffle string }

func (s *Site) keyboardView(lang string) *keyboardView {
	if s.keyboard.Off {
		return nil
	}
	v := &keyboardView{Script: s.assets.path("keyboard.js"), Words: s.assets.path(keyboardFile(lang)), Shuffle: s.keyboard.Shuffle}
	if v.Shuffle == "" {
		v.Shuffle = ShuffleOff
	}
	return v
}

func keyboardFile(lang string) string { return "keyboard_" + lang + ".json" }

// keyboardTexts are the names of the keys and what the keyboard says; each with the
// placeholder that the script fills.
var keyboardTexts = map[string]string{
	"upper": "Key", "lower": "Key", "digit": "Key", "typed": "Number",
	"name": "", "keys": "", "shift": "", "shift_on": "", "shift_off": "", "symbols": "", "symbols_on": "", "symbols_off": "",
	"back": "", "clear": "", "space": "", "shuffle": "", "shuffle_on": "", "shuffle_off": "", "done": "", "full": "",
	"about": "", "about_helps": "", "about_not": "", "about_keys": "", "about_spoken": "",
}

// keyboardSymbols are the symbols of the keyboard, with the names of their texts: a screen
// reader would pass many of them over.
var keyboardSymbols = []struct{ Char, Name string }{
	{"!", "exclamation"}, {`"`, "quote"}, {"#", "sharp"}, {"$", "dollar"}, {"%", "percent"}, {"&", "ampersand"}, {"'", "apostrophe"},
	{"(", "left_paren"}, {")", "right_paren"}, {"*", "asterisk"}, {"+", "plus"}, {",", "comma"}, {"-", "hyphen"}, {".", "full_stop"},
	{"/", "slash"}, {":", "colon"}, {";", "semicolon"}, {"<", "less"}, {"=", "equals"}, {">", "greater"}, {"?", "question"}, {"@", "at"},
	{"[", "left_bracket"}, {`\`, "backslash"}, {"]", "right_bracket"}, {"^", "caret"}, {"_", "underscore"}, {"`", "grave"},
	{"{", "left_brace"}, {"|", "bar"}, {"}", "right_brace"}, {"~", "tilde"},
}

// addKeyboardWords makes the file of each language that the keyboard's script reads.
func (s *Site) addKeyboardWords() error {
	for _, lang := range Languages {
		words := map[string]any{}
		for id, placeholder := range keyboardTexts {
			var args []any
			if placeholder != "" {
				args = []any{placeholder, "{}"}
			}
			text, err := s.texts.say(lang, "keyboard."+id, args...)
			if err != nil {
				return err
			}
			words[id] = text
		}
		named := make([][2]string, 0, len(keyboardSymbols))
		for _, k := range keyboardSymbols {
			text, err := s.texts.say(lang, "keyboard.symbol."+k.Name)
			if err != nil {
				return err
			}
			named = append(named, [2]string{k.Char, text})
		}
		words["named"] = named
		body, err := json.Marshal(words)
		if err != nil {
			return fmt.Errorf("keyboard words: %w", err)
		}
		if err := s.assets.add(keyboardFile(lang), "application/json", body); err != nil {
			return err
		}
	}
	return nil
}
