package token

import (
	"testing"

	"sekisho/idp"
)

// What was approved once is not handed on, whichever of its marks a grant has.
func TestExchangeOfOneAct(t *testing.T) {
	for name, edit := range map[string]func(*idp.Grant){
		"good for one act":          func(g *idp.Grant) { g.SingleUse, g.Offline = true, false },
		"with a transaction's data": func(g *idp.Grant) { g.Details = []byte(`[{"type":"withdrawal"}]`) },
	} {
		t.Run(name, func(t *testing.T) {
			g := newRig(t)
			g.exchanging(t)
			subject := g.redeem(t, "web", func(i *idp.IssueCode) { edit(&i.Grant) }).text("access_token")
			wantError(t, g.exchange(t, "api", subject, docs), 400, "invalid_request")
		})
	}
}
