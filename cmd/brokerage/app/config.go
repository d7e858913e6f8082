package brokerage

import (
	"crypto"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// Config is what a firm's operator fills in after registering the client.
type Config struct {
	Issuer   string
	ClientID string
	// ClientSecret selects client_secret_basic; PrivateKey (with KeyID) selects
	// private_key_jwt. Exactly one is set.
	ClientSecret string
	PrivateKey   crypto.Signer // ECDSA P-256, RSA or Ed25519
	KeyID        string
	BaseURL      string // of this site, without a path; /callback, /signed-out and /backchannel-logout are registered under it
	Resource     string // resource indicator (RFC 8707) of the API: the audience its tokens must have
	APIURL       string // where the application finds its API; default BaseURL + "/api"
	// APIClientID and APIClientSecret are the API's own registration, with which it uses
	// approvals up and exchanges tokens (client_secret_basic). Without them nothing can be
	// withdrawn.
	APIClientID, APIClientSecret string
	Settlement                   string // resource indicator of the service behind the API that settles orders; "": none
	TerminalID                   string // client id of the terminal in the lobby (RFC 8628); "": none
	Logger                       *slog.Logger
	Now                          func() time.Time
	HTTPClient                   *http.Client // for the provider and the API
}

func (c Config) complete() (Config, error) {
	for name, v := range map[string]string{"issuer": c.Issuer, "base URL": c.BaseURL, "resource": c.Resource} {
		if u, err := url.Parse(v); err != nil || u.Host == "" || u.Fragment != "" {
			return c, fmt.Errorf("brokerage: the %s is not an absolute URL", name)
		}
	}
	if c.ClientID == "" || (c.ClientSecret == "") == (c.PrivateKey == nil) {
		return c, errors.New("brokerage: a client id and either a secret or a private key are required")
	}
	c.BaseURL = strings.TrimRight(c.BaseURL, "/")
	if c.APIURL == "" {
		c.APIURL = c.BaseURL + "/api"
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.HTTPClient == nil {
		c.HTTPClient = &http.Client{Timeout: 10 * time.Second}
	}
	return c, nil
}

// secure reports whether cookies may be, and must be, limited to https.
func (c Config) secure() bool { return strings.HasPrefix(c.BaseURL, "https://") }
