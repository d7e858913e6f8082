package notify

import "maps"

func init() {
	maps.Copy(japanese.mails, letterJA)
	maps.Copy(english.mails, letterEN)
}

var letterJA = map[Kind]wording{
	LetterRequested: {
		Subject: "仮パスワードの郵送を受け付けました",
		Lead:    "あなたの口座の仮パスワードを、ご登録の住所へ書留郵便でお送りするお申し込みを受け付けました。いまのパスワードは、届いた仮パスワードが使われるまで有効です。",
		Advice: []string{
			"ご本人であれば、何もする必要はありません。手紙の到着をお待ちください。",
			"お心当たりがないときは、いつもの公式サイトを開き、「ログインできないとき」の「身に覚えのないログイン」から、お客様コードと上の停止コードを入力してください。" +
				"手紙のお手続きだけが取り消され、口座はこれまでどおりお使いいただけます。",
			"停止コードをほかの人に伝えないでください。当社の社員がおたずねすることはありません。",
		},
	},
	LetterPrinted: {
		Subject: "仮パスワードの手紙を発送します",
		Lead:    "仮パスワードの手紙を印刷しました。書留郵便でお送りします。",
		Advice: []string{
			"封筒に開けられた跡があるときや、1週間たっても届かないときは、下の窓口へお電話ください。",
			notMeJA,
		},
	},
	TemporaryUsed: {
		Subject: "仮パスワードが使われ、新しいパスワードに変更されました",
		Lead:    "郵送の仮パスワードでログインがあり、新しいパスワードに変更されました。前のパスワードは使えません。",
		Advice:  []string{notMeJA},
	},
}

var letterEN = map[Kind]wording{
	LetterRequested: {
		Subject: "Temporary passwords by post were asked for",
		Lead:    "A letter with temporary passwords for your account was asked for. It goes by registered mail to the address we have. Your present passwords keep working until the temporary one is used.",
		Advice: []string{
			"If this was you, there is nothing to do. Please wait for the letter.",
			"If this was not you, please open our official site as you always do, choose \"Trouble signing in\", then \"This was not me\", and type your customer code and the stop code above. " +
				"Only the letter is stopped; your account works as before.",
			"Do not tell the stop code to anyone. Nobody at our firm will ever ask you for it.",
		},
	},
	LetterPrinted: {
		Subject: "The letter with temporary passwords is on its way",
		Lead:    "The letter was printed and leaves by registered mail.",
		Advice: []string{
			"If the envelope looks opened, or if nothing arrives within a week, call the help desk below.",
			notMeEN,
		},
	},
	TemporaryUsed: {
		Subject: "A temporary password was used and changed",
		Lead:    "Somebody signed in with the temporary password from the letter and set a new one. The earlier password no longer works.",
		Advice:  []string{notMeEN},
	},
}
