package notify

var (
	factorChoiceChangedJA = wording{
		Subject: "お手続きごとの確認方法が変更されました",
		Lead:    "あなたの口座で、お手続きのときにおたずねする確認方法が変更されました。",
		Advice:  []string{"いまの設定は、セキュリティ設定の画面でご覧いただけます。", notMeJA},
	}
	factorChoiceLoosenedJA = wording{
		Subject: "【重要】お手続きの確認を減らす設定に変更されました",
		Lead:    "あなたの口座で、お手続きのときにおたずねする確認が、これまでより少なくなる設定に変更されました。",
		Advice:  []string{"ご本人による変更でも、当社が必要と定めた確認は減りません。いまの設定は、セキュリティ設定の画面でご覧いただけます。", notMeJA},
	}

	factorChoiceChangedEN = wording{
		Subject: "What we check before a step was changed",
		Lead:    "In your account it was changed what we ask for before certain steps.",
		Advice:  []string{"You can see the present choice on the security page.", notMeEN},
	}
	factorChoiceLoosenedEN = wording{
		Subject: "Important: fewer checks were chosen for your account",
		Lead:    "In your account it was chosen that we ask for less than before at certain steps.",
		Advice:  []string{"What our own rules ask for is never less, whoever chose. You can see the present choice on the security page.", notMeEN},
	}
)
