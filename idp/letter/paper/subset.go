package paper

import (
	"encoding/binary"
	"slices"
	"sort"
)

// subset collects the glyphs of one font that a letter uses, numbered anew.
type subset struct {
	font   *font
	number map[int]int // glyph of the font: glyph here
	glyphs []int       // the other way round; 0 is the font's own "missing"
	text   map[int][]rune
}

func newSubset(f *font) *subset {
	return &subset{font: f, number: map[int]int{0: 0}, glyphs: []int{0}, text: map[int][]rune{}}
}

// use gives the number of a glyph here, and of the glyphs it is put together from.
func (s *subset) use(glyph int) int {
	if n, ok := s.number[glyph]; ok {
		return n
	}
	n := len(s.glyphs)
	s.number[glyph], s.glyphs = n, append(s.glyphs, glyph)
	eachPart(s.font.outline(glyph), func(at []byte) { s.use(int(u16(at))) })
	return n
}

// eachPart calls f with the place of each glyph number inside a composite outline.
func eachPart(outline []byte, f func(at []byte)) {
	if len(outline) < 10 || i16(outline) >= 0 {
		return
	}
	const words, scale, more, scaleXY, matrix = 1, 8, 32, 64, 128
	for at := 10; ; {
		flags := u16(outline[at:])
		f(outline[at+2:])
		at += 6
		if flags&words != 0 {
			at += 2
		}
		switch {
		case flags&scale != 0:
			at += 2
		case flags&scaleXY != 0:
			at += 4
		case flags&matrix != 0:
			at += 8
		}
		if flags&more == 0 {
			return
		}
	}
}

// file is the subset as a TrueType file for embedding (ISO 32000-1 section 9.9).
func (s *subset) file() []byte { return pack(s.tables()) }

func (s *subset) tables() map[string][]byte {
	var glyf, loca, hmtx []byte
	for _, glyph := range s.glyphs {
		loca = binary.BigEndian.AppendUint32(loca, uint32(len(glyf)))
		outline := slices.Clone(s.font.outline(glyph))
		eachPart(outline, func(at []byte) { binary.BigEndian.PutUint16(at, uint16(s.number[int(u16(at))])) })
		glyf = append(glyf, outline...)
		for len(glyf)%4 != 0 {
			glyf = append(glyf, 0)
		}
		hmtx = append(hmtx, s.font.metric(glyph)...)
	}
	loca = binary.BigEndian.AppendUint32(loca, uint32(len(glyf)))
	head, hhea, maxp := slices.Clone(s.font.tables["head"]), slices.Clone(s.font.tables["hhea"]), slices.Clone(s.font.tables["maxp"])
	binary.BigEndian.PutUint16(head[50:], 1)
	binary.BigEndian.PutUint16(hhea[34:], uint16(len(s.glyphs)))
	binary.BigEndian.PutUint16(maxp[4:], uint16(len(s.glyphs)))
	tables := map[string][]byte{"head": head, "hhea": hhea, "maxp": maxp, "loca": loca, "glyf": glyf, "hmtx": hmtx}
	for _, tag := range []string{"cvt ", "fpgm", "prep"} {
		if t := s.font.tables[tag]; t != nil {
			tables[tag] = t
		}
	}
	return tables
}

func pack(tables map[string][]byte) []byte {
	tags := make([]string, 0, len(tables))
	for tag := range tables {
		tags = append(tags, tag)
	}
	sort.Strings(tags)
	out := []byte{0, 1, 0, 0}
	out = binary.BigEndian.AppendUint16(out, uint16(len(tags)))
	power, exponent := 1, 0 // the largest power of two that is not more than the number of tables
	for ; power*2 <= len(tags); exponent++ {
		power *= 2
	}
	for _, n := range []int{16 * power, exponent, 16*len(tags) - 16*power} {
		out = binary.BigEndian.AppendUint16(out, uint16(n))
	}
	at := 12 + 16*len(tags)
	var body []byte
	for _, tag := range tags {
		t := tables[tag]
		out = append(out, tag...)
		out = binary.BigEndian.AppendUint32(out, checksum(t))
		out = binary.BigEndian.AppendUint32(out, uint32(at+len(body)))
		out = binary.BigEndian.AppendUint32(out, uint32(len(t)))
		body = append(body, t...)
		for len(body)%4 != 0 {
			body = append(body, 0)
		}
	}
	return append(out, body...)
}

func checksum(t []byte) uint32 {
	var sum uint32
	for i := 0; i < len(t); i += 4 {
		var word [4]byte
		copy(word[:], t[i:])
		sum += u32(word[:])
	}
	return sum
}
