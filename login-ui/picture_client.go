package loginui

import (
	"bytes"
	"encoding/base64"
	"html/template"
	"unicode"
	"unicode/utf8"
)

const (
	pngMagic = "\x89PNG\r\n\x1a\n"
	maxPNG   = 128 << 10 // one of 128 by 128 pixels, however noisy, is about half of this
)

// pngData is a picture within the page itself: nobody is asked for it. Anything but a PNG is
// nothing.
func pngData(picture []byte) template.URL {
	if !bytes.HasPrefix(picture, []byte(pngMagic)) || len(picture) > maxPNG {
		return ""
	}
	return template.URL("data:image/png;base64," + base64.StdEncoding.EncodeToString(picture))
}

// initial is the first letter of a name, for where there is no picture.
func initial(name string) string {
	c, _ := utf8.DecodeRuneInString(plain(name))
	if !unicode.IsLetter(c) && !unicode.IsDigit(c) {
		return "・"
	}
	return string(unicode.ToUpper(c))
}
