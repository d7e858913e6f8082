package provider_test

import (
	"bytes"
	"errors"
	"image"
	"image/jpeg"
	"testing"

	"sekisho/idp/logo"
)

// progressive is a picture of side by side pixels that is drawn over and over, thirteen bytes
// a time: small enough to be fetched, within every bound on pixels, and minutes of work.
func progressive(side, scans int) []byte {
	raw := []byte{0xff, 0xd8, 0xff, 0xdb, 0, 67, 0} // DQT
	raw = append(raw, bytes.Repeat([]byte{1}, 64)...)
	raw = append(raw, 0xff, 0xc2, 0, 11, 8, byte(side>>8), byte(side), byte(side>>8), byte(side), 1, 1, 0x11, 0) // SOF2, grey
	raw = append(raw, 0xff, 0xc4, 0, 20, 0x10, 1)                                                                // DHT: one word, a run over all blocks
	raw = append(raw, make([]byte, 15)...)
	raw = append(raw, 0xe0)
	for range scans {
		raw = append(raw, 0xff, 0xda, 0, 8, 1, 1, 0, 1, 63, 0, 0x72, 0x01)
	}
	return append(raw, 0xff, 0xd9)
}

// A picture costs what it shows, not what its client would like the provider to compute.
func TestPictureDrawnOverAndOver(t *testing.T) {
	few := progressive(1408, 10)
	if _, err := jpeg.Decode(bytes.NewReader(few)); err != nil {
		t.Fatal(err)
	}
	if _, err := logo.Draw(few); err != nil {
		t.Errorf("a progressive picture: %v", err)
	}
	many := progressive(1408, 1000)
	if _, err := logo.Draw(many); !errors.Is(err, logo.ErrPicture) {
		t.Errorf("a thousand scans: %v", err)
	}
	// Fill bytes before a marker change nothing for a decoder, nor for the bound.
	if _, err := logo.Draw(bytes.ReplaceAll(many, []byte{0xff, 0xda}, []byte{0xff, 0xff, 0xda})); !errors.Is(err, logo.ErrPicture) {
		t.Errorf("a thousand scans with fill bytes: %v", err)
	}
	var plain bytes.Buffer
	if err := jpeg.Encode(&plain, image.NewGray(image.Rect(0, 0, 600, 600)), nil); err != nil {
		t.Fatal(err)
	}
	if _, err := logo.Draw(plain.Bytes()); err != nil {
		t.Errorf("an ordinary picture: %v", err)
	}
}
