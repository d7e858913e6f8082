package config

import "time"

// Lock is a growing lock after consecutive failures. Its fields are those of
// idp.LockPolicy in the same order, so that one converts to the other.
type Lock struct {
	Threshold int           `koanf:"threshold" validate:"min=1,max=100" doc:"Consecutive failures until the first lock."`
	Base      time.Duration `koanf:"base" validate:"min=1s" doc:"Length of the first lock; each further one is twice as long."`
	Max       time.Duration `koanf:"max" validate:"gtefield=Base" doc:"Length of the longest lock."`
	HardCap   int           `koanf:"hard_cap" validate:"min=1,max=100" doc:"Consecutive failures after which only the desk unlocks. At most 100."`
	Forget    time.Duration `koanf:"forget" validate:"min=0s" doc:"Failures older than this no longer count; 0s: they always count."`
}

// Rate is a limit of Burst at once and then one per Every. Its fields are those of
// idp.RateLimit in the same order. Both zero: no limit.
type Rate struct {
	Every time.Duration `koanf:"every" validate:"min=0s,required_with=Burst" doc:"Time after which one more is allowed; 0s with a burst of 0: no limit."`
	Burst int           `koanf:"burst" validate:"min=0,required_with=Every" doc:"How many are allowed at once."`
}

// Throttle limits guessing, sending and requests. Passkeys are never locked.
type Throttle struct {
	Password            Lock          `koanf:"password" doc:"Lock of an account's password, never of its passkeys."`
	TransactionPassword Lock          `koanf:"transaction_password" doc:"Lock of an account's transaction password."`
	TOTP                Lock          `koanf:"totp" doc:"Lock of an account's authenticator app."`
	EmailCode           Lock          `koanf:"email_code" doc:"Lock of an account's mailed codes."`
	Invitation          Lock          `koanf:"invitation" doc:"Lock of an account's invitation."`
	Recovery            Lock          `koanf:"recovery" doc:"Lock of an account's recovery, never of a way to sign in."`
	Address             Rate          `koanf:"address" doc:"Guesses from one IPv4 address or IPv6 /64."`
	Network             Rate          `koanf:"network" doc:"Guesses from one IPv4 /24 or IPv6 /48."`
	Failures            Rate          `koanf:"failures" doc:"Wrong guesses of the whole provider, beyond which the alarm stands: somebody is trying many accounts."`
	Alarm               time.Duration `koanf:"alarm" validate:"min=1m,max=24h" doc:"How long the alarm stands after the last failure beyond failures."`
	UnderAlarm          Rate          `koanf:"under_alarm" doc:"Guesses from one network while the alarm stands."`
	SendAccount         Rate          `koanf:"send_account" doc:"Codes mailed for one account."`
	SendMailbox         Rate          `koanf:"send_mailbox" doc:"Codes mailed to one address."`
	SendAddress         Rate          `koanf:"send_address" doc:"Codes asked for from one network address."`
	SendAll             Rate          `koanf:"send_all" doc:"Codes mailed by the whole provider."`
	Ceremonies          Rate          `koanf:"ceremonies" doc:"Passkey dialogs begun from one network address."`
	CeremoniesNetwork   Rate          `koanf:"ceremonies_network" doc:"Passkey dialogs begun from one network."`
	PushedRequests      Rate          `koanf:"pushed_requests" validate:"required" doc:"Authorization requests pushed by one client, at all nodes together. It also bounds how many a client can have stored."`
	Requests            Rate          `koanf:"requests" doc:"Requests of any kind from one network address to one node."`
}
