package totp_test

import (
	"bytes"
	"context"
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"sekisho/idp"
	"sekisho/idp/authn/totp"
)

// OT-06: pending enrolments.
func TestPending(t *testing.T) {
	ctx := context.Background()
	begin := func(t *testing.T) (bench, totp.Enrolment) {
		b := open(t)
		e, err := b.Enrol(ctx, b.account, "flow")
		if err != nil {
			t.Fatal(err)
		}
		return b, e
	}
	confirm := func(b bench, flow, code string) error {
		_, err := b.Confirm(ctx, b.account.ID, flow, code, idp.Effects{})
		return err
	}
	t.Run("OT-06 unconfirmed secret is not usable", func(t *testing.T) {
		b, e := begin(t)
		if _, err := b.Verify(ctx, b.account.ID, b.code(t, e, 0)); !errors.Is(err, idp.ErrRejected) {
			t.Error(err)
		}
	})
	t.Run("OT-06 another session cannot confirm", func(t *testing.T) {
		b, e := begin(t)
		if err := confirm(b, "other flow", b.code(t, e, 0)); !errors.Is(err, idp.ErrNotFound) {
			t.Error(err)
		}
		if _, err := b.Pending(ctx, b.account, "other flow"); !errors.Is(err, idp.ErrNotFound) {
			t.Errorf("another session sees the secret: %v", err)
		}
	})
	t.Run("OT-06 expires", func(t *testing.T) {
		b, e := begin(t)
		b.clock.Add(totp.DefaultPendingFor)
		if err := confirm(b, "flow", b.code(t, e, 0)); !errors.Is(err, idp.ErrExpired) {
			t.Error(err)
		}
	})
	t.Run("OT-06 wrong code leaves it pending", func(t *testing.T) {
		b, e := begin(t)
		if err := confirm(b, "flow", "000000"); !errors.Is(err, idp.ErrRejected) {
			t.Fatal(err)
		}
		if again, err := b.Pending(ctx, b.account, "flow"); err != nil || again.Secret != e.Secret {
			t.Fatalf("%+v, %v", again, err)
		}
		if err := confirm(b, "flow", b.code(t, e, 0)); err != nil {
			t.Fatal(err)
		}
		if _, err := b.Pending(ctx, b.account, "flow"); !errors.Is(err, idp.ErrNotFound) {
			t.Errorf("OT-05: the secret is shown after confirmation: %v", err)
		}
	})
	t.Run("OT-06 a newer enrolment replaces", func(t *testing.T) {
		b, e := begin(t)
		if _, err := b.Enrol(ctx, b.account, "flow"); err != nil {
			t.Fatal(err)
		}
		if err := confirm(b, "flow", b.code(t, e, 0)); !errors.Is(err, idp.ErrRejected) {
			t.Error(err)
		}
	})
	t.Run("a sealed secret moved to another row does not open", func(t *testing.T) {
		b, _ := begin(t)
		row, err := b.store.PendingTOTP(ctx, b.account.ID)
		if err != nil {
			t.Fatal(err)
		}
		row.ID = idp.NewID()
		if err := b.store.SavePendingTOTP(ctx, *row); err != nil {
			t.Fatal(err)
		}
		if _, err := b.Pending(ctx, b.account, "flow"); err == nil {
			t.Error("it does")
		}
	})
}

// E2: exchange keeps the old token until the new one is proved, then only the new one works.
func TestExchange(t *testing.T) {
	b, old := enrolled(t)
	ctx := context.Background()
	next, err := b.Enrol(ctx, b.account, "flow2")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := b.Verify(ctx, b.account.ID, b.code(t, old, 0)); err != nil {
		t.Fatalf("E2: old token during the exchange: %v", err)
	}
	b.clock.Add(time.Minute)
	if _, err := b.Confirm(ctx, b.account.ID, "flow2", b.code(t, old, 0), idp.Effects{}); !errors.Is(err, idp.ErrRejected) {
		t.Fatalf("E2: old code confirms the new token: %v", err)
	}
	if _, err := b.Confirm(ctx, b.account.ID, "flow2", b.code(t, next, 0), idp.Effects{}); err != nil {
		t.Fatal(err)
	}
	b.clock.Add(time.Minute)
	if _, err := b.Verify(ctx, b.account.ID, b.code(t, old, 0)); !errors.Is(err, idp.ErrRejected) {
		t.Errorf("E2: old token after the exchange: %v", err)
	}
	if _, err := b.Verify(ctx, b.account.ID, b.code(t, next, 0)); err != nil {
		t.Errorf("E2: new token: %v", err)
	}
}

func TestRemove(t *testing.T) {
	b, e := enrolled(t)
	ctx := context.Background()
	if err := b.Remove(ctx, b.account.ID, "000000", "", idp.Effects{}); !errors.Is(err, idp.ErrRejected) {
		t.Fatalf("without a current code: %v", err)
	}
	if err := b.Remove(ctx, b.account.ID, b.code(t, e, 0), "", idp.Effects{}); err != nil {
		t.Fatal(err)
	}
	b.clock.Add(time.Minute)
	if _, err := b.Verify(ctx, b.account.ID, b.code(t, e, 0)); !errors.Is(err, idp.ErrRejected) {
		t.Errorf("after removal: %v", err)
	}
}

// The image is well-formed, names itself and carries no style or script.
func TestQR(t *testing.T) {
	b := open(t)
	e, err := b.Enrol(context.Background(), b.account, "flow")
	if err != nil {
		t.Fatal(err)
	}
	svg, err := totp.QR(e.URI, `認証アプリで読み取る <&"> `)
	if err != nil {
		t.Fatal(err)
	}
	var title string
	d := xml.NewDecoder(bytes.NewReader(svg))
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		start, ok := token.(xml.StartElement)
		if !ok {
			continue
		}
		if start.Name.Local == "title" {
			if err := d.DecodeElement(&title, &start); err != nil {
				t.Fatal(err)
			}
		}
		for _, a := range start.Attr {
			if a.Name.Local == "style" || strings.HasPrefix(a.Name.Local, "on") {
				t.Errorf("attribute %s", a.Name.Local)
			}
		}
		if start.Name.Local == "style" || start.Name.Local == "script" {
			t.Errorf("element %s", start.Name.Local)
		}
	}
	if title != `認証アプリで読み取る <&"> ` {
		t.Errorf("title %q", title)
	}
	if bytes.Contains(svg, []byte(strings.ReplaceAll(e.Secret, " ", ""))) {
		t.Error("the secret stands in the image's text")
	}
	if _, err := totp.QR(strings.Repeat("x", 1<<16), ""); err == nil {
		t.Error("an endless URI is drawn")
	}
}
