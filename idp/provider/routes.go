package provider

import (
	"net/http"
	"net/url"

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
	// Server endpoints are Protocol endpoints that no browser has business with: they
	// never answer across origins (DJ-05).
	Server Kind = "server"
	// Entry points a relying party sends a browser to: they change nothing by GET that the
	// customer did not confirm, and never answer across origins (AZ-15).
	Entry Kind = "entry"
	// Pages: every POST carries the form token of this browser and place (SE-08).
	Page Kind = "page"
	// Script calls of those pages: JSON only, the token in a header.
	Script Kind = "script"
)

// protocol reports whether relying parties and resource servers call it, and JSON is what they read.
func (k Kind) protocol() bool { return k == Protocol || k == Server }

// Route is one line of the route table.
type Route struct {
	Path    string
	Method  string
	Kind    Kind
	Handler http.Handler
}

// critical reports whether a request to the route may give or change what somebody is
// allowed to do. An authorization request may end with a code at once, so it counts.
func (r Route) critical() bool {
	return r.Kind != Public && r.Method != http.MethodGet || r.Path == authorizePath
}

// browserPath reports whether people open a path by hand: a page that can be read. An
// authorization request in the clear is a relying party's mistake, which a redirect would
// hide (ASVS 4.1.2).
func browserPath(table []Route) func(path string) bool {
	router := mux.NewRouter().UseEncodedPath()
	for _, r := range table {
		if r.Kind == Page && r.Method == http.MethodGet {
			router.Handle(r.Path, r.Handler)
		}
	}
	return func(path string) bool {
		return router.Match(&http.Request{Method: http.MethodGet, URL: &url.URL{Path: path}}, &mux.RouteMatch{})
	}
}

// around is what mount puts around handlers.
type around struct {
	refuse   httpsafe.Refusal
	cors     func(http.Handler) http.Handler // protocol endpoints and public documents
	nonce    func(http.Handler) http.Handler // protocol endpoints
	critical func(http.Handler) http.Handler // routes that are critical
}

// mount puts the table on a router. Methods a path does not have get 405 with Allow, paths
// that do not exist 404; neither ever reaches a handler.
func mount(table []Route, with around) http.Handler {
	byPath := map[string]map[string]http.Handler{}
	kinds := map[string]Kind{}
	var order []string
	for _, r := range table {
		if byPath[r.Path] == nil {
			byPath[r.Path] = map[string]http.Handler{}
			order = append(order, r.Path)
		}
		handler := r.Handler
		if r.critical() {
			handler = with.critical(handler)
		}
		byPath[r.Path][r.Method] = handler
		kinds[r.Path] = r.Kind
	}
	router := mux.NewRouter().UseEncodedPath()
	for _, path := range order {
		var h http.Handler = httpsafe.Methods{Handlers: byPath[path], Refuse: with.refuse}
		if kinds[path].protocol() {
			h = with.nonce(h)
		}
		if kinds[path] == Protocol || kinds[path] == Public {
			h = with.cors(h)
		}
		if kinds[path] == Page || kinds[path] == Script {
			h = httpsafe.TopLevel(with.refuse)(h)
		}
		if kinds[path] != Public {
			h = httpsafe.NoStore(h)
		}
		router.Handle(path, h)
	}
	router.NotFoundHandler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { with.refuse(w, r, http.StatusNotFound) })
	return router
}
