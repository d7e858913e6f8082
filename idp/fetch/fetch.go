package fetch

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"time"
)

// ErrBlocked: the URL is not one the fetcher may visit.
var ErrBlocked = errors.New("address not allowed")

// ErrAnswer: the other side did not answer with status 200 (or 204 to a Post) within the
// limits of time and size.
var ErrAnswer = errors.New("no acceptable answer")

// Options of a Fetcher; zero values are good.
type Options struct {
	Timeout  time.Duration // for the whole exchange; default 5 s
	MaxBytes int64         // of the answer's body; default 64 KiB
	// Allowed networks are visited although they are not public: a firm's own relying
	// parties inside its network. Nothing by default.
	Allowed []netip.Prefix
	// Development also visits http and https on the name localhost. Only for an issuer that
	// is itself on http://localhost.
	Development bool
	// RootCAs replaces the system's certificate authorities when not nil.
	RootCAs *x509.CertPool
	// Lookup resolves a host name; default the system's resolver.
	Lookup func(ctx context.Context, host string) ([]netip.Addr, error)
}

// Fetcher is safe for concurrent use.
type Fetcher struct {
	opts   Options
	client *http.Client
}

// New makes a Fetcher.
func New(o Options) *Fetcher {
	if o.Timeout <= 0 {
		o.Timeout = 5 * time.Second
	}
	if o.MaxBytes <= 0 {
		o.MaxBytes = 64 << 10
	}
	if o.Lookup == nil {
		o.Lookup = func(ctx context.Context, host string) ([]netip.Addr, error) {
			return net.DefaultResolver.LookupNetIP(ctx, "ip", host)
		}
	}
	f := &Fetcher{opts: o}
	f.client = &http.Client{
		Timeout:       o.Timeout,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport: &http.Transport{
			Proxy:       nil, // a proxy would resolve the name again, behind our back
			DialContext: f.dial,
			TLSClientConfig: &tls.Config{
				MinVersion: tls.VersionTLS12, RootCAs: o.RootCAs,
			},
			DisableKeepAlives:      true, // every request judges its address anew
			DisableCompression:     true,
			MaxResponseHeaderBytes: 16 << 10,
			ForceAttemptHTTP2:      true,
		},
	}
	return f
}

// Get reads a document.
func (f *Fetcher) Get(ctx context.Context, rawURL, accept string) ([]byte, error) {
	req, err := f.request(ctx, http.MethodGet, rawURL, nil)
	if err != nil {
		return nil, err
	}
	req.Header.Set("Accept", accept)
	return f.do(req, http.StatusOK)
}

// Post sends a form, as Back-Channel Logout does. The answer's body is returned.
func (f *Fetcher) Post(ctx context.Context, rawURL string, form url.Values) ([]byte, error) {
	req, err := f.request(ctx, http.MethodPost, rawURL, strings.NewReader(form.Encode()))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return f.do(req, http.StatusOK, http.StatusNoContent)
}

func (f *Fetcher) request(ctx context.Context, method, rawURL string, body io.Reader) (*http.Request, error) {
	u, err := url.Parse(rawURL)
	if err != nil || !f.scheme(u) || u.Hostname() == "" || u.User != nil || u.Fragment != "" || u.Opaque != "" {
		return nil, fmt.Errorf("%w: an absolute https URL without user or fragment is needed", ErrBlocked)
	}
	req, err := http.NewRequestWithContext(ctx, method, rawURL, body)
	if err != nil {
		return nil, fmt.Errorf("%w: %v", ErrBlocked, err)
	}
	req.Header.Set("User-Agent", "Sekisho")
	return req, nil
}

func (f *Fetcher) do(req *http.Request, accepted ...int) ([]byte, error) {
	res, err := f.client.Do(req)
	if errors.Is(err, ErrBlocked) {
		return nil, err
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %v", ErrAnswer, err)
	}
	defer res.Body.Close()
	ok := false
	for _, status := range accepted {
		ok = ok || res.StatusCode == status
	}
	if !ok {
		return nil, fmt.Errorf("%w: status %d", ErrAnswer, res.StatusCode)
	}
	body, err := io.ReadAll(io.LimitReader(res.Body, f.opts.MaxBytes+1))
	if err != nil {
		return nil, fmt.Errorf("%w: %v", ErrAnswer, err)
	}
	if int64(len(body)) > f.opts.MaxBytes {
		return nil, fmt.Errorf("%w: more than %d bytes", ErrAnswer, f.opts.MaxBytes)
	}
	return body, nil
}

// dial resolves once, judges every address, and connects to one it has judged: there is
// no second look-up whose answer could differ.
func (f *Fetcher) dial(ctx context.Context, network, address string) (net.Conn, error) {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return nil, fmt.Errorf("%w: %v", ErrBlocked, err)
	}
	addrs, err := f.resolve(ctx, host)
	if err != nil {
		return nil, err
	}
	var dialer net.Dialer
	var last error
	for _, a := range addrs {
		conn, err := dialer.DialContext(ctx, network, net.JoinHostPort(a.String(), port))
		if err == nil {
			return conn, nil
		}
		last = err
	}
	return nil, last
}

// resolve gives the addresses of host if all of them may be visited. One that may not
// spoils the name: a mixed answer is how rebinding begins.
func (f *Fetcher) resolve(ctx context.Context, host string) ([]netip.Addr, error) {
	addrs := []netip.Addr{}
	if literal, err := netip.ParseAddr(host); err == nil {
		addrs = append(addrs, literal)
	} else if addrs, err = f.opts.Lookup(ctx, host); err != nil {
		return nil, err
	}
	if len(addrs) == 0 {
		return nil, fmt.Errorf("%w: no address", ErrAnswer)
	}
	local := f.opts.Development && host == localhost
	for i, a := range addrs {
		if addrs[i] = a.Unmap(); !f.allowed(addrs[i]) && !(local && addrs[i].IsLoopback()) {
			return nil, fmt.Errorf("%w: not a public address", ErrBlocked)
		}
	}
	return addrs, nil
}

const localhost = "localhost"

func (f *Fetcher) scheme(u *url.URL) bool {
	return u.Scheme == "https" || f.opts.Development && u.Scheme == "http" && u.Hostname() == localhost
}

func (f *Fetcher) allowed(a netip.Addr) bool {
	if Public(a) {
		return true
	}
	for _, p := range f.opts.Allowed {
		if p.Contains(a) {
			return true
		}
	}
	return false
}
