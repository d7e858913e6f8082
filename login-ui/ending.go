package loginui

import "time"

// Ending says when a page's session or sign-in ends by itself. The page warns before it and
// lets the customer stay (C5). Posts: Stay (stay=1 to go on, stay=0 only to ask); the answer
// is Remaining as JSON.
type Ending struct {
	Kind  EndingKind
	At    time.Time
	Fixed bool   // nothing moves it any more: it is the end of the absolute lifetime
	Stay  string // path of the post
	Again string // where to begin anew after the end; "" where only the relying party can
}

// EndingKind tells a session of the customer's own pages from a sign-in on its way.
type EndingKind string

const (
	EndingSession     EndingKind = "session"
	EndingInteraction EndingKind = "interaction"
)

// Remaining is what the page's script learns about an ending.
type Remaining struct {
	Left  int    `json:"left"`            // seconds; 0: it has ended
	Clock string `json:"clock,omitempty"` // time of day of the end
	Fixed bool   `json:"fixed,omitempty"`
	Next  string `json:"next,omitempty"` // the page is no longer what comes next; this is
}

// Remaining says in lang how long it is until an ending.
func (s *Site) Remaining(lang string, at time.Time, fixed bool) Remaining {
	return Remaining{Left: s.waitSeconds(at), Clock: s.clock(lang, at), Fixed: fixed}
}
