// Package storage keeps everything the provider must not forget, in SQLite or PostgreSQL.
//
// It owns the tables, their migrations and every question of atomicity: a change of
// state is one transaction, a value that may be used once is consumed by one conditional
// statement, and the audit records and mails that belong to a change are committed with
// it or not at all. Any number of stores on one PostgreSQL behave as one.
//
// It refuses to decide anything: it knows no levels, no protocol, no policy, and it reads
// neither the request nor the progress of an interaction. It never sees a secret in
// clear: what is looked up arrives as a SHA-256, what people choose as a slow hash, what
// must be readable again already sealed.
//
// Errors are the sentinels of package idp, wrapped. A database that is gone, full or too
// slow for the caller's context is idp.ErrUnavailable, and then nothing of the change
// was written unless the answer to the commit itself was lost.
//
// Times are stored as Unix microseconds, 0 for the zero time, and come back in UTC. Text
// is stored as valid UTF-8 without NUL; other bytes become U+FFFD on the way in and in
// every comparison, so both databases hold and find the same.
package storage
