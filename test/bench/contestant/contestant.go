// Package contestant is the side of a program that takes part in a contest (see contest.py): it does one piece of work again
// and again, as often as it is asked to.
package contestant

import (
	"bufio"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"
	"time"
)

// Work prepares something to measure. It returns what does it once, and a word on what with.
type Work func(args []string) (do func(), with string, err error)

// Main does the work that the command line names, with the arguments that follow the name, and ends the program.
func Main(works map[string]Work) {
	if err := run(works, os.Args[1:], os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// run prints "ready", with a word on what it measures with, once the work is prepared and done once. Then for each line that it
// reads it does the work and prints the seconds that this took.
func run(works map[string]Work, args []string, in io.Reader, out io.Writer) error {
	if len(args) == 0 || works[args[0]] == nil {
		return fmt.Errorf("the first argument names the work, one of %s", strings.Join(slices.Sorted(maps.Keys(works)), ", "))
	}
	do, with, err := works[args[0]](args[1:])
	if err != nil {
		return fmt.Errorf("%s: %w", strings.Join(args, " "), err)
	}
	do()
	fmt.Fprintln(out, "ready", with)
	for lines := bufio.NewScanner(in); lines.Scan(); {
		start := time.Now()
		do()
		fmt.Fprintf(out, "%.9f\n", time.Since(start).Seconds())
	}
	return nil
}
