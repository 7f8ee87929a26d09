package main

import (
	"context"
	"flag"
	"fmt"
	"io"

	"github.com/warren-go/warren/parlib/taskq/broker"
)

// runBroker is a broker of tasks until it is ended.
func runBroker(ctx context.Context, args []string, out io.Writer) error {
	flags := flag.NewFlagSet("warren broker", flag.ContinueOnError)
	durable := flags.Bool("sync", false, "wait for the disk at every message")
	untilUnused := flags.Bool("until-unused", false, "end when nobody is connected any more")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if flags.NArg() != 1 {
		return fmt.Errorf("%w: broker takes the folder that it keeps the tasks in", errUsage)
	}
	return broker.Serve(ctx, broker.Options{Dir: flags.Arg(0), Sync: *durable}, *untilUnused, out)
}
