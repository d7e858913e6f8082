package letter

import "time"

// Calendar says when a letter goes to the post.
type Calendar struct {
	Zone   *time.Location
	CutOff string // "15:04": up to then a request counts for this day
	Closed []string
}

// Due is the first business day after the day that a request counts for, as YYYY-MM-DD.
func (c Calendar) Due(at time.Time) string {
	local := at.In(c.Zone)
	day := time.Date(local.Year(), local.Month(), local.Day(), 12, 0, 0, 0, c.Zone)
	if local.Format("15:04") >= c.CutOff {
		day = day.AddDate(0, 0, 1)
	}
	for range 366 { // a calendar without any open day would never end
		if day = day.AddDate(0, 0, 1); c.open(day) {
			break
		}
	}
	return day.Format(time.DateOnly)
}

// Today is the day at in the firm's time zone.
func (c Calendar) Today(at time.Time) string { return at.In(c.Zone).Format(time.DateOnly) }

func (c Calendar) open(day time.Time) bool {
	if w := day.Weekday(); w == time.Saturday || w == time.Sunday {
		return false
	}
	for _, closed := range c.Closed {
		if closed == day.Format(time.DateOnly) {
			return false
		}
	}
	return true
}
