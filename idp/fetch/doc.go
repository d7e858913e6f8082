// Package fetch is the only way the provider reaches out to addresses that clients
// registered: key sets, sector documents, logout receivers.
//
// It speaks https only, follows no redirect, reads a bounded answer in a bounded time,
// and resolves a name itself before dialling one of the addresses it has judged, so that
// no answer of a name server can lead it to loopback, private, link-local, carrier-grade
// NAT, metadata or otherwise special addresses, in IPv4, IPv6 or any embedding of one in
// the other. It uses no proxy of the environment and sends no credentials.
package fetch
