package config

import (
	"fmt"
	"regexp"
	"time"
)

// Letters is how temporary passwords reach customers by post.
type Letters struct {
	Lifetime   time.Duration `koanf:"lifetime" validate:"min=72h,max=2160h" doc:"How long a temporary password can be used, from the request on."`
	AgainAfter time.Duration `koanf:"again_after" validate:"min=1h,max=2160h" doc:"How long after a letter was printed the same customer can ask for another on the web. The desk is not bound by it."`
	CutOff     string        `koanf:"cut_off" doc:"Time of day, in time_zone, up to which a request counts for this day (15:00). Letters go out on the next business day."`
	ClosedDays []string      `koanf:"closed_days" validate:"unique" doc:"Days without post besides Saturdays and Sundays, such as public holidays, as YYYY-MM-DD."`
	Fonts      []string      `koanf:"fonts" doc:"TrueType font files (.ttf) for letters, tried in this order for each character. Names need one with rare characters and variation selectors, such as IPAmj Mincho."`
}

// Identity is what the desk looks at before it acts for somebody on the telephone or at the counter.
type Identity struct {
	Documents []string `koanf:"documents" validate:"min=1,unique" doc:"Kinds of identity documents that the desk may check; commands take one or more with --identity and the audit trail keeps which."`
}

var documentName = regexp.MustCompile(`^[a-z][a-z0-9_]{1,39}$`)

func defaultLetters() Letters {
	return Letters{Lifetime: 30 * day, AgainAfter: 7 * day, CutOff: "15:00"}
}

func defaultIdentity() Identity {
	return Identity{Documents: []string{"drivers_license", "my_number_card", "passport", "residence_card"}}
}

func (c *Config) checkLetters() (problems Problems) {
	if _, err := time.Parse("15:04", c.Letters.CutOff); err != nil {
		problems.add("letters.cut_off", fmt.Sprintf("%q is no time of day", c.Letters.CutOff), `write it such as "15:00"`)
	}
	for i, d := range c.Letters.ClosedDays {
		if _, err := time.Parse(time.DateOnly, d); err != nil {
			problems.add(fmt.Sprintf("letters.closed_days.%d", i), fmt.Sprintf("%q is no day", d), `write it such as "2027-01-01"`)
		}
	}
	for i, d := range c.Identity.Documents {
		if !documentName.MatchString(d) {
			problems.add(fmt.Sprintf("identity.documents.%d", i), fmt.Sprintf("%q is not a usable name", d), "use lower-case letters, digits and underscores, such as passport")
		}
	}
	return problems
}
