package brokerage

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
)

// issuer is the provider as its discovery document describes it, fetched at first need.
type issuer struct {
	url    string
	client *http.Client
	now    func() time.Time

	mu     sync.Mutex
	found  *discovered
	failed time.Time
	err    error
}

type discovered struct {
	*oidc.Provider
	EndSession string `json:"end_session_endpoint"`
	SendsISS   bool   `json:"authorization_response_iss_parameter_supported"`

	PushedRequests string   `json:"pushed_authorization_request_endpoint"`
	DetailTypes    []string `json:"authorization_details_types_supported"`
	Redemption     string   `json:"sekisho_redemption_endpoint"` // where approvals are used up
	Introspection  string   `json:"introspection_endpoint"`
	KeySet         string   `json:"jwks_uri"`
}

// discover answers from memory, or asks. While the provider is down it is asked at most
// once a second, however many customers wait.
func (i *issuer) discover(ctx context.Context) (*discovered, error) {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.found != nil {
		return i.found, nil
	}
	if i.err != nil && i.now().Sub(i.failed) < time.Second {
		return nil, i.err
	}
	d := &discovered{}
	p, err := oidc.NewProvider(oidc.ClientContext(context.WithoutCancel(ctx), i.client), i.url)
	if err == nil {
		err = p.Claims(d)
	}
	if err != nil {
		i.failed, i.err = i.now(), fmt.Errorf("brokerage: discovery: %w", err)
		return nil, i.err
	}
	d.Provider = p
	i.found, i.err = d, nil
	return d, nil
}
