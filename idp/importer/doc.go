// Package importer brings the existing customers of a firm in from a file: CSV with a
// header row or JSON lines, one customer a line, in one pass and in bounded memory however
// long the file is.
//
// It owns the columns and what each may hold, the check of every row against them, the
// batches and the report. A row that is wrong is named with its line, its column, what is
// wrong and what would be right, is handed to the rejects and stops nothing. No message
// repeats a value.
//
// A file may be imported again at any time: the id of an imported account is a keyed MAC of
// everything its row says, so a row that is there already is recognised, whatever has become
// of the account since, and a login name somebody else has is told apart from it. So there
// is no checkpoint to keep: after an interruption the same file is imported again.
//
// It refuses to change or remove an account that exists, to see a password in clear, and to
// take a hash that cannot be verified here or would cost a denial of service.
package importer
