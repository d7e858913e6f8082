package notify

var (
	securityAnswerJA = wording{
		Subject: "秘密の質問が登録されました",
		Lead:    "あなたの口座の秘密の質問と答えが登録されました。前の答えは使えません。",
		Advice:  []string{"答えは、当社の社員にも伝えないでください。", notMeJA},
	}
	securityAnswerEN = wording{
		Subject: "Your security question was set",
		Lead:    "A security question of your account was answered anew. An earlier answer no longer counts.",
		Advice:  []string{"Tell nobody the answer, not even our staff.", notMeEN},
	}
)
