package paper

import (
	"fmt"
	"strings"
)

const (
	point  = 72 / 25.4 // points of a millimetre
	pageW  = 210.0     // A4
	pageH  = 297.0
	accent = "0.11 0.27 0.44"

	accentHTML = "#1c4570"
)

// canvas draws on a page in millimetres from its upper left corner. The first character
// that no font has stops it.
type canvas struct {
	doc *document
	svg strings.Builder // the same page for the HTML form

	light bool // text is white, on a filled box
	err   error
}

func newCanvas(fonts []*font) *canvas {
	c := &canvas{doc: &document{width: pageW * point, height: pageH * point}}
	for _, f := range fonts {
		c.doc.subsets = append(c.doc.subsets, newSubset(f))
	}
	return c
}

// run is a stretch of text in one font.
type run struct {
	font   int
	glyphs []int // of the font
	chars  []character
	width  float64 // thousandths of the type size
}

// runs sets a text in the first font that has all of it, so that a name stays in one face;
// where there is none, each character in the first font that has it.
func (c *canvas) runs(s string) []run {
	all := characters(s)
	for i, sub := range c.doc.subsets {
		if r, missing := one(i, sub.font, all); missing == nil {
			return []run{r}
		}
	}
	var out []run
	for _, ch := range all {
		r, found := run{}, false
		for i, sub := range c.doc.subsets {
			if r, found = try(i, sub.font, ch); found {
				break
			}
		}
		if !found {
			if c.err == nil {
				c.err = &MissingError{ch.String()}
			}
			return nil
		}
		out = append(out, r)
	}
	return out
}

func one(i int, f *font, all []character) (run, *character) {
	whole := run{font: i}
	for _, ch := range all {
		r, ok := try(i, f, ch)
		if !ok {
			return run{}, &ch
		}
		whole.glyphs, whole.chars, whole.width = append(whole.glyphs, r.glyphs...), append(whole.chars, ch), whole.width+r.width
	}
	return whole, nil
}

func try(i int, f *font, ch character) (run, bool) {
	g, ok := f.glyph(ch)
	if !ok {
		return run{}, false
	}
	return run{font: i, glyphs: []int{g}, chars: []character{ch}, width: f.width(g)}, true
}

// text writes a line; y is its baseline, size in points.
func (c *canvas) text(x, y, size float64, s string) {
	at := x * point
	for _, r := range c.runs(s) {
		sub := c.doc.subsets[r.font]
		var codes, signs strings.Builder
		for i, g := range r.glyphs {
			n := sub.use(g)
			if sub.text[n] == nil {
				sub.text[n] = r.chars[i].runes()
			}
			fmt.Fprintf(&codes, "%04X", n)
			fmt.Fprintf(&signs, "&#x%X;", privateUse+n)
		}
		fmt.Fprintf(&c.svg, `<text class="f%d" x="%.2f" y="%.2f" font-size="%.2f" fill="%s">%s</text>`+"\n", r.font, at, y*point, size, c.ink(), signs.String())
		fmt.Fprintf(&c.doc.content, "BT /F%d %.2f Tf %.2f %.2f Td <%s> Tj ET\n", r.font, size, at, (pageH-y)*point, codes.String())
		at += r.width * size / 1000
	}
}

func (c *canvas) ink() string {
	if c.light {
		return "#fff"
	}
	return "#000"
}

func (c *canvas) right(x, y, size float64, s string) { c.text(x-c.wide(size, s), y, size, s) }

func (c *canvas) centre(x, y, size float64, s string) { c.text(x-c.wide(size, s)/2, y, size, s) }

// wide is the length of a line in millimetres.
func (c *canvas) wide(size float64, s string) float64 {
	total := 0.0
	for _, r := range c.runs(s) {
		total += r.width
	}
	return total * size / 1000 / point
}

// block writes a text in lines of at most width and returns the baseline after the last.
// English is broken between words, Japanese anywhere but before a mark that ends something.
func (c *canvas) block(x, y, size, width, leading float64, s string) float64 {
	for _, line := range c.lines(size, width, s) {
		c.text(x, y, size, line)
		y += leading
	}
	return y
}

func (c *canvas) lines(size, width float64, s string) []string {
	var out []string
	line := ""
	for _, piece := range pieces(s) {
		if line != "" && c.wide(size, strings.TrimRight(line+piece, " ")) > width {
			out, line = append(out, strings.TrimRight(line, " ")), ""
		}
		line += piece
	}
	return append(out, strings.TrimRight(line, " "))
}

// pieces are what a line is never broken inside.
func pieces(s string) []string {
	var out []string
	for _, ch := range characters(s) {
		text := string(ch.runes())
		last := len(out) - 1
		switch {
		case last >= 0 && strings.ContainsRune("、。）」』ーっゃゅょッャュョ", ch.base):
			out[last] += text
		case last >= 0 && ch.base < 0x2E80 && !strings.HasSuffix(out[last], " ") && latin(out[last]):
			out[last] += text
		case last >= 0 && (strings.HasSuffix(out[last], "（") || strings.HasSuffix(out[last], "「")):
			out[last] += text
		default:
			out = append(out, text)
		}
	}
	return out
}

func latin(s string) bool {
	for _, r := range s {
		if r >= 0x2E80 {
			return false
		}
	}
	return true
}

func (c *canvas) line(x1, y1, x2, y2, width float64) {
	fmt.Fprintf(&c.doc.content, "%.2f w %.2f %.2f m %.2f %.2f l S\n", width, x1*point, (pageH-y1)*point, x2*point, (pageH-y2)*point)
	fmt.Fprintf(&c.svg, `<path d="M%.2f %.2fL%.2f %.2f" stroke="#000" stroke-width="%.2f"/>`+"\n", x1*point, y1*point, x2*point, y2*point, width)
}

func (c *canvas) box(x, y, w, h, width float64) {
	fmt.Fprintf(&c.doc.content, "%.2f w %.2f %.2f %.2f %.2f re S\n", width, x*point, (pageH-y-h)*point, w*point, h*point)
	fmt.Fprintf(&c.svg, `<rect x="%.2f" y="%.2f" width="%.2f" height="%.2f" fill="none" stroke="#000" stroke-width="%.2f"/>`+"\n", x*point, y*point, w*point, h*point, width)
}

func (c *canvas) fill(x, y, w, h float64) {
	fmt.Fprintf(&c.doc.content, "q %s rg %.2f %.2f %.2f %.2f re f Q\n", accent, x*point, (pageH-y-h)*point, w*point, h*point)
	fmt.Fprintf(&c.svg, `<rect x="%.2f" y="%.2f" width="%.2f" height="%.2f" fill="%s"/>`+"\n", x*point, y*point, w*point, h*point, accentHTML)
}
