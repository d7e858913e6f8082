package main

import (
	"regexp"
	"testing"

	"sekisho/idp/idptest/chromium"
)

// A customer in the lobby: the terminal has no keyboard and runs no script, the phone opens
// what its QR code says, signs in and answers, and the terminal goes on by itself.
func TestLobbyTerminal(t *testing.T) {
	d := show(t)
	lobby := chromium.New(t)
	lobby.Open(d.broker + "/terminal")
	lobby.Click(`form[action="/terminal"] button`)
	lobby.WaitText("コードを入力してください")
	lobby.Shot("terminal-code")
	shown := regexp.MustCompile(`[A-Z]{4}-[A-Z]{4}`).FindString(lobby.Text())
	lobby.Says(d.provider + "/device")

	phone := chromium.New(t)
	phone.Size(390, 844)
	phone.Open(d.provider + "/device" + "?user_code=" + shown)
	phone.WaitText("機器のコードと同じですか")
	phone.Shot("device-compare")
	phone.Click(`form[action="/device"] button`)
	phone.WaitURL(d.provider + "/interaction/")
	password(phone, taro, taroPassword)
	code(phone, d.totp(0))
	phone.WaitText("この機器を接続しますか")
	phone.Says("青葉証券 店頭端末")
	phone.Says("いまお使いのネットワークと同じ場所")
	phone.Shot("device-approve")
	phone.Click(`button[value="allow"]`)
	phone.WaitText("機器を接続しました")
	phone.Shot("device-connected")

	lobby.WaitText("佐藤 太郎")
	lobby.Shot("terminal-connected")
	phone.Open(d.provider + "/account")
	phone.WaitText("青葉証券 店頭端末")
	phone.NoViolations()
	lobby.NoViolations()
}
