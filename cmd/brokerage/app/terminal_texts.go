package brokerage

import "maps"

func init() {
	maps.Copy(texts, map[string][2]string{
		"terminal.title":   {"青葉証券 店頭端末", "Aoba Securities, lobby terminal"},
		"terminal.idle":    {"スマートフォンでログインして、この端末をお使いください。", "Sign in on your phone to use this terminal."},
		"terminal.start":   {"始める", "Begin"},
		"terminal.go":      {"スマートフォンで次のページを開き、コードを入力してください。", "Open this page on your phone and enter the code."},
		"terminal.code":    {"コード", "Code"},
		"terminal.qr":      {"ページを開くQRコード", "QR code that opens the page"},
		"terminal.wait":    {"お待ちしています。この画面はそのまま切り替わります。", "Waiting for you. This screen changes by itself."},
		"terminal.hello":   {"接続しました", "Connected"},
		"terminal.end":     {"終わる", "Finish"},
		"terminal.denied":  {"接続は許可されませんでした。", "The connection was declined."},
		"terminal.expired": {"時間内に回答がありませんでした。", "Nobody answered in time."},
		"terminal.failed":  {"接続できませんでした。", "The connection failed."},
		"terminal.again":   {"もう一度始める", "Begin again"},
	})
}
