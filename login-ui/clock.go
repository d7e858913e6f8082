package loginui

import (
	"strconv"
	"strings"
	"time"
)

// hour says a time of day in the firm's time zone, which is named: 14:32 JST. In Japanese
// Japan's own time goes without saying, and any other does not.
func (s *Site) hour(lang string, t time.Time) string {
	t = t.In(s.where)
	hour, zone := strconv.Itoa(t.Hour())+t.Format(":04"), t.Format("MST")
	switch {
	case lang == "ja" && zone == "JST":
		return hour
	case strings.ContainsAny(zone[:1], "+-"): // a zone without a name of its own
		zone = "UTC" + zone
	}
	return hour + " " + zone
}

// clock says a time of day, with the date when that is not today: 14:32 JST, 23 Nov, 9:00
// JST, 11月23日 9:00.
func (s *Site) clock(lang string, t time.Time) string {
	t = t.In(s.where)
	hour := s.hour(lang, t)
	if sameDay(t, s.now().In(s.where)) {
		return hour
	}
	if lang == "ja" {
		return s.day(lang, t) + " " + hour
	}
	return s.day(lang, t) + ", " + hour
}

// day says a date, with the year when it is not this one.
func (s *Site) day(lang string, t time.Time) string {
	t = t.In(s.where)
	this := t.Year() == s.now().In(s.where).Year()
	switch {
	case lang == "ja" && this:
		return t.Format("1月2日")
	case lang == "ja":
		return t.Format("2006年1月2日")
	case this:
		return t.Format("2 Jan")
	default:
		return t.Format("2 Jan 2006")
	}
}

// seen says when something happened last: the hour for today and yesterday, else the date.
func (s *Site) seen(lang string, t time.Time) (string, error) {
	local, now := t.In(s.where), s.now().In(s.where)
	hour := s.hour(lang, t)
	switch {
	case sameDay(local, now):
		return s.texts.say(lang, "time.today", "Clock", hour)
	case sameDay(local, now.AddDate(0, 0, -1)):
		return s.texts.say(lang, "time.yesterday", "Clock", hour)
	default:
		return s.day(lang, t), nil
	}
}

// left says how long it is until t, rounded up so that nobody is told too little time
// has to pass. A time gone by is said as the shortest one.
func (s *Site) left(lang string, t time.Time) (string, error) {
	return s.length(lang, t.Sub(s.now()))
}

// length says a duration in its largest one or two units.
func (s *Site) length(lang string, d time.Duration) (string, error) {
	switch {
	case d < time.Minute:
		return s.texts.say(lang, "time.seconds", "Count", max(1, ceil(d, time.Second)))
	case d <= 90*time.Minute:
		return s.texts.say(lang, "time.minutes", "Count", ceil(d, time.Minute))
	case d <= 24*time.Hour:
		return s.texts.say(lang, "time.hours", "Count", ceil(d, time.Hour))
	default:
		return s.texts.say(lang, "time.days", "Count", ceil(d, 24*time.Hour))
	}
}

// waitSeconds is how long a button stays shut, by the server's clock: the browser's may be wrong.
func (s *Site) waitSeconds(t time.Time) int { return max(0, ceil(t.Sub(s.now()), time.Second)) }

func ceil(d, unit time.Duration) int { return int((d + unit - 1) / unit) }

func sameDay(a, b time.Time) bool {
	ay, am, ad := a.Date()
	by, bm, bd := b.Date()
	return ay == by && am == bm && ad == bd
}
