package httpsafe

import (
	"net/http"
	"slices"
	"strings"

	"github.com/gorilla/mux"
)

// Methods is a route's table of methods. HEAD is served by GET. Any other method, TRACE
// among them, gets 405 with Allow (HD-09).
type Methods struct {
	Handlers map[string]http.Handler
	Refuse   Refusal
}

func (m Methods) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	method := r.Method
	if method == http.MethodHead {
		method = http.MethodGet
	}
	if h, ok := m.Handlers[method]; ok {
		h.ServeHTTP(w, r)
		return
	}
	w.Header().Set("Allow", m.allow())
	m.Refuse(w, r, http.StatusMethodNotAllowed)
}

func (m Methods) allow() string {
	var names []string
	for name := range m.Handlers {
		names = append(names, name)
		if name == http.MethodGet {
			names = append(names, http.MethodHead)
		}
	}
	slices.Sort(names)
	return strings.Join(names, ", ")
}

// PathVar is a variable of the matched route, "" when the route has none of that name.
func PathVar(r *http.Request, name string) string { return mux.Vars(r)[name] }
