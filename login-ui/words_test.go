package loginui_test

import (
	"strings"
	"testing"

	"golang.org/x/net/html"
)

// words is the text of a page's main part as a reader sees it, without any spacing.
func words(t *testing.T, body string) string {
	t.Helper()
	doc, err := html.Parse(strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	var walk func(*html.Node)
	walk = func(n *html.Node) {
		if n.Type == html.ElementNode && (n.Data == "template" || n.Data == "script" || n.Data == "noscript") {
			return
		}
		if n.Type == html.TextNode {
			b.WriteString(n.Data)
		}
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			walk(c)
		}
	}
	walk(doc)
	return strings.Join(strings.Fields(b.String()), " ")
}

// The words of the moments that worry people most are the ones the firm has agreed.
func TestAgreedWords(t *testing.T) {
	for _, c := range []struct{ page, ja, en string }{
		{"notice-login_failed",
			"お客様コードかパスワードが違います。あと数回まちがえると、一定時間パスワードでのログインを停止します。パスキーはそのままご利用いただけます。",
			"The customer code or password is not right. After a few more tries, signing in by password pauses for a while. Your passkey keeps working."},
		{"notice-password_locked",
			"パスワードでのログインを14:32まで停止しています。パスキーならいまログインできます。",
			"Signing in by password is paused until 14:32 JST. You can sign in with your passkey now."},
		{"notice-passkey_cancelled",
			"パスキーの確認が取り消されました。もう一度お試しいただくか、別の方法をお選びください。",
			"The passkey check was cancelled. Try again or choose another way."},
		{"signin-stepup",
			"出金には、もう一度ご本人の確認が必要です。",
			"A withdrawal needs one more check that it is you."},
		{"passkey-needed",
			"出金にはパスキーが必要です。この端末に登録すると、すぐにお使いいただけます。（約1分）",
			"Withdrawals need a passkey. Add one on this device; it takes about a minute."},
		{"cooling-off",
			"安全のため、この端末のパスキーで出金できるのは11月23日 9:00からです。お急ぎの場合は窓口へ。",
			"For your safety this passkey can approve withdrawals from 23 Nov, 9:00 JST. In a hurry? Call us."},
		{"notice-failed",
			"処理を完了できませんでした。お取引や設定は変わっていません。少し待ってからもう一度お試しください。（受付番号 7KQ2-M8XD）",
			"We could not finish this. Nothing was changed. Please try again in a moment. (Reference 7KQ2-M8XD)"},
		{"security", "パスキー2件で守られています。", "Protected by 2 passkeys."},
		{"security-one", "パスキー1件で守られています。", "Protected by 1 passkey."},
		{"signin", "当社がメールでログインページへのリンクをお送りすることはありません。", "We never email links to this sign-in page."},
	} {
		for lang, want := range map[string]string{"ja": c.ja, "en": c.en} {
			if got := words(t, get(t, "/gallery/"+c.page+"?lang="+lang).Body.String()); !strings.Contains(got, want) {
				t.Errorf("%s %s: %q\nnot in %s", c.page, lang, want, got)
			}
		}
	}
}

// E6: the desk's number and hours stand on every page, in the page's language.
func TestDeskIsOnEveryPage(t *testing.T) {
	t.Run("E6", func(t *testing.T) {
		for _, name := range []string{"signin", "code-email", "code-totp", "security", "error-failed", "logged-out", "form-post", "help"} {
			for lang, hours := range map[string]string{"ja": "平日 8:00–18:00", "en": "weekdays 8:00–18:00 JST"} {
				body := get(t, "/gallery/"+name+"?lang="+lang).Body.String()
				if !strings.Contains(body, `<a href="tel:0120000000">0120-000-000</a>`) || !strings.Contains(body, hours) {
					t.Errorf("%s %s: no desk line", name, lang)
				}
			}
		}
	})
}

// D9: removing the last passkey explains what is left; removing another does not frighten.
func TestRemovingTheLastPasskey(t *testing.T) {
	last := words(t, get(t, "/gallery/passkey-remove-last?lang=ja").Body.String())
	for _, want := range []string{"これは最後のパスキーです。", "パスワードと認証アプリ", "パスワードとメールの確認コード"} {
		if !strings.Contains(last, want) {
			t.Errorf("last: no %q", want)
		}
	}
	if other := words(t, get(t, "/gallery/passkey-remove?lang=ja").Body.String()); strings.Contains(other, "最後") {
		t.Error("another: speaks of the last passkey")
	}
}
