package audit

import (
	"context"
	"fmt"
	"net/netip"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"sekisho/idp"
)

// Request is what every record of one HTTP request shares. The edge puts it into the
// context once, after trusted proxies have been resolved.
type Request struct {
	ID        string
	IP        string
	UserAgent string
}

type requestKey struct{}

// WithRequest carries r to every Record and Fill under the context.
func WithRequest(ctx context.Context, r Request) context.Context {
	return context.WithValue(ctx, requestKey{}, r)
}

// RequestFrom is the carried request; zero when there is none (background work).
func RequestFrom(ctx context.Context) Request {
	r, _ := ctx.Value(requestKey{}).(Request)
	return r
}

// Privacy says how much of a browser's identity is kept (LG-07).
type Privacy struct {
	IP          string // "full" (default), "network" (/24 or /48), "none"
	DropBrowser bool   // do not keep the User-Agent
}

func (p Privacy) address(s string) string {
	if p.IP == "none" {
		return ""
	}
	if already, err := netip.ParsePrefix(s); err == nil {
		return already.Masked().String() // filled before
	}
	ip, err := netip.ParseAddr(s)
	if err != nil {
		return ""
	}
	ip = ip.Unmap().WithZone("")
	if p.IP != "network" {
		return ip.String()
	}
	bits := 24
	if ip.Is6() {
		bits = 48
	}
	net, err := ip.Prefix(bits)
	if err != nil {
		return ""
	}
	return net.String()
}

// Lengths in runes after which a value is cut. A User-Agent header may be 8 KiB of
// somebody's choosing; a record is a fact, not a mailbox.
const (
	maxName   = 64
	maxID     = 128
	maxValue  = 256
	maxDetail = 16 // entries
)

func fill(ctx context.Context, rec idp.AuditRecord, now time.Time, p Privacy) idp.AuditRecord {
	req := RequestFrom(ctx)
	if rec.At.IsZero() {
		rec.At = now
	}
	rec.At = rec.At.UTC().Truncate(time.Microsecond)
	if rec.RequestID == "" {
		rec.RequestID = req.ID
	}
	if rec.IP == "" {
		rec.IP = req.IP
	}
	if rec.UserAgent == "" {
		rec.UserAgent = req.UserAgent
	}
	rec.IP = p.address(rec.IP)
	if p.DropBrowser {
		rec.UserAgent = ""
	}
	rec.Event, rec.Result, rec.Reason, rec.Actor = Clean(rec.Event, maxName), Clean(rec.Result, maxName), Clean(rec.Reason, maxName), Clean(rec.Actor, maxName)
	rec.AccountID, rec.ClientID = Clean(rec.AccountID, maxID), Clean(rec.ClientID, maxID)
	rec.SessionID, rec.RequestID = Clean(rec.SessionID, maxID), Clean(rec.RequestID, maxID)
	rec.UserAgent = Clean(rec.UserAgent, maxValue)
	rec.Detail = cleanDetail(rec.Detail)
	return rec
}

func cleanDetail(in map[string]string) map[string]string {
	if len(in) == 0 {
		return nil
	}
	out := make(map[string]string, min(len(in), maxDetail))
	for k, v := range in {
		if len(out) == maxDetail {
			break
		}
		out[Clean(k, maxName)] = Clean(v, maxValue)
	}
	return out
}

// Clean makes a value safe for any log line, terminal and database (LG-03): characters
// that end a line, move a cursor or change the reading direction are written out as
// \u escapes, invalid UTF-8 becomes U+FFFD, and what is longer than max runes is cut with
// an ellipsis. PostgreSQL would refuse a NUL and with it the whole batch.
func Clean(s string, max int) string {
	if len(s) > 4*max { // no more bytes than max runes can have: a megabyte header costs nothing
		s = s[:4*max+1]
	}
	var b strings.Builder
	n := 0
	for i := 0; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		i += size
		if n == max {
			b.WriteRune('…')
			break
		}
		n++
		if r != ' ' && !unicode.IsPrint(r) { // controls, line and paragraph separators, bidi and zero-width format characters
			fmt.Fprintf(&b, `\u%04x`, r)
			continue
		}
		b.WriteRune(r)
	}
	return b.String()
}
