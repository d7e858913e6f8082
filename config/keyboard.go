package config

// PasswordKeyboard is the on-screen keyboard of the pages.
type PasswordKeyboard struct {
	Enabled bool   `koanf:"enabled" doc:"Whether password fields offer it."`
	Shuffle string `koanf:"shuffle" validate:"oneof=off digits all" doc:"Which keys are in a new order each time it opens: off, digits, or all. A customer can switch it there."`
}
