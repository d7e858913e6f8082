package blockset_test

import (
	"slices"
	"testing"

	"sekisho/idp/authn/password/internal/blockset"
)

func TestRoundTrip(t *testing.T) {
	in := []uint32{7, 0, 1<<32 - 1, 7, 300, blockset.Hash("password")}
	got, err := blockset.Decode(blockset.Encode(in))
	slices.Sort(in)
	if want := slices.Compact(in); err != nil || !slices.Equal(got, want) {
		t.Errorf("%v, %v; want %v", got, err, want)
	}
}

func FuzzDecode(f *testing.F) {
	f.Add(blockset.Encode([]uint32{1, 2, 3}))
	f.Fuzz(func(t *testing.T, file []byte) {
		entries, err := blockset.Decode(file)
		if err == nil && !slices.IsSorted(entries) {
			t.Error("unsorted")
		}
	})
}
