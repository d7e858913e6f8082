// Command sekisho is the OpenID Provider: it serves it, shows it in a demo, and manages
// its database, keys, clients and accounts. Everything an operator does is here; the
// rules are in the packages below idp.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	_ "time/tzdata" // clock times on pages need no zone files on the host

	"sekisho/config"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // the first signal lets requests finish, a second one ends the process
	os.Exit(run(ctx, os.Args[1:], os.Environ(), os.Stdin, os.Stdout, os.Stderr))
}

// run is main with its surroundings as arguments, for tests. It returns the exit status:
// 0 done, 1 could not be done, 2 called wrongly or misconfigured.
func run(ctx context.Context, args, environ []string, stdin io.Reader, stdout, stderr io.Writer) int {
	a := &app{environ: environ, stdin: stdin, stdout: stdout, stderr: stderr}
	root := a.rootCommand()
	root.SetArgs(args)
	root.SetIn(stdin)
	root.SetOut(stdout)
	root.SetErr(stderr)
	err := root.ExecuteContext(ctx)
	if err == nil {
		return 0
	}
	fmt.Fprintln(stderr, "sekisho:", err)
	var problems config.Problems
	var wrong *usageError
	if !a.called || errors.As(err, &problems) || errors.As(err, &wrong) {
		return 2
	}
	return 1
}
