package config

import (
	"net/netip"
	"time"
)

// Logout is how relying parties are told that a customer signed out.
type Logout struct {
	Timeout time.Duration `koanf:"timeout" validate:"min=1s,max=30s" doc:"How long one relying party may take to answer a logout token (Back-Channel Logout)."`
	GiveUp  time.Duration `koanf:"give_up" validate:"min=1m,max=168h" doc:"How long a relying party that does not answer is told again."`
	Frames  time.Duration `koanf:"frames" validate:"min=1s,max=10s" doc:"How long the signed-out page waits for the pages of relying parties (Front-Channel Logout) before it goes on."`
}

func defaultLogout() Logout {
	return Logout{Timeout: 5 * time.Second, GiveUp: day, Frames: 3 * time.Second}
}

// Outbound is where the provider may connect to beyond the public Internet.
type Outbound struct {
	AllowedNetworks []netip.Prefix `koanf:"allowed_networks" doc:"Private networks (CIDR) of the firm where relying parties live: their key sets are read and their logout receivers called there. Every other address that is not public is refused."`
}
