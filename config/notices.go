package config

import "time"

// Notices is what customers are mailed about, beyond codes.
type Notices struct {
	StopCode    time.Duration `koanf:"stop_code" validate:"min=1h,max=720h" doc:"How long the stop code in a mail about a sign-in can freeze the account."`
	ClientRate  Rate          `koanf:"client_rate" doc:"Notices that one relying party may ask for."`
	AccountRate Rate          `koanf:"account_rate" doc:"Notices that relying parties may send to one customer."`
}

func defaultNotices() Notices {
	return Notices{
		StopCode:    7 * day,
		ClientRate:  Rate{Every: 100 * time.Millisecond, Burst: 100},
		AccountRate: Rate{Every: time.Minute, Burst: 10},
	}
}
