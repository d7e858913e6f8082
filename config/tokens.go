package config

import "time"

// Values of tokens.dpop_nonce.
const (
	NonceNever  = "never"
	NonceAlways = "always"
)

// Tokens bounds what relying parties receive, and the keys that sign it.
type Tokens struct {
	Code            time.Duration `koanf:"code" validate:"min=10s,max=60s" doc:"Lifetime of an authorization code. At most 60s."`
	Access          time.Duration `koanf:"access" validate:"min=1m,max=1h" doc:"Lifetime of an access token, unless the client's registration says shorter."`
	IDToken         time.Duration `koanf:"id_token" validate:"min=1m,max=10m" doc:"Lifetime of an ID token."`
	RefreshIdle     time.Duration `koanf:"refresh_idle" validate:"min=1m" doc:"A refresh token unused for this long ends."`
	RefreshAbsolute time.Duration `koanf:"refresh_absolute" validate:"gtefield=RefreshIdle,max=8784h" doc:"Everything under a grant ends this long after consent."`
	RefreshGrace    time.Duration `koanf:"refresh_grace" validate:"min=0s,max=10s" doc:"For this long a repeated refresh gets the same successor instead of ending the grant. At most 10s."`
	ClockSkew       time.Duration `koanf:"clock_skew" validate:"min=10s,max=5m" doc:"How far a client's clock may be off in the assertions it signs. Production: at most 60s."`
	Algorithms      []string      `koanf:"algorithms" validate:"min=1,unique,dive,oneof=ES256 RS256 PS256 EdDSA" doc:"Signing algorithms that keys are held for; the first is the default."`
	KeyOverlap      time.Duration `koanf:"key_overlap" validate:"min=1m,max=720h" doc:"How long a new signing key is published before it signs; longer than relying parties cache the key set."`
	KeyKeepAfter    time.Duration `koanf:"key_keep_after" validate:"min=1m,max=720h" doc:"How long a key stays published after it stopped signing; at least the longest life of anything it signed."`
	RotateEvery     time.Duration `koanf:"rotate_every" validate:"omitempty,min=24h,max=8784h" doc:"Age at which a signing key is replaced. 0s: only by hand."`
	DPoPNonce       string        `koanf:"dpop_nonce" validate:"oneof=never always" doc:"always makes every DPoP proof carry a nonce of the provider, so that none can be made ahead of time; a client's first request then takes two. never leaves it to the proof's time and its single use."`
	PushedRequest   time.Duration `koanf:"pushed_request" validate:"min=1m,max=5m" doc:"How long a pushed authorization request (RFC 9126) may wait for the browser."`
	RequirePushed   bool          `koanf:"require_pushed_requests" doc:"Every client must push its authorization requests. Public clients cannot sign anyone in then. Clients of the profile fapi2 must in any case."`

	Exchange map[string]Exchange `koanf:"exchange" validate:"dive" doc:"Which resource servers may hand a customer's request on to which others (RFC 8693), by a name of your own. None: there is no such grant."`
}
