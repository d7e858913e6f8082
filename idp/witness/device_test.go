package witness

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	gooidc "github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"sekisho/config"
	"sekisho/idp"
	"sekisho/idp/idptest"
	"sekisho/idp/oidc"
	loginui "sekisho/login-ui"
)

// A device by other hands: golang.org/x/oauth2 asks, waits as it is told and takes the tokens,
// which go-oidc verifies, knowing nothing but the discovery document.
func TestDeviceByGoLibraries(t *testing.T) {
	p := idptest.New(t, idptest.Options{Edit: func(c *config.Config) { c.Device.Interval = time.Second }})
	follow(t, p.Clock)
	p.AddClient("terminal", idp.ClientMetadata{
		ClientName: "Terminal", ClientProfile: idp.ProfileOAuth21, TokenEndpointAuthMethod: idp.AuthNone,
		GrantTypes: []string{oidc.GrantDeviceCode, "refresh_token"}, Scope: "openid profile offline_access",
	})
	ctx := t.Context()
	issuer, err := gooidc.NewProvider(ctx, p.URL)
	if err != nil {
		t.Fatal(err)
	}
	terminal := oauth2.Config{ClientID: "terminal", Endpoint: issuer.Endpoint(), Scopes: []string{"openid", "offline_access"}}
	terminal.Endpoint.AuthStyle = oauth2.AuthStyleInParams
	customer := p.AddAccount(idptest.Customer{Login: "10000001"})
	b := p.NewBrowser()

	asked, err := terminal.DeviceAuth(ctx)
	if err != nil {
		t.Fatal(err)
	}
	answered := make(chan struct{})
	go func() { // the customer, while the library waits
		defer close(answered)
		b.Get(asked.VerificationURIComplete)
		b.Submit("/device")
		b.PasswordSignIn(p, customer)
		b.Submit("/consent", "decision", "allow")
	}()
	tokens, err := terminal.DeviceAccessToken(ctx, asked)
	<-answered
	if err != nil {
		t.Fatal(err)
	}
	raw, _ := tokens.Extra("id_token").(string)
	id, err := issuer.Verifier(&gooidc.Config{ClientID: "terminal"}).Verify(ctx, raw)
	if err != nil || id.Subject != customer.Subject || id.Nonce != "" {
		t.Fatalf("%+v %v", id, err)
	}
	if _, err := terminal.TokenSource(ctx, &oauth2.Token{RefreshToken: tokens.RefreshToken}).Token(); err != nil {
		t.Errorf("refreshing: %v", err)
	}

	t.Run("it understands a no", func(t *testing.T) {
		asked, err := terminal.DeviceAuth(ctx)
		if err != nil {
			t.Fatal(err)
		}
		b.Get(asked.VerificationURIComplete)
		b.Submit("/device")
		b.Submit("/consent", "decision", "deny")
		var refused *oauth2.RetrieveError
		if _, err := terminal.DeviceAccessToken(ctx, asked); !errors.As(err, &refused) || refused.ErrorCode != "access_denied" {
			t.Errorf("%v", err)
		}
	})
}

// The example of a device is a program, with the address of this provider in it.
func TestDeviceExampleIsAProgram(t *testing.T) {
	e, err := loginui.DeviceExample("https://login.example.co.jp")
	if err != nil || !strings.Contains(e.Code, `"https://login.example.co.jp"`) || strings.Contains(e.Code, "issuer.example") {
		t.Fatalf("%v %s", err, e.Code)
	}
	file := filepath.Join(t.TempDir(), "main.go")
	if err := os.WriteFile(file, []byte(e.Code), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.CommandContext(t.Context(), "go", "vet", file).CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}
