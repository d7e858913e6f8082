package notify

import "maps"

func init() {
	maps.Copy(japanese.mails, contactJA)
	maps.Copy(english.mails, contactEN)
}

const (
	undoJA = "お心当たりがないときは、いつもの公式サイトを開き、「ログインできないとき」の「メールアドレスの変更を取り消す」から、" +
		"お客様コードと上の取り消しコードを入力してください。元に戻り、すべての端末からログアウトします。"
	undoEN = "If this was not you, please open our official site as you always do, choose \"Trouble signing in\", then \"Undo a change of email address\", " +
		"and type your customer code and the undo code above. The change is taken back and every device is signed out."
	nothingToDoJA = "ご本人であれば、何もする必要はありません。取り消しコードを使わなければ、変更はそのままです。"
	nothingToDoEN = "If this was you, there is nothing to do. The change stays as long as nobody uses the undo code."
	keepJA        = "取り消しコードをほかの人に伝えないでください。当社の社員がコードをおたずねすることはありません。"
	keepEN        = "Do not tell the undo code to anyone. Nobody at our firm will ever ask you for it."
	checkJA       = "内容がご希望どおりか、ログインして「登録情報」でご確認ください。"
	checkEN       = "Please sign in and check under \"Registered details\" that this is as you want it."
)

// contactJA and contactEN are the mails about registered data: "please check" (B13).
var contactJA = map[Kind]wording{
	EmailChanged: {
		Subject: "登録メールアドレスの変更をご確認ください",
		Lead:    "あなたの口座の登録メールアドレスが、新しいアドレスに変更されました。ご本人による変更か、ご確認ください。",
		Advice:  []string{nothingToDoJA, undoJA, keepJA},
	},
	SecurityEmailChanged: {
		Subject: "確認コードの送り先の変更をご確認ください",
		Lead:    "あなたの口座で、確認コードとお知らせを受け取るセキュリティ用メールアドレスが登録または変更されました。ご本人による変更か、ご確認ください。",
		Advice:  []string{nothingToDoJA, undoJA, keepJA},
	},
	SecurityEmailRemoved: {
		Subject: "セキュリティ用メールアドレスの削除をご確認ください",
		Lead:    "あなたの口座のセキュリティ用メールアドレスが削除されました。これからの確認コードは登録メールアドレスに届きます。",
		Advice:  []string{nothingToDoJA, undoJA, keepJA},
	},
	EmailRegistered: {
		Subject: "メールアドレスの登録をご確認ください",
		Lead:    "このメールアドレスを、あなたの口座の登録メールアドレスとして登録しました。これまでのアドレスにもお知らせしています。",
		Advice:  []string{checkJA, notMeJA},
	},
	SecurityEmailRegistered: {
		Subject: "セキュリティ用メールアドレスの登録をご確認ください",
		Lead:    "このメールアドレスを、確認コードとお知らせを受け取るセキュリティ用メールアドレスとして登録しました。ログインには使えません。",
		Advice:  []string{checkJA, notMeJA},
	},
	EmailRestored: {
		Subject: "メールアドレスの変更を取り消しました",
		Lead:    "取り消しコードが入力されたため、メールアドレスを元に戻し、すべての端末からログアウトしました。",
		Advice: []string{
			"変更にお心当たりがなかったときは、パスワードも知られているおそれがあります。ログインしてパスワードを変更し、パスキーと認証アプリに見覚えのないものがないかご確認ください。",
			notMeJA,
		},
	},
	PhoneChanged: {
		Subject: "登録電話番号の変更をご確認ください",
		Lead:    "あなたの口座に登録された電話番号が変更されました。ご本人による変更か、ご確認ください。",
		Advice:  []string{checkJA, notMeJA},
	},
}

var contactEN = map[Kind]wording{
	EmailChanged: {
		Subject: "Please check: your registered email address was changed",
		Lead:    "The registered email address of your account was changed to a new one. Please check that you did this yourself.",
		Advice:  []string{nothingToDoEN, undoEN, keepEN},
	},
	SecurityEmailChanged: {
		Subject: "Please check: the address for your codes was changed",
		Lead:    "A security email address, to which codes and notices are sent, was set or changed for your account. Please check that you did this yourself.",
		Advice:  []string{nothingToDoEN, undoEN, keepEN},
	},
	SecurityEmailRemoved: {
		Subject: "Please check: your security email address was removed",
		Lead:    "The security email address of your account was removed. From now on codes go to your registered address.",
		Advice:  []string{nothingToDoEN, undoEN, keepEN},
	},
	EmailRegistered: {
		Subject: "Please check: this is now your registered email address",
		Lead:    "This email address is now the registered address of your account. We have told your earlier address too.",
		Advice:  []string{checkEN, notMeEN},
	},
	SecurityEmailRegistered: {
		Subject: "Please check: this is now your security email address",
		Lead:    "This email address is now the security address of your account, to which codes and notices are sent. It cannot be used to sign in.",
		Advice:  []string{checkEN, notMeEN},
	},
	EmailRestored: {
		Subject: "The change of email address was undone",
		Lead:    "An undo code was typed, so the email address is as it was before and every device has been signed out.",
		Advice: []string{
			"If you did not make the change, somebody may know your password too. Sign in, change your password, and look for passkeys and authenticator apps that are not yours.",
			notMeEN,
		},
	},
	PhoneChanged: {
		Subject: "Please check: your telephone number was changed",
		Lead:    "The telephone number registered for your account was changed. Please check that you did this yourself.",
		Advice:  []string{checkEN, notMeEN},
	},
}
