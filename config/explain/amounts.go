package explain

import (
	"fmt"
	"strings"
	"time"

	"sekisho/config"
)

// unit is a unit of time with its names.
type unit struct {
	length          time.Duration
	ja, one, others string
}

var units = []unit{
	{24 * time.Hour, "日", "day", "days"},
	{time.Hour, "時間", "hour", "hours"},
	{time.Minute, "分", "minute", "minutes"},
	{time.Second, "秒", "second", "seconds"},
	{time.Millisecond, "ミリ秒", "millisecond", "milliseconds"},
}

// duration says a length of time in words, down to the millisecond. A day or two stay
// hours, as people say them.
func (t *teller) duration(d time.Duration) string {
	var parts []string
	for _, u := range units {
		if u.length == 24*time.Hour && (d < 72*time.Hour || d%u.length != 0) {
			continue
		}
		n := int64(d / u.length)
		if d -= time.Duration(n) * u.length; n == 0 {
			continue
		}
		if t.lang == "ja" {
			parts = append(parts, fmt.Sprintf("%d%s", n, u.ja))
		} else {
			parts = append(parts, fmt.Sprintf("%d %s", n, plural(int(n), u.one, u.others)))
		}
	}
	if len(parts) == 0 {
		return map[string]string{"ja": "0秒", "en": "0 seconds"}[t.lang]
	}
	return strings.Join(parts, map[string]string{"ja": "", "en": " "}[t.lang])
}

// moment says a point in time on the firm's clock.
func (t *teller) moment(at time.Time) string {
	zone, err := time.LoadLocation(t.c.TimeZone)
	if err != nil && t.err == nil {
		t.err = err
	}
	if err == nil {
		at = at.In(zone)
	}
	if t.lang == "ja" {
		return at.Format("2006年1月2日 15:04")
	}
	return at.Format("2 January 2006, 15:04")
}

// rate says a limit.
func (t *teller) rate(r config.Rate) string {
	if r.Burst == 0 && r.Every == 0 {
		return t.say("rate.none")
	}
	every := t.duration(r.Every)
	if one, ok := strings.CutPrefix(every, "1 "); ok && !strings.Contains(one, " ") {
		every = one // every minute, not every 1 minute
	}
	return t.say("rate.some", "Burst", r.Burst, "Every", every)
}

// levelOrder is weakest first.
var levelOrder = []string{"", config.LevelEmail, config.LevelMFA, config.LevelPhishingResistant, config.LevelPhishingResistantHardware}

// level says by what an assurance level is earned.
func (t *teller) level(acr string) string {
	switch acr {
	case config.LevelEmail:
		return t.say("level.email")
	case config.LevelMFA:
		return t.say("level.mfa")
	case config.LevelPhishingResistant:
		return t.say("level.phr")
	case config.LevelPhishingResistantHardware:
		return t.say("level.phrh")
	}
	return t.say("level.other", "ACR", acr)
}
