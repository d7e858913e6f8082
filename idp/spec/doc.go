// Package spec holds the provider's requirement and behaviour tables, says which tests
// prove which row, and keeps the rules about the shape of this repository as tests.
//
// The tables (requirements.tsv, behaviours.tsv) are the specification: a row is proved
// when a test names its id. The package reads test sources as text and syntax; it runs
// nothing, and it cannot tell whether a test deserves the id it names — a reader must.
// conformance.tsv names the modules of the OpenID Foundation's suite, plan by plan.
// The documents beside it (DIVERGENCES.md and its neighbours) are the chapters that
// OP-05 asks for.
package spec
