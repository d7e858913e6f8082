package notify

const notMeJA = "お心当たりがないときは、すぐに下の窓口へお電話ください。"

const stopJA = "お心当たりがないときは、いますぐ口座を停止できます。いつもの公式サイトを開き、「身に覚えのないログイン」で、お客様コードと上の停止コードを入力してください。"

var japanese = language{
	labels: labels{
		Code: "確認コード", UndoCode: "取り消しコード", Expires: "有効期限", At: "日時", Device: "端末", IP: "IPアドレス",
		Passkey: "パスキーの名前", LockedUntil: "停止の解除", HeldUntil: "出金などの再開", MailedFrom: "新しい端末でのメール認証の再開",
		StopCode: "停止コード", StopUntil: "停止コードの期限", Amount: "金額", Destination: "出金先", Yen: "%s円",
		Help: "お困りのとき",
		Footer: "このメールにリンクはありません。当社がメールでログインページへのリンクをお送りすることはありません。" +
			"ログインは、いつものアプリかブックマークからお願いします。",
		Colon: "：", Open: "【", Close: "】",
		Clock: "2006年1月2日 15:04 MST", ExpiryClock: "1月2日 15:04 MST",
	},
	mails: map[Kind]wording{
		RecoverCode: recoverCodeJA, Recovered: recoveredJA, DeviceLost: deviceLostJA,
		RecoveryCodesCreated: recoveryCodesJA, RecoveryCodeUsed: recoveryCodeUsedJA,
		FactorChoiceChanged: factorChoiceChangedJA, FactorChoiceLoosened: factorChoiceLoosenedJA,
		SecurityAnswerSet: securityAnswerJA,
		SignInCode: {
			Subject: "ログインの確認コード",
			Lead:    "ログイン画面に、次の確認コードを入力してください。",
			Advice: []string{
				"コードはログイン画面にだけ入力してください。当社の社員がコードをおたずねすることはありません。",
				"ログインした覚えがないときは、パスワードが知られているおそれがあります。コードは入力せず、いつものアプリからパスワードを変更してください。",
			},
		},
		EnrolCode: {
			Subject: "ご本人確認のコード",
			Lead:    "パスキーまたは認証アプリを登録する前の、ご本人確認です。登録画面に次の確認コードを入力してください。",
			Advice: []string{
				"このコードを入力すると、画面を操作している人の端末であなたの口座にログインできるようになります。コードをほかの人に伝えないでください。",
				"登録のお手続きをしていないときは、コードを入力せず、すぐに下の窓口へお電話ください。",
			},
		},
		VerifyAddress: {
			Subject: "メールアドレスの確認コード",
			Lead:    "このメールアドレスを登録するには、画面に次の確認コードを入力してください。",
			Advice:  []string{"お心当たりがないときは、このメールを破棄してください。コードを入力しなければ、登録は行われません。"},
		},
		Invitation: {
			Subject: "ご利用開始のご案内",
			Lead:    "口座のご利用を始めるための招待コードをお送りします。いつもの公式サイトを開き、ログイン画面の「招待コードをお持ちの方」からお客様コードと次の招待コードを入力してください。",
			Advice: []string{
				"お客様コードは、口座開設完了の書面に記載しています。",
				"招待コードは一度だけ使えます。期限を過ぎたときは、下の窓口で再発行をお申し付けください。",
			},
		},
		PasskeyAdded: {
			Subject: "パスキーが登録されました",
			Lead:    "あなたの口座に新しいパスキーが登録されました。",
			Advice:  []string{notMeJA, "お取引や残高は変わっていません。"},
		},
		PasskeyRemoved: {
			Subject: "パスキーが削除されました",
			Lead:    "あなたの口座からパスキーが1件削除されました。このパスキーではもうログインできません。",
			Advice:  []string{notMeJA, "端末に残っているパスキーは、端末の設定から削除できます。"},
		},
		TOTPEnrolled: {
			Subject: "認証アプリが登録されました",
			Lead:    "あなたの口座に認証アプリ（ワンタイムパスワード）が登録されました。",
			Advice:  []string{notMeJA},
		},
		TOTPRemoved: {
			Subject: "認証アプリが解除されました",
			Lead:    "あなたの口座の認証アプリ（ワンタイムパスワード）が解除されました。",
			Advice:  []string{notMeJA},
		},
		PasswordChanged: {
			Subject: "パスワードが変更されました",
			Lead:    "あなたの口座のパスワードが変更されました。ほかの端末のログインはすべて終了しています。",
			Advice:  []string{notMeJA},
		},
		NewDevice: {
			Subject: "新しい端末からのログイン",
			Lead:    "これまでと違う端末から、あなたの口座にログインがありました。",
			Advice: []string{
				"ご本人であれば、何もする必要はありません。",
				stopJA, notMeJA,
			},
		},
		SignIn: {
			Subject: "ログインのお知らせ",
			Lead:    "あなたの口座にログインがありました。",
			Advice: []string{
				"ご本人であれば、何もする必要はありません。",
				stopJA, "このお知らせを受け取るかどうかは、セキュリティ設定でお選びいただけます。",
			},
		},
		AccountFrozen: {
			Subject: "口座のご利用を停止しました",
			Lead:    "停止コードによるお申し出により、口座のご利用を停止しました。ログイン中の端末はすべてログアウトし、どなたもログインできません。",
			Advice: []string{
				"お取引や残高は変わっていません。ご利用を再開するときは、下の窓口へお電話ください。ご本人であることを確認のうえ、お手続きします。",
				"停止のお申し出にお心当たりがないときも、お電話ください。",
			},
		},
		NotificationsChanged: {
			Subject: "お知らせメールの設定が変更されました",
			Lead:    "お送りするお知らせメールの設定が変更されました。このメールのような大切なお知らせは、設定にかかわらずお送りします。",
			Advice:  []string{notMeJA},
		},
		WithdrawalRequested: {
			Subject: "出金のお申し込みを受け付けました",
			Lead:    "あなたの口座からの出金のお申し込みを受け付けました。",
			Advice:  []string{notMeJA},
		},
		SignInLocked: {
			Subject: "パスワードでのログインを停止しました",
			Lead:    "パスワードの間違いが続いたため、パスワードでのログインを一時停止しました。パスキーはそのままお使いいただけます。",
			Advice: []string{
				"口座やお取引は変わっていません。停止は時間がたつと自動で解除されます。",
				notMeJA,
			},
		},
		SessionsEnded: {
			Subject: "端末のログインを終了しました",
			Lead:    "ご指定の端末のログインを終了しました。次に使うときは、あらためてログインが必要です。",
			Advice:  []string{notMeJA},
		},
		TransactionPasswordSet: {
			Subject: "取引パスワードが設定されました",
			Lead:    "あなたの口座に取引パスワードが設定されました。これからは、出金などのお手続きでおたずねします。",
			Advice:  []string{notMeJA, "ログインパスワードとパスキーは変わっていません。"},
		},
		TransactionPasswordChanged: {
			Subject: "取引パスワードが変更されました",
			Lead:    "あなたの口座の取引パスワードが変更されました。ほかの端末のログインはすべて終了しています。",
			Advice:  []string{notMeJA, "ログインパスワードとパスキーは変わっていません。"},
		},
		TransactionPasswordCleared: {
			Subject: "取引パスワードが取り消されました",
			Lead:    "窓口または再設定の画面でのお申し出により、あなたの口座の取引パスワードを取り消しました。次にお使いになるときに、新しいものを設定してください。",
			Advice:  []string{notMeJA},
		},
	},
	allDevices: wording{
		Subject: "すべての端末のログインを終了しました",
		Lead:    "すべての端末のログインを終了しました。次に使うときは、どの端末でもあらためてログインが必要です。",
		Advice:  []string{notMeJA},
	},
}
