package notify

var (
	recoverCodeJA = wording{
		Subject: "パスワード再設定の確認コード",
		Lead:    "「ログインできないとき」のお手続きの画面に、次の確認コードを入力してください。",
		Advice: []string{
			"コードは、ご自身で始めたお手続きの画面にだけ入力してください。当社の社員がコードをおたずねすることはありません。",
			"お手続きをしていないときは、コードを入力せず、このメールを破棄してください。口座の設定は変わっていません。",
		},
	}
	recoveredJA = wording{
		Subject: "パスワードが再設定されました",
		Lead:    "「ログインできないとき」のお手続きで、あなたの口座のログインパスワードが再設定されました。ログインはすべて終了しています。",
		Advice: []string{
			"安全のため、出金と出金先口座の変更は、上の「出金などの再開」の日時までお受けしません。",
			notMeJA,
		},
	}
	deviceLostJA = wording{
		Subject: "端末の紛失の届け出を受け付けました",
		Lead:    "お届けにより、あなたの口座のパスキーまたは認証アプリを停止し、ログインをすべて終了しました。",
		Waiting: "上の「新しい端末でのメール認証の再開」の日時まで、初めての端末からはパスワードとメールの確認コードではログインできません。停止していないパスキーは、いつもどおりお使いいただけます。",
		Advice: []string{
			"端末が見つかったときも、お使いいただくには「ログインできないとき」のお手続きが必要です。",
			notMeJA,
		},
	}
	recoveryCodesJA = wording{
		Subject: "復旧コードが作られました",
		Lead:    "あなたの口座に新しい復旧コードが作られました。前の復旧コードは使えません。",
		Advice:  []string{"復旧コードは、当社の社員にも伝えないでください。", notMeJA},
	}
	recoveryCodeUsedJA = wording{
		Subject: "復旧コードが使われました",
		Lead:    "「ログインできないとき」のお手続きで、あなたの口座の復旧コードが1つ使われました。このコードはもう使えません。",
		Advice:  []string{notMeJA},
	}
)

var (
	recoverCodeEN = wording{
		Subject: "Your code to reset the password",
		Lead:    "Please type this code on the page where you are regaining access.",
		Advice: []string{
			"Type the code only on a page you opened yourself. Nobody at our firm will ever ask you for it.",
			"If you did not ask for it, do not type it anywhere and delete this email. Nothing about your account has changed.",
		},
	}
	recoveredEN = wording{
		Subject: "Your password was reset",
		Lead:    "The login password of your account was reset under \"Trouble signing in\". Every device was signed out.",
		Advice: []string{
			"For your safety, withdrawals and changes of the payout account wait until the time above that says \"Withdrawals from\".",
			notMeEN,
		},
	}
	deviceLostEN = wording{
		Subject: "A lost device was reported",
		Lead:    "As reported, passkeys or the authenticator app of your account were suspended and every device was signed out.",
		Waiting: "Until the time above that says \"Emailed codes on new devices from\", a password and an emailed code do not sign in from a new device. A passkey that was not suspended works as always.",
		Advice: []string{
			"Should you find the device, regain access under \"Trouble signing in\" before you use it again.",
			notMeEN,
		},
	}
	recoveryCodesEN = wording{
		Subject: "Recovery codes were created",
		Lead:    "New recovery codes were created for your account. The codes before them no longer work.",
		Advice:  []string{"Never tell anybody a recovery code, not even us.", notMeEN},
	}
	recoveryCodeUsedEN = wording{
		Subject: "A recovery code was used",
		Lead:    "One recovery code of your account was used to regain access. It no longer works.",
		Advice:  []string{notMeEN},
	}
)
