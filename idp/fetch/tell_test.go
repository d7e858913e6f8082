package fetch

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// LO-06: the status is the answer, whatever it is; a redirect is not followed, a body is
// not waited for, and nobody waits longer than the timeout.
func TestTell(t *testing.T) {
	var followed atomic.Int32
	release := make(chan struct{})
	base, roots := server(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/redirect":
			http.Redirect(w, r, "/followed", http.StatusTemporaryRedirect)
		case "/followed":
			followed.Add(1)
		case "/hangs":
			<-release
		case "/endless":
			w.WriteHeader(http.StatusOK)
			_ = http.NewResponseController(w).Flush()
			<-release
		case "/out":
			if r.PostFormValue("logout_token") != "t" {
				w.WriteHeader(http.StatusBadRequest)
			}
		default:
			w.WriteHeader(http.StatusServiceUnavailable)
		}
	}))
	t.Cleanup(func() { close(release) })
	f := New(Options{Allowed: loopback, RootCAs: roots, Lookup: lookup("127.0.0.1")})
	for path, want := range map[string]int{"/out": 200, "/redirect": 307, "/down": 503, "/endless": 200} {
		if got, err := f.Tell(t.Context(), base+path, url.Values{"logout_token": {"t"}}); err != nil || got != want {
			t.Errorf("%s: %d, %v", path, got, err)
		}
	}
	if followed.Load() != 0 {
		t.Error("LO-06: a redirect was followed")
	}
	quick := New(Options{Timeout: 50 * time.Millisecond, Allowed: loopback, RootCAs: roots, Lookup: lookup("127.0.0.1")})
	if _, err := quick.Tell(t.Context(), base+"/hangs", nil); !errors.Is(err, ErrAnswer) {
		t.Errorf("LO-06 timeout: %v", err)
	}
	inside := New(Options{RootCAs: roots, Lookup: lookup("127.0.0.1")})
	if _, err := inside.Tell(t.Context(), base+"/out", nil); !errors.Is(err, ErrBlocked) {
		t.Errorf("LO-06 a private address: %v", err)
	}
}

// IN-04: development visits the name localhost, and nothing else that is not public.
func TestDevelopment(t *testing.T) {
	s := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	t.Cleanup(s.Close)
	local := strings.Replace(s.URL, "127.0.0.1", "localhost", 1)
	f := New(Options{Development: true})
	if got, err := f.Tell(t.Context(), local, nil); err != nil || got != 200 {
		t.Errorf("localhost: %d, %v", got, err)
	}
	for _, address := range []string{s.URL, strings.Replace(s.URL, "127.0.0.1", "localhost.example", 1), strings.Replace(s.URL, "http:", "https:", 1), "http://169.254.169.254/"} {
		if _, err := f.Tell(t.Context(), address, nil); !errors.Is(err, ErrBlocked) {
			t.Errorf("%s: %v", address, err)
		}
	}
	if _, err := New(Options{}).Tell(t.Context(), local, nil); !errors.Is(err, ErrBlocked) {
		t.Errorf("in production: %v", err)
	}
	rebound := New(Options{Development: true, Lookup: lookup("10.0.0.1")})
	if _, err := rebound.Tell(t.Context(), local, nil); !errors.Is(err, ErrBlocked) {
		t.Errorf("localhost that is elsewhere: %v", err)
	}
}
