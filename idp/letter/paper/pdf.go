package paper

import (
	"bytes"
	"compress/zlib"
	"fmt"
	"strings"
	"unicode/utf16"
)

// document is a PDF of one page (ISO 32000-1).
type document struct {
	width, height float64
	content       bytes.Buffer
	subsets       []*subset
	objects       [][]byte
}

func (d *document) add(format string, args ...any) int {
	d.objects = append(d.objects, fmt.Appendf(nil, format, args...))
	return len(d.objects)
}

func (d *document) stream(dictionary string, data []byte) int {
	var packed bytes.Buffer
	z := zlib.NewWriter(&packed)
	_, _ = z.Write(data) // a buffer takes everything
	_ = z.Close()
	return d.add("<<%s /Filter /FlateDecode /Length %d>>\nstream\n%s\nendstream", dictionary, packed.Len(), packed.Bytes())
}

// bytes is the whole file.
func (d *document) bytes(title string) []byte {
	content := d.stream("", d.content.Bytes())
	var fonts strings.Builder
	for i, s := range d.subsets {
		if len(s.glyphs) > 1 {
			fmt.Fprintf(&fonts, "/F%d %d 0 R ", i, d.embed(s, i))
		}
	}
	pages := len(d.objects) + 2
	page := d.add("<</Type /Page /Parent %d 0 R /MediaBox [0 0 %.2f %.2f] /Contents %d 0 R /Resources <</Font <<%s>>>>>>", pages, d.width, d.height, content, fonts.String())
	d.add("<</Type /Pages /Kids [%d 0 R] /Count 1>>", page)
	catalog := d.add("<</Type /Catalog /Pages %d 0 R /Lang (ja) /ViewerPreferences <</PrintScaling /None /DisplayDocTitle true>>>>", pages)
	info := d.add("<</Title <%s>>>", hexText(title))
	var out bytes.Buffer
	out.WriteString("%PDF-1.5\n%\xe2\xe3\xcf\xd3\n")
	places := make([]int, len(d.objects))
	for i, o := range d.objects {
		places[i] = out.Len()
		fmt.Fprintf(&out, "%d 0 obj\n%s\nendobj\n", i+1, o)
	}
	at := out.Len()
	fmt.Fprintf(&out, "xref\n0 %d\n0000000000 65535 f \n", len(places)+1)
	for _, p := range places {
		fmt.Fprintf(&out, "%010d 00000 n \n", p)
	}
	fmt.Fprintf(&out, "trailer\n<</Size %d /Root %d 0 R /Info %d 0 R>>\nstartxref\n%d\n%%%%EOF\n", len(places)+1, catalog, info, at)
	return out.Bytes()
}

// embed writes a font as glyphs by number, with what each says for those who read or search.
func (d *document) embed(s *subset, i int) int {
	f := s.font
	per := func(n int) int { return n * 1000 / f.unitsPerEm }
	name := fmt.Sprintf("SKSHO%c+Letter%d", 'A'+rune(i), i)
	data := s.file()
	file := d.stream(fmt.Sprintf(" /Length1 %d", len(data)), data)
	descriptor := d.add("<</Type /FontDescriptor /FontName /%s /Flags 4 /FontBBox [%d %d %d %d] /ItalicAngle 0 /Ascent %d /Descent %d /CapHeight %d /StemV 80 /FontFile2 %d 0 R>>",
		name, per(f.box[0]), per(f.box[1]), per(f.box[2]), per(f.box[3]), per(f.ascent), per(f.descent), per(f.ascent), file)
	var widths strings.Builder
	for _, glyph := range s.glyphs {
		fmt.Fprintf(&widths, "%.1f ", f.width(glyph))
	}
	cid := d.add("<</Type /Font /Subtype /CIDFontType2 /BaseFont /%s /CIDSystemInfo <</Registry (Adobe) /Ordering (Identity) /Supplement 0>> /FontDescriptor %d 0 R /DW 1000 /W [0 [%s]] /CIDToGIDMap /Identity>>",
		name, descriptor, widths.String())
	unicode := d.stream("", []byte(s.toUnicode()))
	return d.add("<</Type /Font /Subtype /Type0 /BaseFont /%s /Encoding /Identity-H /DescendantFonts [%d 0 R] /ToUnicode %d 0 R>>", name, cid, unicode)
}

func (s *subset) toUnicode() string {
	var b strings.Builder
	b.WriteString("/CIDInit /ProcSet findresource begin\n12 dict begin\nbegincmap\n/CMapName /Letter def\n/CMapType 2 def\n" +
		"1 begincodespacerange\n<0000> <FFFF>\nendcodespacerange\n")
	for n := range s.glyphs {
		if text := s.text[n]; text != nil {
			fmt.Fprintf(&b, "1 beginbfchar\n<%04X> <%s>\nendbfchar\n", n, hexUTF16(text))
		}
	}
	b.WriteString("endcmap\nCMapName currentdict /CMap defineresource pop\nend\nend\n")
	return b.String()
}

func hexUTF16(text []rune) string {
	var b strings.Builder
	for _, unit := range utf16.Encode(text) {
		fmt.Fprintf(&b, "%04X", unit)
	}
	return b.String()
}

func hexText(s string) string { return "FEFF" + hexUTF16([]rune(s)) }
