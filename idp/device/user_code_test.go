package device

import (
	"strings"
	"testing"
)

func TestUserCodes(t *testing.T) {
	seen := map[rune]int{}
	for range 2000 {
		code := NewUserCode()
		if len(code) != 8 || ReadUserCode(Show(code)) != code {
			t.Fatalf("%q", code)
		}
		for _, r := range code {
			seen[r]++
		}
	}
	if len(seen) != len(alphabet) || strings.ContainsAny(alphabet, "AEIOUY0158") {
		t.Errorf("letters in use: %v", seen)
	}
	for r, n := range seen {
		if n < 600 || n > 1000 { // 800 expected
			t.Errorf("%c came %d times of 16000", r, n)
		}
	}
}

func TestReadUserCode(t *testing.T) {
	for _, typed := range []string{"WDJB-MJHT", "wdjbmjht", " wdjb mjht\t", "ＷＤＪＢ－ＭＪＨＴ", "ｗｄｊｂーｍｊｈｔ", "WDJB—MJHT", "W-D-J-B-M-J-H-T", "WDJB　MJHT"} {
		if got := ReadUserCode(typed); got != "WDJBMJHT" {
			t.Errorf("%q is read as %q", typed, got)
		}
	}
	for _, typed := range []string{"", "WDJB-MJH", "WDJB-MJHTT", "WDJB-MJH7", "WDJB-MJHA", "WDJB.MJHT", "WDJB-MJHT'", strings.Repeat("-", 100) + "WDJBMJHT", "\xff"} {
		if got := ReadUserCode(typed); got != "" {
			t.Errorf("%q is read as %q", typed, got)
		}
	}
}
