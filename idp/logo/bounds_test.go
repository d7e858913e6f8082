package logo

import (
	"context"
	"errors"
	"image"
	"log/slog"
	"strconv"
	"testing"
	"time"

	"sekisho/idp"
)

// Each bound holds by itself: a good picture with too much behind it, and a thin one that is
// too long, are none.
func TestEachBound(t *testing.T) {
	padded := append(pngOf(t, picture(8, 8)), make([]byte, MaxBytes)...)
	for name, raw := range map[string][]byte{
		"bytes": padded, "width": pngOf(t, image.NewGray(image.Rect(0, 0, maxSide+1, 1))), "height": pngOf(t, image.NewGray(image.Rect(0, 0, 1, maxSide+1))),
	} {
		if out, err := Draw(raw); !errors.Is(err, ErrPicture) || out != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := Draw(pngOf(t, image.NewGray(image.Rect(0, 0, maxSide, 1)))); err != nil {
		t.Errorf("the longest side: %v", err)
	}
}

// slow is a site that answers when it is let.
type slow struct {
	begun, let chan struct{}
}

func (s *slow) Get(context.Context, string, string) ([]byte, error) {
	s.begun <- struct{}{}
	<-s.let
	return nil, errors.New("down")
}

// However many clients a page shows, a node asks a few sites at a time.
func TestFewAtOnce(t *testing.T) {
	site := &slow{begun: make(chan struct{}, 100), let: make(chan struct{})}
	s := &Shelf{Store: &memory{kept: map[string]idp.ClientLogo{}}, Fetch: site, Now: time.Now, Log: slog.New(slog.DiscardHandler)}
	for i := range 20 {
		s.Want(&idp.Client{ID: strconv.Itoa(i), Metadata: idp.ClientMetadata{LogoURI: "https://rp.example/a.png"}})
	}
	close(site.let)
	s.Wait()
	if n := len(site.begun); n != atOnce {
		t.Errorf("%d sites were asked at once, want %d", n, atOnce)
	}
}
