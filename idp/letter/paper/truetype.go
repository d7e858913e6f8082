package paper

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
)

// ErrFont: a file is no TrueType font that can be embedded.
var ErrFont = errors.New("not a usable TrueType font")

// font is one TrueType file.
type font struct {
	name       string // of the file, for messages
	tables     map[string][]byte
	unitsPerEm int
	ascent     int
	descent    int
	box        [4]int
	glyphs     int
	metrics    int // entries of hmtx that have a width of their own
	longLoca   bool
	chars      map[rune]int    // cmap format 4 and 12
	variants   map[variant]int // cmap format 14; glyph -1: the ordinary one
}

type variant struct{ base, selector rune }

func openFont(file string) (f *font, err error) {
	b, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	f = &font{name: filepath.Base(file), tables: map[string][]byte{}, chars: map[rune]int{}, variants: map[variant]int{}}
	defer func() { // a broken file indexes out of range somewhere; it is the firm's own, not an attacker's
		if recover() != nil {
			f, err = nil, fmt.Errorf("%s is damaged: %w", file, ErrFont)
		}
	}()
	if kind := u32(b); kind != 0x00010000 && kind != 0x74727565 {
		return nil, fmt.Errorf("%s has no TrueType outlines: %w", file, ErrFont)
	}
	for i := range int(u16(b[4:])) {
		entry := b[12+16*i:]
		at, n := int(u32(entry[8:])), int(u32(entry[12:]))
		f.tables[string(entry[:4])] = b[at : at+n]
	}
	for _, tag := range []string{"head", "hhea", "hmtx", "maxp", "loca", "glyf", "cmap"} {
		if f.tables[tag] == nil {
			return nil, fmt.Errorf("%s lacks its table %s: %w", file, tag, ErrFont)
		}
	}
	head, hhea := f.tables["head"], f.tables["hhea"]
	f.unitsPerEm, f.longLoca = int(u16(head[18:])), u16(head[50:]) == 1
	for i := range f.box {
		f.box[i] = int(i16(head[36+2*i:]))
	}
	f.ascent, f.descent, f.metrics = int(i16(hhea[4:])), int(i16(hhea[6:])), int(u16(hhea[34:]))
	f.glyphs = int(u16(f.tables["maxp"][4:]))
	f.readCmap(f.tables["cmap"])
	return f, nil
}

func u16(b []byte) uint16 { return binary.BigEndian.Uint16(b) }
func i16(b []byte) int16  { return int16(binary.BigEndian.Uint16(b)) }
func u24(b []byte) rune   { return rune(b[0])<<16 | rune(b[1])<<8 | rune(b[2]) }
func u32(b []byte) uint32 { return binary.BigEndian.Uint32(b) }

func (f *font) readCmap(cmap []byte) {
	var full bool
	for i := range int(u16(cmap[2:])) {
		entry := cmap[4+8*i:]
		platform, encoding, table := u16(entry), u16(entry[2:]), cmap[u32(entry[4:]):]
		unicode := platform == 0 || platform == 3 && (encoding == 1 || encoding == 10)
		switch format := u16(table); {
		case format == 14:
			f.readVariants(table)
		case format == 12 && unicode:
			clear(f.chars)
			f.readFormat12(table)
			full = true
		case format == 4 && unicode && !full:
			f.readFormat4(table)
		}
	}
}

func (f *font) readFormat12(t []byte) {
	for i := range int(u32(t[12:])) {
		group := t[16+12*i:]
		first, last, glyph := rune(u32(group)), rune(u32(group[4:])), int(u32(group[8:]))
		for c := first; c <= last; c++ {
			f.chars[c] = glyph + int(c-first)
		}
	}
}

func (f *font) readFormat4(t []byte) {
	n := int(u16(t[6:])) // segments, twice
	ends, starts, deltas, offsets := t[14:], t[16+n:], t[16+2*n:], t[16+3*n:]
	for i := 0; i < n; i += 2 {
		first, last, delta, offset := int(u16(starts[i:])), int(u16(ends[i:])), int(u16(deltas[i:])), int(u16(offsets[i:]))
		for c := first; c <= last && c < 0xFFFF; c++ {
			glyph := c
			if offset != 0 {
				if glyph = int(u16(offsets[i+offset+2*(c-first):])); glyph == 0 {
					continue
				}
			}
			f.chars[rune(c)] = (glyph + delta) & 0xFFFF
		}
	}
}

// readVariants reads Unicode variation sequences.
func (f *font) readVariants(t []byte) {
	for i := range int(u32(t[6:])) {
		record := t[10+11*i:]
		selector, ordinary, others := u24(record), u32(record[3:]), u32(record[7:])
		if ordinary != 0 {
			table := t[ordinary:]
			for k := range int(u32(table)) {
				first, more := u24(table[4+4*k:]), rune(table[7+4*k])
				for c := first; c <= first+more; c++ {
					f.variants[variant{c, selector}] = -1
				}
			}
		}
		if others != 0 {
			table := t[others:]
			for k := range int(u32(table)) {
				f.variants[variant{u24(table[4+5*k:]), selector}] = int(u16(table[7+5*k:]))
			}
		}
	}
}

// glyph finds the glyph of a character as written, with its variation selector, if any.
func (f *font) glyph(c character) (int, bool) {
	if c.selector == 0 {
		g := f.chars[c.base]
		return g, g != 0
	}
	g, ok := f.variants[variant(c)]
	if g == -1 {
		g = f.chars[c.base]
	}
	return g, ok && g != 0
}

// metric is the advance width and the left side bearing of a glyph, as in the table hmtx.
func (f *font) metric(glyph int) []byte {
	hmtx := f.tables["hmtx"]
	if glyph < f.metrics {
		return slices.Clone(hmtx[4*glyph : 4*glyph+4])
	}
	bearing := 4*f.metrics + 2*(glyph-f.metrics)
	return append(slices.Clone(hmtx[4*f.metrics-4:4*f.metrics-2]), hmtx[bearing:bearing+2]...)
}

// width of a glyph in thousandths of the type size.
func (f *font) width(glyph int) float64 {
	return float64(u16(f.metric(glyph))) * 1000 / float64(f.unitsPerEm)
}

// outline is a glyph's part of the table glyf, empty for a space.
func (f *font) outline(glyph int) []byte {
	loca := f.tables["loca"]
	if f.longLoca {
		return f.tables["glyf"][u32(loca[4*glyph:]):u32(loca[4*glyph+4:])]
	}
	return f.tables["glyf"][2*int(u16(loca[2*glyph:])) : 2*int(u16(loca[2*glyph+2:]))]
}
