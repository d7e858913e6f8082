// Package recoverycode makes the codes a customer keeps on paper for the day a device is
// lost, and recognises them (OT-11).
//
// A code carries 120 bits. NIST SP 800-63B-4 section 3.1.2.2 asks for a slow hash below
// 112 bits only: nobody tries 2^120 values, whatever the hash costs. What is stored is a
// MAC under the key-encryption keyset over the account and the code, so a copy of the
// database alone recognises nothing, and one look-up by that MAC finds and uses up a code
// in a single statement.
//
// The package refuses to be a factor of signing in: a code gives no authentication event.
package recoverycode
