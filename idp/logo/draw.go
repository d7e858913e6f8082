package logo

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
)

const (
	// Side is how large a drawn picture is at most, in pixels each way.
	Side = 128
	// MaxBytes is how large a registered file may be.
	MaxBytes  = 512 << 10
	maxSide   = 4096
	maxPixels = 2 << 20 // at most 16 MiB while it is decoded
	// maxScans bounds how often a JPEG goes over its pixels. A dozen bytes are a scan; without
	// the bound a small file is minutes of work.
	maxScans = 64
)

// scan is the marker that every scan of a JPEG begins with. It cannot be in what is between
// two markers, so a file has no more scans than it has of these.
var scan = []byte{0xff, 0xda}

// ErrPicture: the file is not a picture that is taken here.
var ErrPicture = errors.New("not a PNG or JPEG picture of an acceptable size")

// Draw decodes a registered picture and draws it anew as PNG. Every flaw is ErrPicture.
func Draw(raw []byte) ([]byte, error) {
	if len(raw) > MaxBytes {
		return nil, ErrPicture
	}
	// The kind is read from the bytes; what a server calls them counts for nothing.
	config, decode := png.DecodeConfig, png.Decode
	if bytes.HasPrefix(raw, []byte{0xff, 0xd8, 0xff}) {
		config, decode = jpeg.DecodeConfig, jpeg.Decode
		if bytes.Count(raw, scan) > maxScans {
			return nil, ErrPicture
		}
	}
	size, err := config(bytes.NewReader(raw))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrPicture, err)
	}
	if size.Width < 1 || size.Height < 1 || size.Width > maxSide || size.Height > maxSide || size.Width*size.Height > maxPixels {
		return nil, ErrPicture
	}
	picture, err := decode(bytes.NewReader(raw))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrPicture, err)
	}
	var out bytes.Buffer
	encoder := png.Encoder{CompressionLevel: png.BestCompression}
	if err := encoder.Encode(&out, fit(picture)); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

// fit copies a picture pixel by pixel, made smaller where it is larger than Side: each new
// pixel is the mean of those it stands for.
func fit(from image.Image) image.Image {
	b := from.Bounds()
	w, h := b.Dx(), b.Dy()
	if longest := max(w, h); longest > Side {
		w, h = max(1, w*Side/longest), max(1, h*Side/longest)
	}
	to := image.NewRGBA64(image.Rect(0, 0, w, h))
	for y := range h {
		top, bottom := b.Min.Y+y*b.Dy()/h, b.Min.Y+(y+1)*b.Dy()/h
		for x := range w {
			left, right := b.Min.X+x*b.Dx()/w, b.Min.X+(x+1)*b.Dx()/w
			to.SetRGBA64(x, y, mean(from, image.Rect(left, top, max(right, left+1), max(bottom, top+1))))
		}
	}
	return eightBit(to)
}

func mean(from image.Image, part image.Rectangle) color.RGBA64 {
	var sum [4]uint64
	for y := part.Min.Y; y < part.Max.Y; y++ {
		for x := part.Min.X; x < part.Max.X; x++ {
			r, g, b, a := from.At(x, y).RGBA()
			sum[0], sum[1], sum[2], sum[3] = sum[0]+uint64(r), sum[1]+uint64(g), sum[2]+uint64(b), sum[3]+uint64(a)
		}
	}
	n := uint64(part.Dx() * part.Dy())
	return color.RGBA64{R: uint16(sum[0] / n), G: uint16(sum[1] / n), B: uint16(sum[2] / n), A: uint16(sum[3] / n)}
}

func eightBit(from *image.RGBA64) image.Image {
	to := image.NewNRGBA(from.Bounds())
	for y := range to.Bounds().Dy() {
		for x := range to.Bounds().Dx() {
			to.Set(x, y, from.At(x, y))
		}
	}
	return to
}
