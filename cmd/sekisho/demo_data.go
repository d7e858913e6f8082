package main

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/pquerna/otp/totp"

	"sekisho/config"
	"sekisho/idp"
	"sekisho/idp/provider"
	"sekisho/storage"
)

// demoClient is the sample brokerage's application.
const demoClient = "aoba-trade"

// demoResource is where the brokerage's API is, which is also its name (RFC 9728).
func demoResource(base string) string { return base + "/api" }

// seedClients registers the sample brokerage and its API, with new secrets at every start,
// and the client of the page on which a sign-in can be tried.
func seedClients(ctx context.Context, c *config.Config, store *storage.Store, base string) (secret, apiSecret string, err error) {
	m, err := checkMetadata(c, idp.ClientMetadata{
		ClientName: "Aoba Trade", ClientNameJA: "青葉トレード", ClientURI: base,
		RedirectURIs: []string{base + "/callback"}, PostLogoutRedirectURIs: []string{base + "/signed-out"},
		BackChannelLogoutURI: base + "/backchannel-logout", BackChannelLogoutSID: true, InitiateLoginURI: base + "/signin",
		TokenEndpointAuthMethod: idp.AuthClientSecretBasic, GrantTypes: []string{"authorization_code", "refresh_token"},
		Scope: "openid profile email", ClientProfile: idp.ProfileOAuth21, FirstParty: true, Resources: []string{demoResource(base)}, DetailTypes: []string{"withdrawal"},
	})
	if err != nil {
		return "", "", err
	}
	if secret, err = seedClient(ctx, store, demoClient, m); err != nil {
		return "", "", err
	}
	if apiSecret, err = seedAPI(ctx, c, store, base); err != nil {
		return "", "", err
	}
	if err := seedTerminal(ctx, c, store); err != nil {
		return "", "", err
	}
	try, err := checkMetadata(c, provider.TryMetadata(c))
	if err != nil {
		return "", "", err
	}
	_, err = seedClient(ctx, store, provider.TryClient, try)
	return secret, apiSecret, err
}

func seedClient(ctx context.Context, store *storage.Store, id string, m idp.ClientMetadata) (secret string, err error) {
	client, secret := newClient(id, m, time.Now().UTC())
	stored, err := store.Client(ctx, id)
	if errors.Is(err, idp.ErrNotFound) {
		return secret, store.CreateClient(ctx, &client, idp.Effects{})
	}
	if err != nil {
		return "", err
	}
	stored.Metadata, stored.SecretHash = client.Metadata, client.SecretHash
	return secret, store.UpdateClient(ctx, stored, idp.Effects{})
}

// demoCustomer is one of the invented customers.
type demoCustomer struct {
	login, name, email string
	password           string // "" : opened by the invitation in the mailbox
	withTOTP           bool
	totp               string // secret, when it was made at this start
	what               map[string]string
}

func demoCustomers() []demoCustomer {
	return []demoCustomer{
		{login: "10000001", name: "山田 花子", email: "hanako@mail.example", password: "akagi-no-yama-2026",
			what: map[string]string{"ja": "山田 花子 — パスキーなし。パスワードとメールの確認コード", "en": "Hanako Yamada — no passkey yet; password and mailed code"}},
		{login: "10000002", name: "佐藤 太郎", email: "taro@mail.example", password: "tone-no-kawa-2026", withTOTP: true,
			what: map[string]string{"ja": "佐藤 太郎 — 認証アプリ（TOTP）登録済み", "en": "Taro Sato — authenticator app (TOTP) enrolled"}},
		{login: "10000003", name: "鈴木 一郎", email: "ichiro@mail.example",
			what: map[string]string{"ja": "鈴木 一郎 — 招待のみ。招待コードはメールボックス、ページは /invite", "en": "Ichiro Suzuki — only invited; the code is in the mailbox, the page is /invite"}},
	}
}

// seedCustomers creates the customers that are not there yet.
func seedCustomers(ctx context.Context, lang string, store *storage.Store, p *provider.Provider) ([]demoCustomer, error) {
	customers := demoCustomers()
	for i := range customers {
		c := &customers[i]
		if _, err := store.AccountByLogin(ctx, c.login); err == nil {
			continue
		} else if !errors.Is(err, idp.ErrNotFound) {
			return nil, err
		}
		if err := c.create(ctx, lang, store, p); err != nil {
			return nil, err
		}
	}
	return customers, nil
}

func (c *demoCustomer) create(ctx context.Context, lang string, store *storage.Store, p *provider.Provider) error {
	then := time.Now().UTC().Add(-30 * 24 * time.Hour) // these customers are no new ones: what they hold is past every cooling-off
	account := provider.NewAccount(c.login, then)
	account.Profile = idp.Profile{Name: c.name}
	account.Locale = lang
	mail := idp.Email{ID: idp.NewID(), AccountID: account.ID, Address: c.email, Canonical: c.email, Purpose: idp.EmailRegistered, VerifiedAt: then, CreatedAt: then}
	n := idp.NewAccount{Emails: []idp.Email{mail}}
	if c.password == "" {
		mail.VerifiedAt = time.Time{}
		n.Account, n.Emails = account, []idp.Email{mail}
		if err := store.CreateAccount(ctx, n, idp.Effects{}); err != nil {
			return err
		}
		return p.Invite(ctx, &account)
	}
	hash, err := p.HashPassword(ctx, c.password)
	if err != nil {
		return err
	}
	account.Status = idp.AccountActive
	n.Account = account
	n.Passwords = []idp.Password{{AccountID: account.ID, Kind: idp.LoginPassword, Hash: hash, ChangedAt: then}}
	if err := store.CreateAccount(ctx, n, idp.Effects{}); err != nil {
		return err
	}
	if c.withTOTP {
		c.totp, err = enrolLongAgo(ctx, &account, p)
	}
	return err
}

// enrolLongAgo gives an account an authenticator app that is past its cooling-off.
func enrolLongAgo(ctx context.Context, account *idp.Account, p *provider.Provider) (secret string, err error) {
	service := *p.TOTP()
	then := time.Now().Add(-30 * 24 * time.Hour).UTC()
	service.Now = func() time.Time { return then }
	e, err := service.Enrol(ctx, account, "demo")
	if err != nil {
		return "", err
	}
	code, err := totp.GenerateCode(strings.ReplaceAll(e.Secret, " ", ""), then)
	if err != nil {
		return "", err
	}
	_, err = service.Confirm(ctx, account.ID, "demo", code, idp.Effects{})
	return e.Secret, err
}

type demoText struct{ title, broker, provider, mailbox, customers, password, totp, try string }

var demoTexts = map[string]demoText{
	"ja": {
		title:  "関所 Sekisho — デモを開始しました（Ctrl+C で終了）",
		broker: "証券会社のサンプル", provider: "ログインページ   ", mailbox: "メールボックス   ",
		customers: "お客様（お客様コード）", password: "パスワード", totp: "認証アプリのキー",
		try: "お試しください: サンプルでログイン → メールボックスの確認コードを入力 → 注文 → 出金。\n出金にはパスキーが必要です。その場で登録できます（メールの確認だけで登録したパスキーは、デモでは1分後から出金に使えます）。\n店頭端末: サンプルの /terminal を開き、表示されたコードを別のブラウザーで入力します。",
	},
	"en": {
		title:  "Sekisho — the demo is running (Ctrl+C ends it)",
		broker: "Sample brokerage", provider: "Sign-in provider", mailbox: "Mailbox         ",
		customers: "Customers (customer code)", password: "password", totp: "authenticator app key",
		try: "Try: sign in at the brokerage → enter the code from the mailbox → place an order → withdraw.\nA withdrawal needs a passkey; you are led through adding one. A passkey added after a mailed code only counts for withdrawals after one minute here (a day by default).\nA terminal without a keyboard: open /terminal at the brokerage and enter its code in another browser.",
	},
}
