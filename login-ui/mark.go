package loginui

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"html/template"
	"io"
	"slices"
	"strings"
)

// gateMark is the product's own mark, a gate on the road, for a firm that has given none.
var gateMark = []byte(`<svg viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="1.7" stroke-linecap="round">` +
	`<path d="M2.5 5.2c6 1.7 13 1.7 19 0M4.5 9.8h15M7 6.4V21M17 6.4V21M12 9.8v3.7"/></svg>`)

var (
	markElements   = []string{"svg", "g", "path", "circle", "ellipse", "rect", "line", "polyline", "polygon"}
	markAttributes = []string{"viewBox", "d", "cx", "cy", "r", "rx", "ry", "x", "y", "x1", "y1", "x2", "y2", "width", "height",
		"points", "fill", "fill-rule", "clip-rule", "fill-opacity", "stroke", "stroke-width", "stroke-linecap",
		"stroke-linejoin", "stroke-opacity", "opacity", "transform"}
)

// newMark copies a firm's SVG element by element and refuses what is not a plain shape:
// the copy goes into every page, where a script, a link or a style would be out of place.
// It gives the mark for pages and, in the firm's colour, the file for the browser's tab.
func newMark(svg []byte, accent string) (inline template.HTML, file []byte, err error) {
	var b bytes.Buffer
	dec := xml.NewDecoder(bytes.NewReader(svg))
	depth := 0
	for {
		token, err := dec.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return "", nil, err
		}
		switch e := token.(type) {
		case xml.StartElement:
			if depth == 0 && (e.Name.Local != "svg" || b.Len() > 0) {
				return "", nil, fmt.Errorf("one <svg> expected, got <%s>", e.Name.Local)
			}
			if err := writeShape(&b, e); err != nil {
				return "", nil, err
			}
			depth++
		case xml.EndElement:
			depth--
			b.WriteString("</" + e.Name.Local + ">")
		}
	}
	shapes, ok := strings.CutPrefix(b.String(), "<svg")
	if !ok {
		return "", nil, errors.New("no <svg>")
	}
	inline = template.HTML(`<svg class="mark" aria-hidden="true"` + shapes) //nolint:gosec // rebuilt from the lists above
	return inline, []byte(`<svg xmlns="http://www.w3.org/2000/svg" color="` + accent + `"` + shapes), nil
}

func writeShape(b *bytes.Buffer, e xml.StartElement) error {
	if !slices.Contains(markElements, e.Name.Local) {
		return fmt.Errorf("<%s> is not a shape", e.Name.Local)
	}
	b.WriteString("<" + e.Name.Local)
	for _, a := range e.Attr {
		if a.Name.Local == "xmlns" || a.Name.Space == "xmlns" {
			continue
		}
		if a.Name.Space != "" || !slices.Contains(markAttributes, a.Name.Local) {
			return fmt.Errorf("attribute %q of <%s> is not allowed", a.Name.Local, e.Name.Local)
		}
		if strings.ContainsAny(a.Value, `"<>&\`) || strings.Contains(strings.ToLower(a.Value), "url(") {
			return fmt.Errorf("attribute %q of <%s> holds more than a shape", a.Name.Local, e.Name.Local)
		}
		b.WriteString(" " + a.Name.Local + `="` + a.Value + `"`)
	}
	b.WriteByte('>')
	return nil
}
