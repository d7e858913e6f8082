package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"time"
)

// progress tells on standard error how far a long command is: by a bar that is drawn over
// itself when that is a terminal, else by a line now and then.
type progress struct {
	out      io.Writer
	terminal bool
	size     int64 // bytes of the whole; 0: not known
	began    time.Time
	drawn    time.Time // when the bar was drawn last
	bar      bool      // a bar stands on the current line
	told     int       // rows at the last line
}

// rowsPerLine is how far apart plain progress lines are.
const rowsPerLine = 50_000

func newProgress(out io.Writer, size int64) *progress {
	p := &progress{out: out, size: size, began: time.Now()}
	if f, ok := out.(*os.File); ok {
		stat, err := f.Stat()
		p.terminal = err == nil && stat.Mode()&os.ModeCharDevice != 0
	}
	return p
}

func (p *progress) show(rows int, bytes int64) {
	now := time.Now()
	switch {
	case p.terminal && now.Sub(p.drawn) >= 100*time.Millisecond:
		p.drawn, p.bar = now, true
		fmt.Fprint(p.out, "\r"+progressBar(rows, bytes, p.size, now.Sub(p.began))+"\x1b[K")
	case !p.terminal && rows-p.told >= rowsPerLine:
		p.told = rows
		fmt.Fprintln(p.out, progressBar(rows, bytes, p.size, now.Sub(p.began)))
	}
}

// say prints a line of its own, above the bar.
func (p *progress) say(line string) {
	p.done()
	fmt.Fprintln(p.out, line)
}

// done removes the bar.
func (p *progress) done() {
	if p.bar {
		fmt.Fprint(p.out, "\r\x1b[K")
		p.bar, p.drawn = false, time.Time{}
	}
}

// progressBar is the text: a bar, how many rows, how fast and for how long still, as far
// as that can be known.
func progressBar(rows int, bytes, size int64, since time.Duration) string {
	rate := float64(rows) / max(since.Seconds(), 0.001)
	text := fmt.Sprintf("%d rows, %.0f a second", rows, rate)
	if size <= 0 || bytes <= 0 {
		return text
	}
	part := min(1, float64(bytes)/float64(size))
	const width = 30
	full := int(part * width)
	left := time.Duration(float64(since) * (1 - part) / part).Round(time.Second)
	return fmt.Sprintf("[%s%s] %3.0f%%  %s, %s left", strings.Repeat("=", full), strings.Repeat(" ", width-full), 100*part, text, left)
}
