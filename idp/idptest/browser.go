package idptest

import (
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"testing"

	"golang.org/x/net/html"
)

// Browser is a browser without script: cookies, redirects within the provider, forms.
type Browser struct {
	T      testing.TB
	Client *http.Client
	Origin string // redirects that leave it are not followed
	Page   *Page  // the last one
}

// Page is one answer.
type Page struct {
	URL    *url.URL
	Status int
	Header http.Header
	Body   string
	// Left is where the browser was sent when it left the provider; "" when it stayed.
	Left  string
	Forms []Form
}

// Form is a form of a page.
type Form struct {
	Action, Method string
	Values         url.Values
}

// NewBrowser is a browser nobody used before.
func (p *Provider) NewBrowser() *Browser {
	jar, err := cookiejar.New(nil)
	if err != nil {
		p.T.Fatal(err)
	}
	c := HTTP()
	c.Jar = jar
	return &Browser{T: p.T, Client: c, Origin: p.URL}
}

// Get opens a path or URL and follows redirects.
func (b *Browser) Get(target string) *Page {
	b.T.Helper()
	return b.follow(b.request(http.MethodGet, b.resolve(target), nil))
}

// Do sends a request as it is and follows nothing.
func (b *Browser) Do(r *http.Request) *Page {
	b.T.Helper()
	resp, err := b.Client.Do(r)
	if err != nil {
		b.T.Fatal(err)
	}
	return b.read(resp)
}

// Post sends a form as the page's own script-less form would.
func (b *Browser) Post(target string, values url.Values) *Page {
	b.T.Helper()
	return b.follow(b.request(http.MethodPost, b.resolve(target), values))
}

func (b *Browser) request(method, target string, form url.Values) *http.Request {
	var body io.Reader
	if form != nil {
		body = strings.NewReader(form.Encode())
	}
	r, err := http.NewRequestWithContext(b.T.Context(), method, target, body)
	if err != nil {
		b.T.Fatal(err)
	}
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Sec-Fetch-Site", "same-origin")
		r.Header.Set("Origin", b.Origin)
	}
	r.Header.Set("User-Agent", userAgent)
	return r
}

func (b *Browser) resolve(target string) string {
	if strings.HasPrefix(target, "/") {
		return b.Origin + target
	}
	return target
}

func (b *Browser) follow(r *http.Request) *Page {
	b.T.Helper()
	for range 20 {
		resp, err := b.Client.Do(r)
		if err != nil {
			b.T.Fatal(err)
		}
		page := b.read(resp)
		location := resp.Header.Get("Location")
		if resp.StatusCode < 300 || resp.StatusCode > 399 || location == "" {
			return page
		}
		if resp.StatusCode != http.StatusSeeOther && resp.StatusCode != http.StatusFound {
			b.T.Fatalf("redirect by %d", resp.StatusCode) // AZ-16
		}
		next, err := page.URL.Parse(location)
		if err != nil {
			b.T.Fatalf("Location %q: %v", location, err)
		}
		if !strings.HasPrefix(next.String(), b.Origin+"/") {
			page.Left = location
			return page
		}
		r = b.request(http.MethodGet, next.String(), nil)
	}
	b.T.Fatal("redirects without end")
	return nil
}

func (b *Browser) read(resp *http.Response) *Page {
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		b.T.Fatal(err)
	}
	p := &Page{URL: resp.Request.URL, Status: resp.StatusCode, Header: resp.Header, Body: string(body)}
	if strings.HasPrefix(resp.Header.Get("Content-Type"), "text/html") {
		p.Forms = forms(b.T, p.Body)
	}
	b.Page = p
	return p
}

// Form finds the page's form whose action ends with suffix.
func (p *Page) Form(t testing.TB, suffix string) Form {
	t.Helper()
	for _, f := range p.Forms {
		if strings.HasSuffix(f.Action, suffix) {
			return f
		}
	}
	t.Fatalf("no form %q on %s (%d):\n%s", suffix, p.URL, p.Status, p.Body)
	return Form{}
}

// Has reports whether the page has such a form.
func (p *Page) Has(suffix string) bool {
	for _, f := range p.Forms {
		if strings.HasSuffix(f.Action, suffix) {
			return true
		}
	}
	return false
}

// Submit fills and sends the form whose action ends with suffix.
func (b *Browser) Submit(suffix string, pairs ...string) *Page {
	b.T.Helper()
	f := b.Page.Form(b.T, suffix)
	for i := 0; i+1 < len(pairs); i += 2 {
		f.Values.Set(pairs[i], pairs[i+1])
	}
	u, err := b.Page.URL.Parse(f.Action)
	if err != nil {
		b.T.Fatal(err)
	}
	return b.Post(u.String(), f.Values)
}

// Cookie is the value of a cookie of the provider, "" when there is none.
func (b *Browser) Cookie(name string) string {
	u, _ := url.Parse(b.Origin)
	for _, c := range b.Client.Jar.Cookies(u) {
		if c.Name == name {
			return c.Value
		}
	}
	return ""
}

// SetCookie plants a cookie.
func (b *Browser) SetCookie(name, value string) {
	u, _ := url.Parse(b.Origin)
	b.Client.Jar.SetCookies(u, []*http.Cookie{{Name: name, Value: value, Path: "/"}})
}

func forms(t testing.TB, body string) []Form {
	root, err := html.Parse(strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	var out []Form
	var walk func(n *html.Node, in *Form)
	walk = func(n *html.Node, in *Form) {
		if n.Type == html.ElementNode {
			switch n.Data {
			case "form":
				in = &Form{Action: attr(n, "action"), Method: strings.ToUpper(attr(n, "method")), Values: url.Values{}}
				for c := n.FirstChild; c != nil; c = c.NextSibling {
					walk(c, in)
				}
				out = append(out, *in)
				return
			case "input":
				if name := attr(n, "name"); in != nil && name != "" && attr(n, "type") != "radio" && attr(n, "type") != "checkbox" && attr(n, "type") != "submit" {
					in.Values.Set(name, attr(n, "value"))
				}
			}
		}
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			walk(c, in)
		}
	}
	walk(root, nil)
	return out
}

func attr(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

// userAgent is what every request of a Browser says it is, the calls of its pages' script too.
const userAgent = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36"
