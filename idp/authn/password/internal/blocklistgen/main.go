// Command blocklistgen compiles the lists of known passwords and Japanese words that
// package password embeds from the published packages named in data/NOTICE. It runs by
// hand when those packages change; the program never needs them.
//
//	go run ./idp/authn/password/internal/blocklistgen \
//	  -top 10_million_password_list_top_1M.txt -common passwords.json \
//	  -words commonWords.json,lastnames.json,firstnames.json,wikipedia.json \
//	  -out idp/authn/password/data
package main

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"

	"sekisho/idp/authn/password/internal/blockset"
)

const (
	minLength = 6      // shorter ones fail every policy's length or guessability anyway
	topLines  = 300000 // of the million, most used first
	topWords  = 12000
)

func main() {
	top := flag.String("top", "", "text file, one password a line, most used first")
	common := flag.String("common", "", "JSON array of passwords, most used first")
	words := flag.String("words", "", "JSON arrays of romanised Japanese words, comma-separated, commonest first")
	out := flag.String("out", ".", "folder to write blocklist.bin and words_ja.txt into")
	flag.Parse()
	if err := run(*top, *common, strings.Split(*words, ","), *out); err != nil {
		fmt.Fprintln(os.Stderr, "blocklistgen:", err)
		os.Exit(1)
	}
}

func run(top, common string, words []string, out string) error {
	text, err := os.ReadFile(top)
	if err != nil {
		return err
	}
	list := strings.Split(string(text), "\n")
	var more []string
	if err := readJSON(common, &more); err != nil {
		return err
	}
	var entries []uint32
	for i, p := range append(more, list...) {
		p = fold(strings.TrimRight(p, "\r"))
		if utf8.ValidString(p) && utf8.RuneCountInString(p) >= minLength {
			entries = append(entries, blockset.Hash(p))
		}
		if i >= len(more)+topLines {
			break
		}
	}
	if err := os.WriteFile(filepath.Join(out, "blocklist.bin"), blockset.Encode(entries), 0o644); err != nil {
		return err
	}
	return writeWords(words, filepath.Join(out, "words_ja.txt"))
}

// writeWords keeps the order: the line number is the rank.
func writeWords(files []string, path string) error {
	seen := map[string]bool{}
	var out bytes.Buffer
	for _, name := range files {
		var words []string
		if err := readJSON(name, &words); err != nil {
			return err
		}
		for _, w := range words {
			w = fold(w)
			if len(w) < 3 || seen[w] || len(seen) >= topWords || strings.Trim(w, "abcdefghijklmnopqrstuvwxyz") != "" {
				continue
			}
			seen[w] = true
			fmt.Fprintln(&out, w)
		}
	}
	return os.WriteFile(path, out.Bytes(), 0o644)
}

func readJSON(path string, v any) error {
	raw, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	return json.Unmarshal(raw, v)
}

func fold(s string) string { return norm.NFKC.String(cases.Fold().String(norm.NFKC.String(s))) }
