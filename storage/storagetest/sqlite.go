package storagetest

import (
	"os"
	"path/filepath"
	"sync"
	"testing"
)

// migratedFile is a SQLite file as Migrate makes it: read once by this process and written
// for each test, because running every migration takes longer than most tests.
var migratedFile struct {
	sync.Mutex
	content []byte
}

// copyOfTemplate writes a migrated SQLite file into the folder and returns its path.
func copyOfTemplate(t testing.TB, folder string) string {
	t.Helper()
	migratedFile.Lock()
	defer migratedFile.Unlock()
	if migratedFile.content == nil {
		path := filepath.Join(t.TempDir(), "template.db")
		migrateTemplate(t, "sqlite:"+path)
		content, err := os.ReadFile(path)
		if err != nil {
			t.Fatalf("read the template database: %v", err)
		}
		migratedFile.content = content
	}
	path := filepath.Join(folder, "sekisho.db")
	if err := os.WriteFile(path, migratedFile.content, 0o600); err != nil {
		t.Fatalf("write the test database: %v", err)
	}
	return path
}

// memoryDir is a folder of the test's own in a file system that is memory, where there is
// one: the same database, and no commit waits for a disk.
func memoryDir(t testing.TB) string {
	t.Helper()
	const shared = "/dev/shm"
	if info, err := os.Stat(shared); err != nil || !info.IsDir() {
		return t.TempDir()
	}
	folder, err := os.MkdirTemp(shared, "sekisho-test-")
	if err != nil {
		return t.TempDir()
	}
	t.Cleanup(func() { os.RemoveAll(folder) })
	return folder
}
