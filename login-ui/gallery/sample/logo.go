package sample

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
)

// logo is a client's picture: a leaf-green disc with a rising line.
func logo() []byte {
	m := image.NewNRGBA(image.Rect(0, 0, 128, 128))
	for y := range 128 {
		for x := range 128 {
			dx, dy := x-64, y-64
			c := color.NRGBA{R: 255, G: 255, B: 255, A: 255}
			if dx*dx+dy*dy < 58*58 {
				c = color.NRGBA{R: 14, G: 106, B: 76, A: 255}
			}
			if d := x + y - 128; d > -8 && d < 8 && dx > -36 && dx < 36 {
				c = color.NRGBA{R: 201, G: 236, B: 180, A: 255}
			}
			m.Set(x, y, c)
		}
	}
	var out bytes.Buffer
	if err := png.Encode(&out, m); err != nil {
		panic(err) // into memory
	}
	return out.Bytes()
}
