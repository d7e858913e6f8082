package provider_test

import (
	"bytes"
	"encoding/base64"
	"image"
	"image/color"
	"image/png"
	"regexp"
	"strings"
	"testing"

	"sekisho/idp"
	"sekisho/idp/idptest"
)

func pictureFile(t *testing.T, w, h int) []byte {
	t.Helper()
	m := image.NewNRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			m.Set(x, y, color.NRGBA{G: 120, A: 255})
		}
	}
	var b bytes.Buffer
	if err := png.Encode(&b, m); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

var picture = regexp.MustCompile(`<img class="logo" src="data:image/png;base64,([^"]+)" alt="">`)

// shownPicture is the picture within a page; an empty one where there is none.
func shownPicture(t *testing.T, page *idptest.Page) image.Image {
	t.Helper()
	found := picture.FindStringSubmatch(strings.ReplaceAll(page.Body, "&#43;", "+"))
	if found == nil {
		return image.NewNRGBA(image.Rectangle{})
	}
	raw, err := base64.StdEncoding.DecodeString(found[1])
	if err != nil {
		t.Fatal(err)
	}
	m, err := png.Decode(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// AZ-31, AZ-32: a client's picture is drawn anew and comes within the page; a stranger's stands
// beside the warning; what is no picture, or leads where nobody should go, is not shown, and
// the page waits for nothing.
func TestClientPictures(t *testing.T) {
	r, site := registering(t, nil)
	t.Run("AZ-32 a stranger's", func(t *testing.T) {
		at := site.PutFile("/logo", append(pictureFile(t, 400, 400), []byte("<script>trailer</script>")...))
		c := r.Registers("client_name", "Stranger", "logo_uri", at)
		r.Logos.Wait()
		page := r.b.Authorize(c.ID, idptest.Redirect)
		if m := shownPicture(t, page); m.Bounds().Dx() != 128 || !strings.Contains(page.Body, `class="app stranger"`) {
			t.Errorf("%v\n%s", m.Bounds(), page.Body)
		}
		if strings.Contains(page.Body, site.URL) || site.Asked("/logo") != 1 {
			t.Errorf("AZ-31: the page names the site, or it was asked %d times", site.Asked("/logo"))
		}
	})
	t.Run("AZ-31 one registered by the firm, from its first page on", func(t *testing.T) {
		at := site.PutFile("/firm", pictureFile(t, 64, 64))
		r.NewRelyingParty("third", func(m *idp.ClientMetadata) { m.FirstParty, m.LogoURI = false, at })
		if page := r.b.Authorize("third", idptest.Redirect); shownPicture(t, page).Bounds().Dx() != 0 || !strings.Contains(page.Body, `<span class="logo" aria-hidden="true">T</span>`) {
			t.Errorf("the first page: %s", page.Body)
		}
		r.Logos.Wait()
		if page := r.b.Authorize("third", idptest.Redirect); shownPicture(t, page).Bounds().Dx() != 64 {
			t.Errorf("the second page: %s", page.Body)
		}
	})
	for name, at := range map[string]string{
		"SVG":     site.PutFile("/svg", []byte(`<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>`)),
		"nothing": site.URL + "/none", "a metadata address": "https://169.254.169.254/latest", "a picture too large": site.PutFile("/large", pictureFile(t, 1600, 1600)),
	} {
		t.Run("AZ-31 "+name, func(t *testing.T) {
			c := r.Registers("client_name", "Stranger", "logo_uri", at)
			r.Logos.Wait()
			if page := r.b.Authorize(c.ID, idptest.Redirect); !page.Has("/consent") || strings.Contains(page.Body, "<img") || !strings.Contains(page.Body, `aria-hidden="true">S</span>`) {
				t.Errorf("%s", page.Body)
			}
		})
	}
}
