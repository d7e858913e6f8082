package logo

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"log/slog"
	"sync"
	"testing"
	"time"

	"sekisho/idp"
)

func picture(w, h int) image.Image {
	m := image.NewNRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			m.Set(x, y, color.NRGBA{R: 200, G: 10, B: 10, A: 255})
		}
	}
	return m
}

func pngOf(t *testing.T, m image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, m); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func jpegOf(t *testing.T, m image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := jpeg.Encode(&b, m, nil); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// What comes out is a PNG of our own drawing, small enough for the page, in the same colours;
// nothing of the file's other contents is in it.
func TestDraw(t *testing.T) {
	hidden := append(pngOf(t, picture(40, 40)), []byte("<script>hidden</script>")...)
	for name, c := range map[string]struct {
		raw  []byte
		w, h int
	}{
		"large PNG": {pngOf(t, picture(1000, 500)), 128, 64}, "small PNG": {hidden, 40, 40}, "JPEG": {jpegOf(t, picture(300, 900)), 42, 128},
		"one pixel": {pngOf(t, picture(1, 1)), 1, 1}, "a line": {pngOf(t, picture(2000, 2)), 128, 1},
	} {
		out, err := Draw(c.raw)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		m, err := png.Decode(bytes.NewReader(out))
		if err != nil || m.Bounds().Dx() != c.w || m.Bounds().Dy() != c.h || bytes.Contains(out, []byte("hidden")) {
			t.Errorf("%s: %v %v", name, err, m.Bounds())
		}
		if r, g, _, a := m.At(0, 0).RGBA(); r>>8 < 190 || g>>8 > 30 || a>>8 != 255 {
			t.Errorf("%s: colour %d %d %d", name, r>>8, g>>8, a>>8)
		}
	}
}

func TestDrawRefuses(t *testing.T) {
	bomb := pngOf(t, picture(8, 8))
	binary.BigEndian.PutUint32(bomb[16:], 60_000) // says that it is 60,000 pixels wide
	for name, raw := range map[string][]byte{
		"SVG": []byte(`<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>`), "GIF": []byte("GIF89a\x01\x00\x01\x00"), "HTML": []byte("<html>"),
		"nothing": nil, "half a PNG": pngOf(t, picture(100, 100))[:60], "half a JPEG": jpegOf(t, picture(100, 100))[:200], "too many pixels": bomb,
		"too large": pngOf(t, picture(1600, 1600)), "too many bytes": make([]byte, MaxBytes+1),
	} {
		if out, err := Draw(raw); !errors.Is(err, ErrPicture) || out != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func FuzzDraw(f *testing.F) {
	f.Add([]byte("\x89PNG\r\n\x1a\n"))
	f.Add([]byte{0xff, 0xd8, 0xff, 0xe0})
	f.Fuzz(func(t *testing.T, raw []byte) {
		if out, err := Draw(raw); err == nil {
			if _, err := png.DecodeConfig(bytes.NewReader(out)); err != nil {
				t.Error(err)
			}
		}
	})
}

// memory is a store and a client's site.
type memory struct {
	mu    sync.Mutex
	kept  map[string]idp.ClientLogo
	file  []byte
	err   error
	asked int
}

func (m *memory) ClientLogo(_ context.Context, id string) (*idp.ClientLogo, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if l, ok := m.kept[id]; ok {
		return &l, nil
	}
	return nil, idp.ErrNotFound
}

func (m *memory) KeepClientLogo(_ context.Context, l idp.ClientLogo) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.kept[l.ClientID] = l
	return nil
}

func (m *memory) Get(context.Context, string, string) ([]byte, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.asked++
	return m.file, m.err
}

// A page waits for nobody: the first has no picture, the next has; a site that is down keeps
// the one there is, and is not asked at every page.
func TestShelf(t *testing.T) {
	now := time.Unix(1_800_000_000, 0)
	m := &memory{kept: map[string]idp.ClientLogo{}, file: pngOf(t, picture(64, 64))}
	s := &Shelf{Store: m, Fetch: m, Now: func() time.Time { return now }, Log: slog.New(slog.DiscardHandler)}
	c := &idp.Client{ID: "c", Metadata: idp.ClientMetadata{LogoURI: "https://rp.example/a.png"}}
	see := func(what string, want bool, asked int) {
		t.Helper()
		got := s.Of(t.Context(), c)
		s.Wait()
		if (got != nil) != want || m.asked != asked {
			t.Errorf("%s: a picture %v, asked %d times, want %v and %d", what, got != nil, m.asked, want, asked)
		}
	}
	see("first", false, 1)
	see("then", true, 1)
	m.err = errors.New("down")
	now = now.Add(goodFor)
	see("old", true, 2)
	see("kept", true, 2)
	c.Metadata.LogoURI = "https://rp.example/b.png"
	see("another address", false, 3)
	see("which is down", false, 3)
	now = now.Add(retry)
	see("later", false, 4)
	c.Metadata.LogoURI = ""
	see("none registered", false, 4)
}
