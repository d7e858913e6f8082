package importer

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
)

// seen remembers on which line of the file each login name stood first. It is a hash table
// with open addressing in a temporary file without a name, so the memory it takes does not
// grow with the file, and it ends with the process however that ends. A slot is ten bytes
// of a digest and six of the line; line 0 is an empty slot. The digest is keyed for the run,
// so that the file tells nobody the login names.
type seen struct {
	file  *os.File
	key   [32]byte
	slots int64 // a power of two
	used  int64
}

const (
	slotSize   = 16
	digestSize = 10
	firstSlots = 1 << 16
)

func newSeen() (*seen, error) {
	s := &seen{slots: firstSlots}
	rand.Read(s.key[:])
	var err error
	s.file, err = unnamed(s.slots * slotSize)
	return s, err
}

func unnamed(size int64) (*os.File, error) {
	f, err := os.CreateTemp("", "sekisho-import-*")
	if err != nil {
		return nil, fmt.Errorf("a temporary file for the login names of the file: %w", err)
	}
	if err := errors.Join(os.Remove(f.Name()), f.Truncate(size)); err != nil {
		f.Close()
		return nil, fmt.Errorf("a temporary file for the login names of the file: %w", err)
	}
	return f, nil
}

func (s *seen) close() error { return s.file.Close() }

// claim gives the name to the line, unless a line before has it: then it returns that one.
func (s *seen) claim(name string, line int) (first int, err error) {
	if 2*s.used >= s.slots {
		if err := s.grow(); err != nil {
			return 0, err
		}
	}
	sum := sha256.Sum256(append(s.key[:], name...))
	var slot [slotSize]byte
	copy(slot[:digestSize], sum[:])
	put6(slot[digestSize:], uint64(line))
	return s.put(s.file, s.slots, slot)
}

func (s *seen) put(file *os.File, slots int64, slot [slotSize]byte) (first int, err error) {
	var there [slotSize]byte
	for at := int64(binary.BigEndian.Uint64(slot[:8])) & (slots - 1); ; at = (at + 1) & (slots - 1) {
		if _, err := file.ReadAt(there[:], at*slotSize); err != nil {
			return 0, err
		}
		switch line := get6(there[digestSize:]); {
		case line == 0:
			s.used++
			_, err := file.WriteAt(slot[:], at*slotSize)
			return 0, err
		case bytes.Equal(there[:digestSize], slot[:digestSize]):
			return int(line), nil
		}
	}
}

// grow moves everything into a table of twice the size.
func (s *seen) grow() error {
	next, err := unnamed(2 * s.slots * slotSize)
	if err != nil {
		return err
	}
	s.used = 0
	chunk := make([]byte, 64<<10)
	for at := int64(0); at < s.slots*slotSize; at += int64(len(chunk)) {
		if _, err := s.file.ReadAt(chunk, at); err != nil && !errors.Is(err, io.EOF) {
			return errors.Join(err, next.Close())
		}
		for i := 0; i < len(chunk); i += slotSize {
			slot := [slotSize]byte(chunk[i : i+slotSize])
			if get6(slot[digestSize:]) == 0 {
				continue
			}
			if _, err := s.put(next, 2*s.slots, slot); err != nil {
				return errors.Join(err, next.Close())
			}
		}
	}
	old := s.file
	s.file, s.slots = next, 2*s.slots
	return old.Close()
}

func put6(b []byte, n uint64) {
	var eight [8]byte
	binary.BigEndian.PutUint64(eight[:], n)
	copy(b[:6], eight[2:])
}

func get6(b []byte) uint64 {
	var eight [8]byte
	copy(eight[2:], b[:6])
	return binary.BigEndian.Uint64(eight[:])
}
