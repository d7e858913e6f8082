package password

import (
	_ "embed" // the compiled list
	"errors"
	"slices"
	"sync"

	"sekisho/idp/authn/password/internal/blockset"
)

//go:embed data/blocklist.bin
var blocklistFile []byte

// blocklist is decoded at first use: programs that never set a password do not hold it.
var blocklist = sync.OnceValues(func() ([]uint32, error) { return blockset.Decode(blocklistFile) })

// ErrBlocklist: the embedded list does not decode. NewService reports it at start.
var ErrBlocklist = errors.New("password: embedded list of known passwords is damaged")

// commonPassword reports whether plain is a known password, in any case or width, with
// or without separators. The list holds 32-bit hashes: about one good password in seven
// thousand is refused by accident, which costs its owner one more thought, and no password
// can be read out of the file.
func commonPassword(plain string) bool {
	set, err := blocklist()
	if err != nil {
		return true // fail closed; NewService has refused to start on it
	}
	for _, form := range foldForms(plain) {
		if _, found := slices.BinarySearch(set, blockset.Hash(form)); found {
			return true
		}
	}
	return false
}
