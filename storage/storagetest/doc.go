// Package storagetest gives tests a real database: a SQLite file, on disk or in memory, and
// PostgreSQL. It has no fakes. A test that needs PostgreSQL where there is none fails and
// says what to install; it is never skipped.
package storagetest
