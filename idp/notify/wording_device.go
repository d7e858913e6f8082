package notify

func init() {
	japanese.mails[DeviceConnected] = wording{
		Subject: "機器が接続されました",
		Lead:    "あなたの口座に、店頭の端末やテレビなどの機器が接続されました。下は、接続を求めた機器の情報です。",
		Advice: []string{
			"ご本人による接続であれば、何もする必要はありません。接続は「セキュリティ」の「利用を許可したアプリ」でいつでも取り消せます。",
			"だれかから送られたコードを入力したときは、その相手があなたの口座を使おうとしています。すぐに接続を取り消してください。",
			notMeJA,
		},
	}
	english.mails[DeviceConnected] = wording{
		Subject: "A device was connected to your account",
		Lead:    "A device such as a terminal or a television was connected to your account. Below is the device that asked.",
		Advice: []string{
			"If this was you, there is nothing to do. You can disconnect it at any time under \"Security\", \"Apps with access\".",
			"If you entered a code that somebody sent you, that person wants to use your account. Please disconnect the device now.",
			notMeEN,
		},
	}
}
