package password

import (
	_ "embed" // Japanese words
	"strings"
	"sync"
	"unicode"

	"github.com/ccojocar/zxcvbn-go/entropy"
	"github.com/ccojocar/zxcvbn-go/match"
	"github.com/ccojocar/zxcvbn-go/matching"
	"github.com/ccojocar/zxcvbn-go/scoring"
	"golang.org/x/text/unicode/norm"
)

//go:embed data/words_ja.txt
var japaneseWordsFile string

// firstWords are tried before all others by whoever guesses passwords of a Japanese
// securities firm's customers; their order is their rank.
var firstWords = []string{
	"pasuwado", "himitsu", "anshou", "anshoubangou", "bangou", "kabu", "kabushiki", "shouken", "toushi", "okane",
	"ginkou", "nihon", "nippon", "toukyou", "oosaka", "sakura", "fuji", "fujisan", "aishiteru", "daisuki", "arigatou",
	"ohayou", "konnichiwa", "sayonara", "doraemon", "pikachu", "pokemon", "totoro", "naruto", "takarakuji", "kaisha",
	"kazoku", "tanjoubi", "tomodachi", "login", "password", "securities", "stock", "trade", "toyota", "hanako", "tarou",
}

var japaneseWords = sync.OnceValue(func() map[string]int {
	ranks := make(map[string]int)
	for i, w := range append(firstWords, strings.Fields(japaneseWordsFile)...) {
		if _, ok := ranks[w]; !ok {
			ranks[w] = i + 1
		}
	}
	return ranks
})

// scored is how much of a password the estimate looks at, in code points; its cost grows
// with the square. What follows can only make a password stronger.
const scored = 64

// score is the zxcvbn score, 0 to 4, of what a guesser of Japanese passwords sees: the
// library knows neither kana nor Japanese words and mixes byte with character positions
// beyond ASCII, so the text is romanised first and Japanese words are matched beside its own.
func score(plain string, personal []string) int {
	runes := []rune(norm.NFKC.String(plain))
	latin := romanise(string(runes[:min(len(runes), scored)]))
	if len(latin) > 2*scored {
		latin = latin[:2*scored]
	}
	inputs := make([]string, 0, len(personal))
	for _, p := range personal {
		if p = romanise(norm.NFKC.String(p)); len(p) >= minContained {
			inputs = append(inputs, strings.ToLower(p))
		}
	}
	latin = unrepeated(latin)
	matches := append(matching.Omnimatch(latin, inputs), japaneseMatches(latin)...)
	return scoring.MinimumEntropyMatchSequence(latin, matches).Score
}

// unrepeated cuts a text that is one part said several times down to that part; the
// repetition adds next to nothing for a guesser.
func unrepeated(s string) string {
	for n := 1; n <= len(s)/2; n++ {
		if len(s)%n == 0 && strings.Repeat(s[:n], len(s)/n) == s {
			return s[:n]
		}
	}
	return s
}

// longestWord bounds the search; the list has none longer worth finding.
const longestWord = 16

func japaneseMatches(latin string) []match.Match {
	words, lower := japaneseWords(), strings.ToLower(latin)
	var found []match.Match
	for i := range lower {
		for j := i + 2; j < len(lower) && j-i < longestWord; j++ {
			rank, ok := words[lower[i:j+1]]
			if !ok {
				continue
			}
			m := match.Match{Pattern: "dictionary", DictionaryName: "japanese", I: i, J: j, Token: latin[i : j+1]}
			m.Entropy = entropy.DictionaryEntropy(m, float64(rank))
			found = append(found, m)
		}
	}
	return found
}

// romanise writes kana and a few common words of kanji in Latin letters and every other
// non-ASCII character as two letters of its own, so that the result is ASCII.
func romanise(s string) string {
	s = kanji.Replace(s)
	var out strings.Builder
	runes := []rune(s)
	for i := 0; i < len(runes); i++ {
		r := hiragana(runes[i])
		switch {
		case r < 0x80:
			out.WriteByte(byte(r))
		case r == 'ー' || r == 'っ':
			// A long vowel or doubled consonant is left out as often as written.
		case i+1 < len(runes) && kana[string([]rune{r, hiragana(runes[i+1])})] != "":
			out.WriteString(kana[string([]rune{r, hiragana(runes[i+1])})])
			i++
		case kana[string(r)] != "":
			out.WriteString(kana[string(r)])
		default:
			out.WriteByte('a' + byte(r%26))
			out.WriteByte('a' + byte(r/26%26))
		}
	}
	return out.String()
}

// hiragana folds katakana, whose block lies 0x60 higher in the same order.
func hiragana(r rune) rune {
	if r >= 'ァ' && r <= 'ヶ' && unicode.Is(unicode.Katakana, r) {
		return r - 0x60
	}
	return r
}

var kanji = strings.NewReplacer(
	"暗証番号", "anshoubangou", "証券", "shouken", "株式", "kabushiki", "投資", "toushi", "銀行", "ginkou", "日本", "nihon",
	"東京", "toukyou", "大阪", "oosaka", "秘密", "himitsu", "番号", "bangou", "会社", "kaisha", "家族", "kazoku", "桜", "sakura",
	"富士山", "fujisan", "富士", "fuji", "太郎", "tarou", "花子", "hanako", "山田", "yamada", "田中", "tanaka", "鈴木", "suzuki",
	"佐藤", "satou", "愛", "ai", "株", "kabu", "金", "kane", "夢", "yume", "猫", "neko", "犬", "inu",
)

// kana is the Hepburn table: rows of five vowels, then what is irregular.
var kana = func() map[string]string {
	table := map[string]string{"ん": "n", "を": "wo", "わ": "wa", "ゔ": "vu", "ぁ": "a", "ぃ": "i", "ぅ": "u", "ぇ": "e", "ぉ": "o",
		"や": "ya", "ゆ": "yu", "よ": "yo", "ゃ": "ya", "ゅ": "yu", "ょ": "yo", "ゎ": "wa", "ゐ": "i", "ゑ": "e",
		"し": "shi", "ち": "chi", "つ": "tsu", "ふ": "fu", "じ": "ji", "ぢ": "ji", "づ": "zu"}
	for consonant, row := range map[string]string{"": "あいうえお", "k": "かきくけこ", "s": "さ すせそ", "t": "た  てと", "n": "なにぬねの",
		"h": "はひ へほ", "m": "まみむめも", "r": "らりるれろ", "g": "がぎぐげご", "z": "ざ ずぜぞ", "d": "だ  でど", "b": "ばびぶべぼ",
		"p": "ぱぴぷぺぽ"} {
		for i, r := range []rune(row) {
			if r != ' ' {
				table[string(r)] = consonant + string("aiueo"[i])
			}
		}
	}
	for first, consonant := range map[rune]string{'き': "ky", 'し': "sh", 'ち': "ch", 'に': "ny", 'ひ': "hy", 'み': "my", 'り': "ry",
		'ぎ': "gy", 'じ': "j", 'び': "by", 'ぴ': "py"} {
		for small, vowel := range map[rune]string{'ゃ': "a", 'ゅ': "u", 'ょ': "o"} {
			table[string([]rune{first, small})] = consonant + vowel
		}
	}
	return table
}()
