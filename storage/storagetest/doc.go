// Package storagetest gives tests a real database: SQLite in memory or in a file, and
// PostgreSQL. It has no fakes. A test that needs PostgreSQL where there is none fails and
// says what to install; it is never skipped.
package storagetest
