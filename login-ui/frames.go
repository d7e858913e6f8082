package loginui

import (
	"net/http"
	"slices"
	"strings"
)

// allowFrames lets the signed-out page frame exactly the origins of the relying parties it
// tells. Where the page goes on by itself, browsers without script do so by the header,
// once everything has loaded.
func allowFrames(h http.Header, p LoggedOut) {
	origins := formActionSources(p.Frames)
	slices.Sort(origins)
	origins = slices.Compact(origins)
	if len(origins) == 0 {
		return
	}
	h.Set("Content-Security-Policy", strings.Replace(h.Get("Content-Security-Policy"), "frame-src 'none'", "frame-src "+strings.Join(origins, " "), 1))
	if p.ContinueHref != "" {
		h.Set("Refresh", "1; url="+p.ContinueHref)
	}
}

// Milliseconds is Wait for the script.
func (p LoggedOut) Milliseconds() int64 { return p.Wait.Milliseconds() }
