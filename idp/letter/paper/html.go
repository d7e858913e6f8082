package paper

import (
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"html"
	"strings"
)

// privateUse is the character that stands for glyph 0 of a subset in the HTML form. A page
// of text with variation selectors would leave the choice of glyphs to a browser's fonts;
// this way it prints what the PDF prints, and never a box.
const privateUse = 0xE000

// html is the page with its glyphs in one file, to be printed as it is.
func (c *canvas) html(title string) []byte {
	var b strings.Builder
	b.WriteString("<!doctype html>\n<html lang=\"ja\">\n<meta charset=\"utf-8\">\n<title>" + html.EscapeString(title) + "</title>\n" +
		"<style>\n@page{size:A4;margin:0}\nhtml,body{margin:0;background:#fff}\nsvg{display:block;width:210mm;height:297mm}\n")
	for i, s := range c.doc.subsets {
		if len(s.glyphs) > 1 {
			fmt.Fprintf(&b, "@font-face{font-family:f%d;src:url(data:font/ttf;base64,%s)}\n.f%d{font-family:f%d}\n", i, base64.StdEncoding.EncodeToString(s.webFile()), i, i)
		}
	}
	fmt.Fprintf(&b, "</style>\n<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %.2f %.2f\" role=\"img\" aria-label=\"%s\">\n%s</svg>\n</html>\n",
		pageW*point, pageH*point, html.EscapeString(title), c.svg.String())
	return []byte(b.String())
}

// webFile is the subset with what browsers ask of a font beside its outlines.
func (s *subset) webFile() []byte {
	tables := s.tables()
	tables["OS/2"], tables["name"] = s.font.tables["OS/2"], s.font.tables["name"]
	tables["post"] = make([]byte, 32)
	binary.BigEndian.PutUint32(tables["post"], 0x00030000)
	cmap := []byte{0, 0, 0, 1, 0, 3, 0, 10, 0, 0, 0, 12, 0, 12, 0, 0}
	for _, n := range []int{28, 0, 1, privateUse, privateUse + len(s.glyphs) - 1, 0} {
		cmap = binary.BigEndian.AppendUint32(cmap, uint32(n))
	}
	tables["cmap"] = cmap
	for tag, t := range tables {
		if t == nil {
			delete(tables, tag)
		}
	}
	return pack(tables)
}
