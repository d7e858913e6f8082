package brokerage

import (
	"embed"
	"io/fs"
	"net/http"
)

// Site is the web application and its API. It starts without the provider: discovery is
// fetched when the first customer needs it, and again until it succeeds.
type Site struct {
	cfg      Config
	issuer   *issuer
	sessions *sessions
	api      *API
	calls    apiClient
	pages    *pages
	handler  http.Handler

	terminals terminals
}

//go:embed assets
var assetFiles embed.FS

// New checks the configuration and builds the site.
func New(cfg Config) (*Site, error) {
	cfg, err := cfg.complete()
	if err != nil {
		return nil, err
	}
	iss := &issuer{url: cfg.Issuer, client: cfg.HTTPClient, now: cfg.Now}
	p, err := newPages(cfg)
	if err != nil {
		return nil, err
	}
	s := &Site{
		cfg: cfg, issuer: iss, pages: p,
		sessions: newSessions(cfg.Now, cfg.secure()),
		api:      newAPI(cfg, iss),
		calls:    apiClient{base: cfg.APIURL, client: cfg.HTTPClient},
	}
	s.handler, err = s.routes()
	return s, err
}

func (s *Site) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.handler.ServeHTTP(w, r) }

func (s *Site) routes() (http.Handler, error) {
	web := http.NewServeMux()
	web.HandleFunc("GET /{$}", s.home)
	web.HandleFunc("GET /signin", s.signIn)
	web.HandleFunc("GET /callback", s.callback)
	web.HandleFunc("GET /holdings", s.customerOnly(s.holdings))
	web.HandleFunc("GET /trade", s.customerOnly(s.tradeForm))
	web.HandleFunc("POST /trade", s.customerOnly(s.trade))
	web.HandleFunc("GET /withdraw", s.customerOnly(s.withdrawForm))
	web.HandleFunc("POST /withdraw", s.customerOnly(s.withdraw))
	web.HandleFunc("GET /receipt/{id}", s.customerOnly(s.receipt))
	web.HandleFunc("GET /receipt/{id}/file", s.customerOnly(s.receiptFile))
	web.HandleFunc("POST /signout", s.signOut)
	web.HandleFunc("GET /signed-out", s.signedOut)
	web.HandleFunc("GET /terminal", s.terminalPage)
	web.HandleFunc("POST /terminal", s.terminalStart)
	web.HandleFunc("POST /terminal/end", s.terminalEnd)
	web.HandleFunc("/", s.missing)
	assets, err := fs.Sub(assetFiles, "assets")
	if err != nil {
		return nil, err
	}
	all := http.NewServeMux()
	all.Handle("GET /assets/", cached(http.StripPrefix("/assets/", http.FileServerFS(assets))))
	all.HandleFunc("POST /backchannel-logout", s.backChannelLogout)
	all.HandleFunc("GET "+metadataPath, s.api.describe)
	if s.cfg.Settlement != "" {
		all.HandleFunc("POST /settlement/instructions", s.api.settlement)
	}
	all.Handle("/api/", http.StripPrefix("/api", s.api))
	// The session cookie is SameSite=Lax; this refuses cross-site posts of browsers that
	// would send it all the same.
	all.Handle("/", s.pages.protect(http.NewCrossOriginProtection().Handler(web)))
	return all, nil
}

func cached(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "public, max-age=300")
		w.Header().Set("X-Content-Type-Options", "nosniff")
		h.ServeHTTP(w, r)
	})
}
