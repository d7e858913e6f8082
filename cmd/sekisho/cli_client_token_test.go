package main

import (
	"strings"
	"testing"

	"sekisho/idp"
)

// AD-05: tokens for registration are made, listed without themselves, and ended.
func TestClientTokens(t *testing.T) {
	d := migratedDesk(t)
	d.fails(2, []string{"registration.policy is off"}, "client", "token", "add")
	d.environ = append(d.environ, "SEKISHO_REGISTRATION__POLICY=initial_access_token")
	var made tokenView
	d.json(&made, "client", "token", "add", "--note", "document portal", "--uses", "3", "--expires-in", "2h", "--scope", "openid", "--profile", "oidc")
	if len(made.Token) != 43 || made.MaxUses != 3 || made.Scope != "openid" || made.Profile != string(idp.ProfileOIDC) || made.Expires.Sub(made.Created).Hours() != 2 {
		t.Errorf("%+v", made)
	}
	for _, args := range [][]string{{"client", "token", "list"}, {"client", "token", "list", "--json"}} {
		if out := d.ok(args...); !strings.Contains(out, "document portal") || strings.Contains(out, made.Token) {
			t.Errorf("%v:\n%s", args, out)
		}
	}
	if out := d.ok("client", "token", "add"); !strings.Contains(out, "shown once") {
		t.Errorf("%s", out)
	}
	d.ok("client", "token", "revoke", made.ID)
	var list []tokenView
	if d.json(&list, "client", "token", "list"); len(list) != 2 || (list[0].Revoked == nil) == (list[1].Revoked == nil) {
		t.Errorf("%+v", list)
	}
	d.fails(1, []string{`no token "none"`}, "client", "token", "revoke", "none")
	for _, c := range []struct{ args, words string }{
		{"--uses 0", "write 1 to 1000"}, {"--uses 1001", "registration.max_clients"}, {"--expires-in 1s", "write 1m"}, {"--expires-in 9000h", "8760h"},
		{"--profile lax", "write fapi2"}, {"--scope martian", "registration.scopes"},
	} {
		d.fails(2, []string{c.words}, append([]string{"client", "token", "add"}, strings.Fields(c.args)...)...)
	}
	if out := d.ok("audit", "list", "--json"); !strings.Contains(out, "registrationtoken.created") || !strings.Contains(out, "registrationtoken.revoked") || strings.Contains(out, made.Token) {
		t.Errorf("AD-05: %s", out)
	}
}
