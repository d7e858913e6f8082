// Package blockset is the file format of the list of known passwords: the generator writes
// it, package password reads it. It owns the bytes and the hash, not what is on the list.
package blockset

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"slices"
)

const magic = "sekisho known passwords 1\n"

// Hash is the entry of a folded password: the first 32 bits of its SHA-256.
func Hash(folded string) uint32 {
	sum := sha256.Sum256([]byte(folded))
	return binary.BigEndian.Uint32(sum[:])
}

// Encode writes entries, sorted and without repeats, as uvarint differences.
func Encode(entries []uint32) []byte {
	entries = slices.Clone(entries)
	slices.Sort(entries)
	entries = slices.Compact(entries)
	out := append([]byte(magic), binary.AppendUvarint(nil, uint64(len(entries)))...)
	var last uint32
	for _, e := range entries {
		out = binary.AppendUvarint(out, uint64(e-last))
		last = e
	}
	return out
}

var errFormat = errors.New("blockset: malformed")

// Decode reads what Encode wrote: sorted entries.
func Decode(file []byte) ([]uint32, error) {
	rest, ok := bytes.CutPrefix(file, []byte(magic))
	if !ok {
		return nil, errFormat
	}
	count, n := binary.Uvarint(rest)
	if n <= 0 || count > uint64(len(rest)) {
		return nil, errFormat
	}
	rest = rest[n:]
	entries := make([]uint32, 0, count)
	var last uint64
	for range count {
		diff, n := binary.Uvarint(rest)
		if n <= 0 || diff > 1<<32-1 {
			return nil, errFormat
		}
		rest, last = rest[n:], last+diff
		if last > 1<<32-1 {
			return nil, errFormat
		}
		entries = append(entries, uint32(last))
	}
	if len(rest) != 0 {
		return nil, errFormat
	}
	return entries, nil
}
