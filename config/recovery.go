package config

import "time"

// Recovery is a customer regaining an account without signing in.
type Recovery struct {
	Hold time.Duration `koanf:"hold" validate:"min=1h,max=720h" doc:"How long operations with respect_hold are refused after a recovery. At least 1h: it is what stops whoever took over a mailbox."`
}
