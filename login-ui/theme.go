package loginui

import (
	"fmt"
	"math"
	"strconv"
)

// The grounds the accent is read on. They stand in styles/tokens.css too; a test holds
// the two together.
const (
	lightPaper, lightCard = "#f6f4ee", "#fffefb"
	darkPaper, darkCard   = "#12141a", "#1a1d25"
	productAccent         = "#1c3f78"
)

// legible is the least contrast of text (WCAG 2.2, 1.4.3 level AA).
const legible = 4.5

// shade is one accent with what follows from it on one ground.
type shade struct{ accent, on, tint string }

type theme struct{ light, dark shade }

// newTheme checks a firm's colours on every ground they meet and derives the rest.
func newTheme(light, dark string) (theme, error) {
	if light == "" {
		light = productAccent
	}
	l, err := parseColour(light)
	if err != nil {
		return theme{}, err
	}
	var t theme
	if t.light, err = newShade(l, mustColour(lightPaper), mustColour(lightCard), 0.08); err != nil {
		return theme{}, err
	}
	card := mustColour(darkCard)
	d := l
	if dark != "" {
		if d, err = parseColour(dark); err != nil {
			return theme{}, err
		}
	} else {
		for contrast(d, card) < 8 && d != mustColour("#ffffff") {
			d = lighter(d)
		}
	}
	t.dark, err = newShade(d, mustColour(darkPaper), card, 0.12)
	return t, err
}

func newShade(accent, paper, card colour, strength float64) (shade, error) {
	tint := blend(accent, card, strength)
	for _, ground := range []colour{paper, card, tint} {
		if c := contrast(accent, ground); c < legible {
			return shade{}, fmt.Errorf("%s on %s has contrast %.2f, needs %.1f", accent, ground, c, legible)
		}
	}
	white, ink := mustColour("#ffffff"), mustColour("#0c1220")
	on := white
	if contrast(ink, accent) > contrast(white, accent) {
		on = ink
	}
	return shade{accent: accent.String(), on: on.String(), tint: tint.String()}, nil
}

// css is the firm's part of the stylesheet; it follows the product's own.
func (t theme) css() string {
	return "\n:root{" + t.light.css() + "}\n@media (prefers-color-scheme:dark){:root{" + t.dark.css() + "}}\n"
}

func (s shade) css() string {
	return "--accent:" + s.accent + ";--on-accent:" + s.on + ";--tint:" + s.tint
}

// colour is linear in nothing: sRGB, 0–255 per channel, kept as floats for blending.
type colour [3]float64

func parseColour(s string) (colour, error) {
	if len(s) != 7 || s[0] != '#' {
		return colour{}, fmt.Errorf("colour %q is not #rrggbb", s)
	}
	n, err := strconv.ParseUint(s[1:], 16, 32)
	if err != nil {
		return colour{}, fmt.Errorf("colour %q is not #rrggbb", s)
	}
	return colour{float64(n >> 16), float64(n >> 8 & 0xff), float64(n & 0xff)}, nil
}

// mustColour is for the constants above.
func mustColour(s string) colour {
	c, err := parseColour(s)
	if err != nil {
		panic(err)
	}
	return c
}

func (c colour) String() string {
	return fmt.Sprintf("#%02x%02x%02x", int(math.Round(c[0])), int(math.Round(c[1])), int(math.Round(c[2])))
}

// blend lays share of a over b.
func blend(a, b colour, share float64) colour {
	var out colour
	for i := range out {
		out[i] = math.Round(a[i]*share + b[i]*(1-share))
	}
	return out
}

// lighter is one step up in HSL lightness; unlike a blend with white it keeps a deep
// colour from turning grey.
func lighter(c colour) colour {
	hi, lo := max(c[0], c[1], c[2]), min(c[0], c[1], c[2])
	l := (hi + lo) / 510
	next := min(1, l+0.01)
	// Chroma at the same saturation and the next lightness, spread around it.
	scale := 0.0
	if hi > lo {
		scale = (1 - math.Abs(2*next-1)) / (1 - math.Abs(2*l-1))
	}
	var out colour
	for i := range out {
		out[i] = min(255, max(0, 255*next+(c[i]-255*l)*scale))
	}
	return out
}

// contrast is the ratio of WCAG 2.2.
func contrast(a, b colour) float64 {
	la, lb := luminance(a), luminance(b)
	return (max(la, lb) + 0.05) / (min(la, lb) + 0.05)
}

func luminance(c colour) float64 {
	var l float64
	for i, weight := range []float64{0.2126, 0.7152, 0.0722} {
		v := c[i] / 255
		if v <= 0.04045 {
			v /= 12.92
		} else {
			v = math.Pow((v+0.055)/1.055, 2.4)
		}
		l += weight * v
	}
	return l
}
