package password

import (
	"regexp"

	"github.com/zitadel/passwap/bcrypt"
	"github.com/zitadel/passwap/pbkdf2"
	"github.com/zitadel/passwap/scrypt"
	"github.com/zitadel/passwap/sha2"
)

// Bounds for hashes brought along. The library's own reach from seconds to days of work
// and gigabytes of memory for one guess; at these one takes about two seconds and 256 MiB
// at most, and the first sign-in ends it.
var (
	broughtBcrypt = bcrypt.ValidationOpts{MinCost: 4, MaxCost: 15}
	broughtScrypt = scrypt.ValidationOpts{MinLN: 10, MaxLN: 17, MinR: 8, MaxR: 16, MinP: 1, MaxP: 4}
	broughtPBKDF2 = pbkdf2.ValidationOpts{MinRounds: 1000, MaxRounds: 2_000_000}
	broughtSHA    = sha2.ValidationOpts{MinSha256Rounds: 1000, MaxSha256Rounds: 1_000_000, MinSha512Rounds: 1000, MaxSha512Rounds: 1_000_000}
)

// whole is the shape of a hash that was not cut off on its way: the right number of
// characters where the format fixes it, else at least 64 bits of salt and 128 of digest.
// A comparison with an empty digest would accept any password.
var whole = regexp.MustCompile(`^(?:` +
	`\$2[aby]\$\d\d\$[./A-Za-z0-9]{53}` +
	`|\$1\$[^$]{1,8}\$[./A-Za-z0-9]{22}` +
	`|\$5\$(?:rounds=\d{4,9}\$)?[^$]{1,16}\$[./A-Za-z0-9]{43}` +
	`|\$6\$(?:rounds=\d{4,9}\$)?[^$]{1,16}\$[./A-Za-z0-9]{86}` +
	`|\$(?:argon2id?|scrypt|pbkdf2(?:-[a-z0-9]+)?)\$(?:[a-z0-9=,]+\$){1,2}[A-Za-z0-9+/.=_-]{11,}\$[A-Za-z0-9+/.=_-]{22,}` +
	`)$`)
