// Package audit owns the names of the security events, the way records reach the audit
// table, and the loop that seals it.
//
// There are two ways in. A record that must exist if and only if a state changed travels
// in idp.Effects, inside the transaction of that change: prepare it with Fill. Everything
// else (refusals, failures, reads) goes through Recorder.Record, a bounded queue flushed
// in batches. Both are cleaned by the same rules.
//
// The rule when the sink is down (LG-05): queued records are kept and tried again; once
// the queue is full Record waits briefly and then gives the record to the log stream
// alone, and from that moment, or when nothing could be written for a while, Err is not
// nil and the edge must answer security-critical requests with 503 until records flow
// again. No check is ever skipped because auditing failed.
//
// The package refuses secrets: no password, code, token, cookie or key is a value here.
// See LOG.md for the inventory and retention.
package audit
