package brokerage

// say is the text of a key in a language; an unknown key would be a programming error and
// shows as itself, which a test refuses.
func say(lang, key string) string {
	pair, known := texts[key]
	if !known {
		return key
	}
	if lang == "en" {
		return pair[1]
	}
	return pair[0]
}

// knownProblem reports whether the API's refusal has a text of its own.
func knownProblem(code string) bool {
	switch code {
	case "order_invalid", "quantity_invalid", "cash_short", "shares_short", "amount_invalid", approvalGood, approvalUsed, approvalUnknown:
		return true
	}
	return false
}

var texts = map[string][2]string{
	"site":          {"青葉トレード", "Aoba Trade"},
	"tagline":       {"青葉証券の取引サイト", "Trading at Aoba Securities"},
	"sample":        {"これは見本のサイトです。銘柄・残高・銀行はすべて架空のものです。", "This is a sample site. Shares, balances and banks are invented."},
	"help":          {"お困りのときは 0120-000-000（平日 8:00–18:00）", "Need help? 0120-000-000 (weekdays 8:00\u2060–\u206018:00)"},
	"other":         {"English", "日本語"},
	"skip":          {"本文へ", "Skip to content"},
	"nav":           {"メニュー", "Menu"},
	"nav.holdings":  {"資産", "Assets"},
	"nav.trade":     {"注文", "Trade"},
	"nav.withdraw":  {"出金", "Withdraw"},
	"sign_out":      {"ログアウト", "Sign out"},
	"sama":          {" 様", ""},
	"customer":      {"お客様", "Customer"},
	"back.holdings": {"資産の一覧へ", "Back to my assets"},

	"home.title": {"今日の市場と、あなたの資産を。", "The market today, and what you own."},
	"home.lead":  {"残高の確認、注文、出金まで。大切な操作の前には、そのつどご本人であることを確認します。", "See your balance, place orders, withdraw. Before anything that matters we check that it is you."},
	"home.in":    {"ログイン", "Sign in"},
	"home.where": {"青葉証券のログインページが開きます。パスワードをこのサイトに入力することはありません。", "The sign-in page of Aoba Securities will open. You never type a password on this site."},
	"home.three": {"操作ごとの確認", "How we check"},
	"home.s1":    {"資産を見る", "Looking"},
	"home.s1t":   {"ログインしていればご覧いただけます。", "Being signed in is enough."},
	"home.s2":    {"注文する", "Trading"},
	"home.s2t":   {"時間がたっているときは、もう一度確認します。", "If some time has passed we check again."},
	"home.s3":    {"出金する", "Withdrawing"},
	"home.s3t":   {"1回ごとに、パスキーで確認します。", "We check every single time, by passkey."},

	"holdings.title":    {"資産", "Assets"},
	"holdings.total":    {"資産の合計", "Total"},
	"holdings.cash":     {"お預り金", "Cash"},
	"holdings.list":     {"保有銘柄", "Shares you own"},
	"holdings.name":     {"銘柄", "Share"},
	"holdings.quantity": {"数量", "Quantity"},
	"holdings.price":    {"現在値", "Price"},
	"holdings.worth":    {"評価額", "Value"},
	"holdings.gain":     {"損益", "Gain"},
	"holdings.none":     {"保有銘柄はありません。", "You own no shares."},
	"holdings.act":      {"操作", "Action"},
	"holdings.sell":     {"売却", "Sell"},
	"holdings.buy":      {"注文する", "Trade"},
	"holdings.withdraw": {"出金する", "Withdraw"},
	"shares":            {"株", "shares"},

	"trade.title":    {"注文", "Place an order"},
	"trade.lead":     {"成行注文です。ログインから時間がたっているときは、送信のあとにご本人の確認があります。", "A market order. If you signed in a while ago, we check that it is you after you send it."},
	"trade.share":    {"銘柄", "Share"},
	"trade.side":     {"売買", "Buy or sell"},
	"trade.buy":      {"買い", "Buy"},
	"trade.sell":     {"売り", "Sell"},
	"trade.quantity": {"数量（100株単位）", "Quantity (lots of 100)"},
	"trade.send":     {"この内容で注文する", "Send this order"},
	"trade.have":     {"使えるお預り金", "Cash you can use"},

	"withdraw.title":   {"出金", "Withdraw"},
	"withdraw.lead":    {"出金には、もう一度ご本人の確認が必要です。次の画面でパスキーをお使いください。", "A withdrawal needs one more check that it is you. Please have your passkey ready."},
	"withdraw.to":      {"出金先", "To"},
	"withdraw.bank":    {"みどり銀行 本店 普通 ••••567", "Midori Bank, Head Office, ordinary ••••567"},
	"withdraw.have":    {"出金できる金額", "You can withdraw"},
	"withdraw.amount":  {"出金額（円）", "Amount (yen)"},
	"withdraw.hint":    {"1,000円から、1回1,000万円まで", "From ¥1,000 to ¥10,000,000 at a time"},
	"withdraw.send":    {"確認へ進む", "Continue"},
	"withdraw.nothing": {"確認が終わるまで、お金は動きません。", "No money moves until the check is done."},

	"receipt.order":      {"注文が約定しました", "Your order was filled"},
	"receipt.withdrawal": {"出金を受け付けました", "Your withdrawal is on its way"},
	"receipt.ref":        {"受付番号", "Reference"},
	"receipt.at":         {"日時", "Time"},
	"receipt.price":      {"約定単価", "Price per share"},
	"receipt.settles":    {"受渡日", "Settlement date"},
	"receipt.sum":        {"約定代金", "Total"},
	"receipt.amount":     {"出金額", "Amount"},
	"receipt.cash":       {"このあとのお預り金", "Cash afterwards"},
	"receipt.proof":      {"ご本人の確認", "How you proved it was you"},
	"receipt.level":      {"方法", "Method"},
	"receipt.when":       {"確認した日時", "Checked at"},
	"receipt.acr":        {"確認の種類（acr）", "Kind of check (acr)"},

	"approved.title":    {"お客様の承認", "What you approved"},
	"approved.at":       {"承認した日時", "Approved at"},
	"approved.how":      {"承認の方法", "How"},
	"approved.password": {"と取引パスワード", " and transaction password"},
	"approved.number":   {"控えの番号", "Receipt number"},
	"approved.signed":   {"この金額と振込先に、お客様のパスキーが署名しました。あとから書き換えることは、だれにもできません。", "Your passkey signed exactly this amount and destination. Nobody can change them afterwards."},
	"approved.recorded": {"青葉証券の認証の記録と署名によるものです。", "This rests on the record and the signature of the sign-in provider."},
	"approved.once":     {"この承認は、この出金だけに使われました。次の出金では、あらためて承認をお願いします。", "This approval was used for this withdrawal only. The next one needs a new approval."},
	"approved.file":     {"控えをダウンロード", "Download the receipt"},
	"approved.verify":   {"控えの確かめ方", "How to check the receipt"},
	"approved.verify1":  {"控えのファイルと、", "Keep the receipt file together with "},
	"approved.keys":     {"公開鍵のファイル", "the published keys"},
	"approved.verify2":  {"（jwks.json という名前で保存）を一緒に保管してください。だれでも、いつでも、当社に問い合わせずに次のコマンドで確かめられます。", " (saved as jwks.json). Anybody can then check it at any time, without asking us, with this command:"},

	"level.urn:sekisho:acr:email": {"パスワードとメールの確認コード", "Password and a mailed code"},
	"level.urn:sekisho:acr:mfa":   {"パスワードと認証アプリ", "Password and authenticator app"},
	"level.phr":                   {"パスキー", "Passkey"},
	"level.phrh":                  {"専用機器のパスキー", "Passkey on a security key"},

	"signed_out.title": {"ログアウトしました", "You are signed out"},
	"signed_out.lead":  {"ご利用ありがとうございました。共用の端末では、ブラウザーも閉じてください。", "Thank you. On a shared computer, please close the browser as well."},
	"signed_out.again": {"もう一度ログインする", "Sign in again"},

	"trouble.stale":       {"この画面の有効期限が切れました", "This page is no longer valid"},
	"trouble.stale.t":     {"お取引や残高は変わっていません。資産の画面から、もう一度お進みください。", "Nothing was changed. Please start again from your assets."},
	"trouble.missing":     {"ページが見つかりません", "There is no such page"},
	"trouble.missing.t":   {"お探しのページはないか、表示できる期間が終わりました。", "It does not exist, or can no longer be shown."},
	"trouble.unavailable": {"ただいまつながりにくくなっています", "We cannot be reached just now"},
	"trouble.unavailable.t": {
		"お取引や残高は変わっていません。少し待ってから、もう一度お試しください。",
		"Nothing was changed. Please try again in a moment.",
	},
	"trouble.back": {"最初の画面へ", "To the front page"},

	"why.access_denied": {
		"ご本人の確認が取り消されました。お取引や残高は変わっていません。入力内容はそのまま残っていますので、よろしければもう一度お進みください。",
		"The check was cancelled. Nothing was changed. Everything you typed is still here, whenever you want to try again.",
	},
	"why.unmet_authentication_requirements": {
		"この操作に必要なご本人の確認ができませんでした。お取引や残高は変わっていません。入力内容はそのまま残っています。パスキーを登録するか、下の番号へお電話ください。",
		"The check this needs could not be done. Nothing was changed and everything you typed is still here. Add a passkey, or call the number below.",
	},
	"why.another_customer": {
		"別のお客様として確認されたため、手続きを進めませんでした。お取引や残高は変わっていません。ご自身の認証でもう一度お試しください。",
		"The check was passed as another customer, so we did not go on. Nothing was changed. Please try again as yourself.",
	},
	"why.temporarily_unavailable": {
		"手続きを完了できませんでした。お取引や残高は変わっていません。少し待ってから、もう一度お試しください。",
		"We could not finish this. Nothing was changed. Please try again in a moment.",
	},
	"why.outcome_unknown": {
		"結果を確認できませんでした。もう一度送信する前に、資産の画面でお預り金をお確かめください。",
		"We do not know how this ended. Before sending it again, please check your cash on the assets page.",
	},
	"why.approval_good": {
		"認証のサーバーにつながらないため、出金は行われていません。お預り金はそのままです。承認はまだ使われていません。数分のうちにもう一度お進みいただければ、承認をやり直す必要はありません。",
		"The sign-in provider could not be reached, so nothing was withdrawn and your cash is unchanged. Your approval has not been used. If you continue within a few minutes you need not approve again.",
	},
	"why.approval_used": {
		"認証のサーバーの応答を受け取れなかったため、出金は行われていません。お預り金はそのままです。承認は使用済みになりました。もう一度お進みになると、あらためて承認をお願いします。",
		"The answer of the sign-in provider did not reach us, so nothing was withdrawn and your cash is unchanged. Your approval counts as used. If you continue you will be asked to approve again.",
	},
	"why.approval_unknown": {
		"認証のサーバーの応答を受け取れなかったため、出金は行われていません。お預り金はそのままです。承認が使用済みになったかどうかは確認できませんでした。もう一度お進みください。必要な場合は、あらためて承認をお願いします。",
		"The answer of the sign-in provider did not reach us, so nothing was withdrawn and your cash is unchanged. We could not find out whether your approval counts as used. Please continue once more; if it does, you will be asked to approve again.",
	},
	"why.signed_off": {"ログインの有効期限が切れていました。送信された内容は受け付けていません。もう一度ログインしてください。", "You were no longer signed in, so nothing was accepted. Please sign in again."},
	"why.signed_out_elsewhere": {
		"ほかの画面または端末でログアウトされたため、このサイトからもログアウトしました。入力途中だった注文や出金は送信されていません。続けるには、もう一度ログインしてください。",
		"You signed out in another window or on another device, so you are signed out here too. An order or withdrawal you had not sent yet was not sent. To go on, please sign in again.",
	},
	"why.order_invalid":    {"銘柄と売買の別をお選びください。注文は出ていません。", "Please choose a share and whether to buy or sell. No order was sent."},
	"why.quantity_invalid": {"数量は100株単位で、10,000株まで入力してください。注文は出ていません。", "Please give the quantity in lots of 100, up to 10,000. No order was sent."},
	"why.cash_short":       {"お預り金が足りません。お取引は行われていません。", "There is not enough cash. Nothing was done."},
	"why.shares_short":     {"保有している数量を超えています。注文は出ていません。", "That is more than you own. No order was sent."},
	"why.amount_invalid":   {"出金額は1,000円から1,000万円までの数字で入力してください。出金は行われていません。", "Please give an amount from ¥1,000 to ¥10,000,000. Nothing was withdrawn."},
}
