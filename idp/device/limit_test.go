package device

import (
	"context"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"sekisho/idp"
)

// allowances counts by key, one request each.
type allowances map[string]bool

func (a allowances) AddDeviceCode(context.Context, idp.DeviceCode) error { return nil }

func (a allowances) TakeToken(_ context.Context, key string, _ idp.RateLimit, _ time.Time) (bool, time.Duration, error) {
	taken := a[key]
	a[key] = true
	return !taken, time.Minute, nil
}

// A public client proves nothing: whoever names it uses up the allowance of one network
// address, and one that authenticates has a single allowance wherever it asks from.
func TestAllowances(t *testing.T) {
	for method, sharedByAddresses := range map[string]bool{idp.AuthNone: false, idp.AuthClientSecretBasic: true} {
		address := "192.0.2.1"
		e := &Endpoint{Store: allowances{}, Now: time.Now}
		e.ClientIP = func(*http.Request) string { return address }
		ask := func() bool {
			client := &idp.Client{ID: "lobby", Metadata: idp.ClientMetadata{TokenEndpointAuthMethod: method}}
			return e.limit(&request{w: httptest.NewRecorder(), http: httptest.NewRequest("POST", "/", nil), client: client}) == nil
		}
		if !ask() || ask() {
			t.Errorf("%s: not one request from one address", method)
		}
		address = "192.0.2.2"
		if ask() == sharedByAddresses {
			t.Errorf("%s: a second address shares the allowance: want %v", method, sharedByAddresses)
		}
	}
}
