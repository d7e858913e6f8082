package config

import "time"

// Contact is how customers change their mail addresses.
type Contact struct {
	UndoFor         time.Duration `koanf:"undo_for" validate:"min=1h,max=720h" doc:"How long a change of mail address can be undone with the code sent to the earlier addresses."`
	SharedAddresses bool          `koanf:"shared_addresses" doc:"Several customers, such as a family, may register one mail address; it then names none of them at sign-in. false: the first customer to confirm an address keeps it, later ones are refused."`
}
