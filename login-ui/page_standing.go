package loginui

// Suspended tells, where authenticators are changed, that what would have to be proved for
// it was reported lost, and how it comes back (RC-11). Posts: {Base}/cancel.
type Suspended struct{ Frame }

func (Suspended) template() string { return "suspended" }

// NoticeLastWayIn: what was to be removed is the last way to sign in (PG-17).
const NoticeLastWayIn = "last_way_in"

func standingNotices() []string { return []string{NoticeLastWayIn} }
