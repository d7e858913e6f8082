package loginui

import (
	"fmt"
	"strings"

	"github.com/boombuler/barcode/qr"
)

// qrCode is a QR code as one SVG path on a grid with its quiet zone of four modules
// (ISO/IEC 18004).
type qrCode struct {
	Size int
	Path string
}

func qrPath(content string) (qrCode, error) {
	code, err := qr.Encode(content, qr.M, qr.Auto)
	if err != nil {
		return qrCode{}, fmt.Errorf("QR code: %w", err)
	}
	const quiet = 4
	n := code.Bounds().Dx()
	var b strings.Builder
	for y := range n {
		for x := 0; x < n; x++ {
			start := x
			for x < n {
				if r, _, _, _ := code.At(x, y).RGBA(); r != 0 {
					break
				}
				x++
			}
			if x > start {
				fmt.Fprintf(&b, "M%d %dh%dv1H%d", start+quiet, y+quiet, x-start, start+quiet)
			}
		}
	}
	return qrCode{Size: n + 2*quiet, Path: b.String()}, nil
}
