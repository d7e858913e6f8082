package fetch

import (
	"context"
	"crypto/x509"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// IN-04: what is not an ordinary public address is never dialled.
func TestPublic(t *testing.T) {
	for _, s := range []string{
		"127.0.0.1", "127.9.9.9", "0.0.0.0", "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1",
		"169.254.169.254", "100.64.0.1", "100.100.100.200", "192.0.0.192", "168.63.129.16", "192.0.2.1",
		"198.18.0.1", "198.51.100.1", "203.0.113.1", "224.0.0.1", "240.0.0.1", "255.255.255.255",
		"::", "::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254", "::127.0.0.1",
		"fe80::1", "fec0::1", "fc00::1", "fd00:ec2::254", "ff02::1", "64:ff9b::a00:1", "64:ff9b:1::1",
		"2001::1", "2001:db8::1", "2002:7f00:1::", "3fff::1", "100::1", "2600::1%eth0",
	} {
		if Public(netip.MustParseAddr(s)) {
			t.Errorf("%s is public", s)
		}
	}
	for _, s := range []string{"8.8.8.8", "::ffff:8.8.8.8", "172.32.0.1", "100.128.0.1", "2600::1", "2404:6800::1"} {
		if !Public(netip.MustParseAddr(s)) {
			t.Errorf("%s is not public", s)
		}
	}
	if Public(netip.Addr{}) {
		t.Error("the zero address is public")
	}
}

// server answers for the name client.example on a loopback port, which lookup hides
// behind whatever addresses a test wants.
func server(t *testing.T, h http.Handler) (base string, roots *x509.CertPool) {
	t.Helper()
	s := httptest.NewTLSServer(h)
	t.Cleanup(s.Close)
	roots = x509.NewCertPool()
	roots.AddCert(s.Certificate())
	_, port, _ := net.SplitHostPort(s.Listener.Addr().String())
	return "https://example.com:" + port, roots
}

func lookup(addrs ...string) func(context.Context, string) ([]netip.Addr, error) {
	return func(context.Context, string) ([]netip.Addr, error) {
		var out []netip.Addr
		for _, a := range addrs {
			out = append(out, netip.MustParseAddr(a))
		}
		return out, nil
	}
}

var loopback = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}

func TestGet(t *testing.T) {
	big := strings.Repeat("x", 64<<10)
	base, roots := server(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/ok":
			w.Write([]byte(big))
		case "/big":
			w.Write([]byte(big + "y"))
		case "/redirect":
			http.Redirect(w, r, "/ok", http.StatusFound)
		case "/slow":
			<-r.Context().Done()
		default:
			http.NotFound(w, r)
		}
	}))
	f := New(Options{Timeout: 5 * time.Second, Allowed: loopback, RootCAs: roots, Lookup: lookup("127.0.0.1")})
	body, err := f.Get(t.Context(), base+"/ok", "*/*")
	if err != nil || len(body) != len(big) {
		t.Fatalf("%d bytes, %v", len(body), err)
	}
	for name, path := range map[string]string{"CA-09 size cap": "/big", "CA-09 no redirects": "/redirect", "not found": "/nothing"} {
		t.Run(name, func(t *testing.T) {
			if _, err := f.Get(t.Context(), base+path, "*/*"); !errors.Is(err, ErrAnswer) {
				t.Fatalf("err = %v", err)
			}
		})
	}
	t.Run("CA-09 timeout", func(t *testing.T) {
		quick := New(Options{Timeout: 50 * time.Millisecond, Allowed: loopback, RootCAs: roots, Lookup: lookup("127.0.0.1")})
		if _, err := quick.Get(t.Context(), base+"/slow", "*/*"); !errors.Is(err, ErrAnswer) {
			t.Fatalf("err = %v", err)
		}
	})
	t.Run("an unknown certificate authority", func(t *testing.T) {
		strict := New(Options{Allowed: loopback, Lookup: lookup("127.0.0.1")})
		if _, err := strict.Get(t.Context(), base+"/ok", "*/*"); !errors.Is(err, ErrAnswer) {
			t.Fatalf("err = %v", err)
		}
	})
}

// IN-04
func TestBlocked(t *testing.T) {
	var hits atomic.Int32
	base, roots := server(t, http.HandlerFunc(func(http.ResponseWriter, *http.Request) { hits.Add(1) }))
	port := base[strings.LastIndex(base, ":"):]
	for name, c := range map[string]struct {
		url   string
		addrs []string
	}{
		"http":                       {"http://example.com" + port, []string{"127.0.0.1"}},
		"file":                       {"file:///etc/passwd", nil},
		"user":                       {"https://u:p@example.com" + port, nil},
		"no host":                    {"https:///x", nil},
		"fragment":                   {base + "/#x", nil},
		"relative":                   {"/jwks", nil},
		"loopback by name":           {base, []string{"127.0.0.1"}},
		"IPv4-mapped":                {base, []string{"::ffff:127.0.0.1"}},
		"metadata":                   {base, []string{"169.254.169.254"}},
		"one private among public":   {base, []string{"8.8.8.8", "10.0.0.1"}},
		"loopback literal":           {"https://127.0.0.1" + port, nil},
		"loopback literal in IPv6":   {"https://[::ffff:127.0.0.1]" + port, nil},
		"loopback in decimal":        {"https://2130706433" + port, []string{"127.0.0.1"}},
		"the name localhost":         {"https://localhost" + port, []string{"127.0.0.1", "::1"}},
		"loopback with trailing dot": {"https://127.0.0.1." + port, []string{"127.0.0.1"}},
	} {
		t.Run(name, func(t *testing.T) {
			f := New(Options{RootCAs: roots, Lookup: lookup(c.addrs...)})
			if _, err := f.Get(t.Context(), c.url, "*/*"); !errors.Is(err, ErrBlocked) {
				t.Fatalf("err = %v", err)
			}
			if _, err := f.Post(t.Context(), c.url, url.Values{}); !errors.Is(err, ErrBlocked) {
				t.Fatalf("err = %v", err)
			}
		})
	}
	if hits.Load() != 0 {
		t.Fatal("a blocked address was reached")
	}
}

// IN-04: a name server that answers differently the second time gains nothing, because
// there is no second look-up between the judgement and the dialling.
func TestRebinding(t *testing.T) {
	base, roots := server(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.Write([]byte("{}")) }))
	var asked atomic.Int32
	rebinding := func(context.Context, string) ([]netip.Addr, error) {
		if asked.Add(1) == 1 {
			return []netip.Addr{netip.MustParseAddr("127.0.0.1")}, nil
		}
		return []netip.Addr{netip.MustParseAddr("169.254.169.254")}, nil
	}
	f := New(Options{Allowed: loopback, RootCAs: roots, Lookup: rebinding})
	if _, err := f.Get(t.Context(), base, "*/*"); err != nil {
		t.Fatal(err)
	}
	if asked.Load() != 1 {
		t.Fatalf("%d look-ups for one request", asked.Load())
	}
	if _, err := f.Get(t.Context(), base, "*/*"); !errors.Is(err, ErrBlocked) {
		t.Fatalf("the next request reused the earlier judgement: %v", err)
	}
}

func TestPost(t *testing.T) {
	base, roots := server(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodPost || r.FormValue("logout_token") != "t" {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		w.WriteHeader(http.StatusNoContent)
	}))
	f := New(Options{Allowed: loopback, RootCAs: roots, Lookup: lookup("127.0.0.1")})
	if _, err := f.Post(t.Context(), base, url.Values{"logout_token": {"t"}}); err != nil {
		t.Fatal(err)
	}
}
