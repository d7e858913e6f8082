package provider_test

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"sekisho/idp/idptest"
	"sekisho/idp/provider"
)

// LG-05: while audit records cannot be written nobody gets a token, takes a step of a
// sign-in or changes a setting; what only shows something goes on; and all of it is as
// before once records flow again, the waiting ones first.
func TestNothingIsGrantedUnaudited(t *testing.T) {
	w := newWalk(t, nil)
	rp := w.NewRelyingParty("other", nil)
	db := idptest.Second(t, w.url)
	statement := func(s string) {
		t.Helper()
		if _, err := db.ExecContext(t.Context(), s); err != nil {
			t.Fatal(err)
		}
	}
	statement("ALTER TABLE audit_records RENAME TO audit_records_away")
	if a := w.Call(http.MethodPost, "/token", "grant_type=client_credentials&client_id=nobody&client_secret=x", "Content-Type", formMedia); a.Status != http.StatusUnauthorized {
		t.Fatalf("a short trouble of the sink refuses everybody: %d %s", a.Status, a.Body)
	}
	if err := w.Recorder.Flush(context.Background()); err == nil {
		t.Fatal("the record was written into a table that is away")
	}
	w.Clock.Advance(6 * time.Second)
	if w.Recorder.Err() == nil {
		t.Fatal("the sink is down and nobody says so")
	}
	before := w.state(t)
	for _, route := range w.Routes() {
		t.Run("LG-05 "+route.Method+" "+route.Path, func(t *testing.T) { w.whileSinkIsDown(t, route) })
		if onlyReads(route) {
			before = w.state(t) // showing a page may begin an interaction
		}
		if w.state(t) != before {
			t.Errorf("LG-05: %s %s changed something unaudited", route.Method, route.Path)
		}
	}

	statement("ALTER TABLE audit_records_away RENAME TO audit_records")
	if err := w.Recorder.Flush(context.Background()); err != nil || w.Recorder.Err() != nil {
		t.Fatalf("the sink does not heal: %v, %v", err, w.Recorder.Err())
	}
	w.Recorded(t, "client.auth_failed")
	if a := rp.Post("/token", "grant_type", "client_credentials"); a.Status != http.StatusOK {
		t.Errorf("after healing: %d %s", a.Status, a.Body)
	}
	if page := w.b.Get("/authorize?" + idptest.AuthorizeQuery("app", idptest.Redirect).Encode()); page.Left == "" {
		t.Errorf("after healing: authorization ends at %d %s", page.Status, page.URL)
	}
}

func (w *walk) whileSinkIsDown(t *testing.T, route provider.Route) {
	a := attempt{}
	if route.Method == http.MethodPost {
		a.media, a.body = formMedia, "csrf="+longest(w.csrf, w.concrete(route.Path))
		if route.Kind == provider.Script {
			a.media, a.body, a.header = jsonMedia, "{}", map[string]string{"X-CSRF-Token": longest(w.csrf, w.concrete(route.Path))}
		}
	}
	page := w.send(t, route.Method, w.concrete(route.Path), a)
	shut := page.Status == http.StatusServiceUnavailable
	media := page.Header.Get("Content-Type")
	switch reads := onlyReads(route); {
	case reads && shut:
		t.Errorf("a page that only shows something is shut")
	case reads:
	case !shut || page.Header.Get("Retry-After") == "":
		t.Errorf("answered %d %s", page.Status, page.Header.Get("Location"))
	case (route.Kind == provider.Protocol || route.Kind == provider.Server) && (!strings.HasPrefix(media, "application/json") || !strings.Contains(page.Body, `"error":"`)):
		t.Errorf("a relying party gets %s %s", media, page.Body)
	case route.Kind == provider.Script && (!strings.HasPrefix(media, "application/json") || !strings.Contains(page.Body, `"error":{`)):
		t.Errorf("the page's script gets %s %s", media, page.Body)
	case (route.Kind == provider.Page || route.Kind == provider.Entry) && !strings.HasPrefix(media, "text/html"):
		t.Errorf("a customer gets %s", media)
	}
}

// onlyReads reports whether the route can give nothing; an authorization request can.
func onlyReads(r provider.Route) bool { return r.Method == http.MethodGet && r.Path != "/authorize" }
