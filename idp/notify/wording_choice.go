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
		Subject: "The checks before certain steps were changed",
		Lead:    "What we ask you for before certain steps was changed in your account.",
		Advice:  []string{"You can see the present choice on the security page.", notMeEN},
	}
	factorChoiceLoosenedEN = wording{
		Subject: "Important: fewer checks were chosen for your account",
		Lead:    "Your account is now set to ask for less than before at certain steps.",
		Advice:  []string{"The checks that our own rules require always stay, whoever made the change. You can see the present choice on the security page.", notMeEN},
	}
)
