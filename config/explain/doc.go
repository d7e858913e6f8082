// Package explain says in words what customers meet under a configuration: how they sign in,
// what each operation asks for, what locks and for how long, what is mailed. It is written
// for the person at the firm who approves a configuration and reads no YAML. It is a pure
// function of the configuration; it decides nothing, and reads neither clock nor files.
package explain
