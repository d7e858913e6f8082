// Package config owns how a firm describes its provider: one YAML file, environment
// variables over it, defaults under it, and the rules that say whether the result may run.
//
// A key "section.name" of the file is SEKISHO_SECTION__NAME in the environment; lists are
// separated by commas there. Unknown keys are refused, with the nearest known one named.
// Every error is a Problem with a place, what is wrong and what would be right, and all of
// them are reported at once.
//
// Secrets are never written in the file. It names a file or an environment variable that
// holds each of them, and Load reads it into a Secret, which does not print itself.
//
// In production mode Validate refuses what would be unsafe or unhelpful to customers; the
// list is in production.go (OP-02). There is no switch that turns a single refusal off.
//
// It refuses to know anything of the provider or of HTTP: assurance levels are acr strings
// here, and only idp/provider turns sections into the options of packages.
package config
