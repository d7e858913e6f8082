package provider

import (
	"net/http"

	"github.com/gorilla/mux"

	"sekisho/idp/httpsafe"
)

// Kind says who calls a route and what protects it. Every route has one; a test walks the
// table and proves the protection of each.
type Kind string

const (
	// Public documents and files: no cookie is read, the answer is the same for everybody.
	Public Kind = "public"
	// Protocol endpoints of relying parties: a form in, JSON out. Cookies mean nothing
	// there, so registered origins may call them from a browser.
	Protocol Kind = "protocol"
	// Entry points a relying party sends a browser to: they change nothing by GET that the
	// customer did not confirm, and never answer across origins (AZ-15).
	Entry Kind = "entry"
	// Pages: every POST carries the form token of this browser and place (SE-08).
	Page Kind = "page"
	// Script calls of those pages: JSON only, the token in a header.
	Script Kind = "script"
)

// Route is one line of the route table.
type Route struct {
	Path    string
	Method  string
	Kind    Kind
	Handler http.Handler
}

// mount puts the table on a router. Methods a path does not have get 405 with Allow, paths
// that do not exist 404; neither ever reaches a handler.
func mount(table []Route, refuse httpsafe.Refusal, cors func(http.Handler) http.Handler) http.Handler {
	byPath := map[string]map[string]http.Handler{}
	kinds := map[string]Kind{}
	var order []string
	for _, r := range table {
		if byPath[r.Path] == nil {
			byPath[r.Path] = map[string]http.Handler{}
			order = append(order, r.Path)
		}
		byPath[r.Path][r.Method] = r.Handler
		kinds[r.Path] = r.Kind
	}
	router := mux.NewRouter().UseEncodedPath()
	for _, path := range order {
		var h http.Handler = httpsafe.Methods{Handlers: byPath[path], Refuse: refuse}
		if kinds[path] == Protocol || kinds[path] == Public {
			h = cors(h)
		}
		if kinds[path] != Public {
			h = httpsafe.NoStore(h)
		}
		router.Handle(path, h)
	}
	router.NotFoundHandler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { refuse(w, r, http.StatusNotFound) })
	return router
}
