package config

import (
	"fmt"
	"math"
	"strconv"
)

// The grounds that pages put the accent on, light and dark, and the two colours of text on
// the accent. They are those of the hosted pages' style.
const (
	lightPaper, lightCard = 0xf6f4ee, 0xfffefb
	darkPaper, darkCard   = 0x12141a, 0x1a1d25
	white, ink            = 0xffffff, 0x0c1220
	lightTint, darkTint   = 0.08, 0.12 // share of the accent in a tinted ground
)

// legible is the least contrast of text (WCAG 2.2 success criterion 1.4.3, level AA).
const legible = 4.5

func (c *Config) checkFirm() (problems Problems) {
	for _, side := range []struct {
		key, colour string
		paper, card uint32
		tint        float64
	}{
		{"firm.accent", c.Firm.Accent, lightPaper, lightCard, lightTint},
		{"firm.accent_dark", c.Firm.AccentDark, darkPaper, darkCard, darkTint},
	} {
		accent, ok := colour(side.colour)
		if !ok {
			continue // absent, or said already
		}
		least := legible
		for _, ground := range []uint32{side.paper, side.card, blend(accent, side.card, side.tint)} {
			least = min(least, contrast(accent, ground))
		}
		if least < legible {
			direction := "darker"
			if side.paper == darkPaper {
				direction = "lighter"
			}
			problems.add(side.key, fmt.Sprintf("%s has contrast %.2f:1 on its ground, below %.1f:1", side.colour, least, legible), "choose a "+direction+" colour")
		}
		if on := max(contrast(accent, white), contrast(accent, ink)); on < legible {
			problems.add(side.key, fmt.Sprintf("%s leaves text on it at contrast %.2f:1, below %.1f:1", side.colour, on, legible), "choose a darker or lighter colour")
		}
	}
	return problems
}

// colour reads #rrggbb.
func colour(s string) (uint32, bool) {
	if len(s) != 7 || s[0] != '#' {
		return 0, false
	}
	n, err := strconv.ParseUint(s[1:], 16, 24)
	return uint32(n), err == nil
}

// contrast is the ratio of two colours, 1 to 21 (WCAG 2.2, "contrast ratio").
func contrast(a, b uint32) float64 {
	la, lb := luminance(a), luminance(b)
	return (max(la, lb) + 0.05) / (min(la, lb) + 0.05)
}

// luminance is relative luminance in sRGB (WCAG 2.2, "relative luminance").
func luminance(rgb uint32) float64 {
	var sum float64
	for i, weight := range []float64{0.2126, 0.7152, 0.0722} {
		v := float64(rgb>>(16-8*i)&0xff) / 255
		if v <= 0.04045 {
			v /= 12.92
		} else {
			v = math.Pow((v+0.055)/1.055, 2.4)
		}
		sum += weight * v
	}
	return sum
}

// blend lays share of a over b.
func blend(a, b uint32, share float64) uint32 {
	var out uint32
	for shift := 0; shift <= 16; shift += 8 {
		x, y := float64(a>>shift&0xff), float64(b>>shift&0xff)
		out |= uint32(math.Round(x*share+y*(1-share))) << shift
	}
	return out
}
