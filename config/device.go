package config

import "time"

// Device is connecting machines that have no browser or keyboard of their own (RFC 8628).
type Device struct {
	Enabled      bool          `koanf:"enabled" doc:"Clients registered for it may connect devices without a keyboard, such as a television or a terminal in a branch: the customer enters a code shown there on a page of the provider (RFC 8628)."`
	Lifetime     time.Duration `koanf:"lifetime" validate:"min=2m,max=30m" doc:"How long a device waits for its customer. At most 30m."`
	Interval     time.Duration `koanf:"interval" validate:"min=1s,max=1m" doc:"How long a device waits between two requests; one that asks sooner is told to wait five seconds longer each time. Whole seconds."`
	Requests     Rate          `koanf:"requests" validate:"required" doc:"Devices that may begin to wait, of one client that authenticates, or of one public client at one network address. It also bounds how many can be stored, and cannot be switched off."`
	EntryBrowser Rate          `koanf:"entry_browser" validate:"required" doc:"Codes entered in one browser."`
	EntryAddress Rate          `koanf:"entry_address" validate:"required" doc:"Codes entered from one IPv4 address or IPv6 /64."`
	EntryAll     Rate          `koanf:"entry_all" validate:"required" doc:"Codes entered at the whole provider. With the number of devices that wait at once it is what a guesser's chances rest on (RFC 8628 section 5.1)."`
}

func defaultDevice() Device {
	return Device{
		Lifetime: 10 * time.Minute, Interval: 5 * time.Second, Requests: Rate{Every: time.Second, Burst: 100},
		EntryBrowser: Rate{Every: time.Minute, Burst: 5}, EntryAddress: Rate{Every: 30 * time.Second, Burst: 10}, EntryAll: Rate{Every: time.Second, Burst: 120},
	}
}

func (c *Config) checkDevice() (problems Problems) {
	if c.Device.Interval%time.Second != 0 {
		problems.add("device.interval", "is no number of whole seconds", "write one such as 5s")
	}
	return problems
}
