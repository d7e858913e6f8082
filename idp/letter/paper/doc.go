// Package paper typesets letters with temporary passwords as PDF, A4, for a window envelope.
//
// Names of people are printed as they are written: every glyph comes from a font file the
// firm names, variation selectors (Unicode IVD) included, and only the glyphs used are
// embedded. A character that no font has is an error that names it; the package refuses to
// print a box in its place. It reads TrueType outlines (cmap formats 4, 12 and 14) and
// writes its own PDF, because what it needs, glyphs by number, is what libraries leave out.
package paper
