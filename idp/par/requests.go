package par

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"sekisho/idp"
	"sekisho/idp/oidc"
)

// RequestStore finds pushed requests. *storage.Store satisfies it.
type RequestStore interface {
	// PushedRequest returns a pushed request, expired and used ones too; idp.ErrNotFound.
	PushedRequest(ctx context.Context, hash []byte) (*idp.PushedRequest, error)
}

// Requests finds pushed requests for the authorization endpoint.
type Requests struct {
	Store RequestStore
	Now   func() time.Time
}

// Pushed returns the request that a request_uri stands for. Loading the page again gets it
// again until an authorization is completed (PR-06): that is when it is used up, in the
// transaction that issues the code. The errors are those of oidc.PushedRequests.
func (q *Requests) Pushed(ctx context.Context, uri string) (*oidc.AuthorizationRequest, error) {
	hash := idp.HashSecret(uri)
	row, err := q.Store.PushedRequest(ctx, hash)
	switch {
	case err != nil:
		return nil, err
	case !row.UsedAt.IsZero():
		return nil, fmt.Errorf("pushed request: %w", idp.ErrConsumed)
	case !q.Now().Before(row.ExpiresAt):
		return nil, fmt.Errorf("pushed request: %w", idp.ErrExpired)
	}
	request := &oidc.AuthorizationRequest{}
	if err := json.Unmarshal(row.Request, request); err != nil {
		return nil, fmt.Errorf("pushed request: %w", err)
	}
	request.Pushed = hash
	return request, nil
}
