package totp

import (
	"bytes"
	"encoding/xml"
	"fmt"

	"github.com/boombuler/barcode/qr"
)

// quietZone is the white border of ISO/IEC 18004, in modules; readers need it on dark pages.
const quietZone = 4

// QR draws an otpauth URI as an SVG image that a screen reader announces as label, in the
// page's language. It uses no style, script or reference, so it stands under any content
// security policy. The secret is also offered as text, which is what makes the page usable
// without the image.
func QR(otpauthURI, label string) ([]byte, error) {
	code, err := qr.Encode(otpauthURI, qr.M, qr.Auto)
	if err != nil {
		return nil, fmt.Errorf("totp: QR code: %w", err)
	}
	size := code.Bounds().Dx()
	var path bytes.Buffer
	for y := range size {
		for x := 0; x < size; x++ {
			run := 0
			for x+run < size && dark(code.At(x+run, y)) {
				run++
			}
			if run > 0 {
				fmt.Fprintf(&path, "M%d %dh%dv1h-%dz", x+quietZone, y+quietZone, run, run)
				x += run
			}
		}
	}
	var title bytes.Buffer
	if err := xml.EscapeText(&title, []byte(label)); err != nil {
		return nil, err
	}
	side := size + 2*quietZone
	return fmt.Appendf(nil, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" role="img" shape-rendering="crispEdges">`+
		`<title>%s</title><rect width="%d" height="%d" fill="#fff"/><path fill="#000" d="%s"/></svg>`,
		side, side, title.Bytes(), side, side, path.Bytes()), nil
}

func dark(c interface{ RGBA() (r, g, b, a uint32) }) bool {
	r, _, _, _ := c.RGBA()
	return r < 0x8000
}
