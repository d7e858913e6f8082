package temporary

// kana is how each character is read aloud in Japanese.
var kana = map[byte]string{
	'2': "に", '3': "さん", '4': "よん", '5': "ご", '6': "ろく", '7': "なな", '8': "はち", '9': "きゅう",
	'A': "エー", 'B': "ビー", 'C': "シー", 'D': "ディー", 'E': "イー", 'F': "エフ", 'G': "ジー", 'H': "エイチ",
	'J': "ジェー", 'K': "ケー", 'L': "エル", 'M': "エム", 'N': "エヌ", 'P': "ピー", 'Q': "キュー", 'R': "アール",
	'S': "エス", 'T': "ティー", 'U': "ユー", 'V': "ブイ", 'W': "ダブリュ", 'X': "エックス", 'Y': "ワイ", 'Z': "ゼット",
}

// Reading is how a character of a temporary password is read aloud; digits in hiragana and
// letters in katakana, so that 5 and S or 8 and B cannot be taken for each other.
func Reading(c byte) string { return kana[c] }
