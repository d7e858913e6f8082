package httpsafe

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"unicode"
	"unicode/utf8"
)

// MaxLogText is how many bytes of one value from outside reach a log line.
const MaxLogText = 512

// LogText makes text from outside safe for one line of any log: control, formatting and
// line-separator characters are written as \u{…}, invalid UTF-8 as \x.., and what is
// longer than limit bytes is cut with a mark (LG-03).
func LogText(s string, limit int) string {
	var b strings.Builder
	for i, r := range s {
		if b.Len() >= limit {
			fmt.Fprintf(&b, "…(%d bytes)", len(s))
			break
		}
		switch {
		case r == utf8.RuneError && !strings.HasPrefix(s[i:], "\ufffd"):
			fmt.Fprintf(&b, `\x%02x`, s[i])
		case r != ' ' && !unicode.IsPrint(r):
			fmt.Fprintf(&b, `\u{%x}`, r)
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// CleanLog wraps a slog.Handler so that every string, error and stringer in every record
// goes through LogText. The one exception is the attribute "stack", which is ours, long,
// and loses its line breaks only to the encoder below.
type CleanLog struct{ next slog.Handler }

// NewCleanLog wraps next.
func NewCleanLog(next slog.Handler) *CleanLog { return &CleanLog{next} }

func (c *CleanLog) Enabled(ctx context.Context, l slog.Level) bool { return c.next.Enabled(ctx, l) }

func (c *CleanLog) Handle(ctx context.Context, record slog.Record) error {
	clean := slog.NewRecord(record.Time, record.Level, LogText(record.Message, MaxLogText), record.PC)
	record.Attrs(func(a slog.Attr) bool {
		clean.AddAttrs(cleanAttr(a))
		return true
	})
	return c.next.Handle(ctx, clean)
}

func (c *CleanLog) WithAttrs(attrs []slog.Attr) slog.Handler {
	clean := make([]slog.Attr, len(attrs))
	for i, a := range attrs {
		clean[i] = cleanAttr(a)
	}
	return &CleanLog{c.next.WithAttrs(clean)}
}

func (c *CleanLog) WithGroup(name string) slog.Handler { return &CleanLog{c.next.WithGroup(name)} }

func cleanAttr(a slog.Attr) slog.Attr {
	v := a.Value.Resolve()
	switch v.Kind() {
	case slog.KindString:
		if a.Key != "stack" {
			v = slog.StringValue(LogText(v.String(), MaxLogText))
		}
	case slog.KindGroup:
		group := v.Group()
		clean := make([]slog.Attr, len(group))
		for i, member := range group {
			clean[i] = cleanAttr(member)
		}
		v = slog.GroupValue(clean...)
	case slog.KindAny:
		v = slog.StringValue(LogText(fmt.Sprint(v.Any()), MaxLogText))
	}
	return slog.Attr{Key: LogText(a.Key, 64), Value: v}
}
