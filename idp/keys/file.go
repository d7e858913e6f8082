package keys

import (
	"fmt"
	"io"
	"os"
)

// maxKeyFile bounds a key file; a KEK of a dozen keys stays far below it.
const maxKeyFile = 64 << 10

// ReadFile reads a secret from a regular file that nobody but its owner may read or
// write: any group or other permission bit is refused (DJ-06). The mode is that of the
// opened file, so the file cannot be swapped between the look and the read.
func ReadFile(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s: not a regular file", path)
	}
	if mode := info.Mode().Perm(); mode&0o077 != 0 {
		return nil, fmt.Errorf("%s: mode %04o lets others read a secret; it must be 0600", path, mode)
	}
	secret, err := io.ReadAll(io.LimitReader(f, maxKeyFile+1))
	if err != nil {
		return nil, err
	}
	if len(secret) > maxKeyFile {
		return nil, fmt.Errorf("%s: larger than %d bytes", path, maxKeyFile)
	}
	return secret, nil
}

// WriteFile creates a secret file of mode 0600. It never overwrites: the error is
// fs.ErrExist when the path is taken.
func WriteFile(path string, secret []byte) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	if _, err := f.Write(secret); err != nil {
		f.Close()
		return err
	}
	return f.Close()
}
