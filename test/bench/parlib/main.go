// The program parlib is parlib's side of "make bench-parlib": it does one piece of work again and again, as often as it is
// asked to.
//
//	parlib WORK [ARGUMENT...]
//
// It prints "ready", with a word on what it measures with, once the work is prepared and done once. Then for each line that it
// reads it does the work and prints the seconds that this took.
package main

import (
	"bufio"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"time"
)

// work prepares something to measure. It returns what does it once, and a word on what with.
type work func(args []string) (do func(), with string, err error)

var works = map[string]work{
	"map":         poolMap,
	"matmul":      matmul,
	"dot":         dot,
	"linear":      linear,
	"read":        read,
	"sin":         sin,
	"stream":      poolStream,
	"submit":      poolSubmit,
	"fork":        forkJoin,
	"loop":        sineLoop,
	"serial-loop": serialSineLoop,
	"serial-sort": sortBy(serialSort),
	"sort":        sortBy(parallelSort),
}

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(args []string) error {
	if len(args) == 0 || works[args[0]] == nil {
		return fmt.Errorf("usage: parlib WORK [ARGUMENT...], where WORK is one of %s", strings.Join(slices.Sorted(maps.Keys(works)), ", "))
	}
	do, with, err := works[args[0]](args[1:])
	if err != nil {
		return fmt.Errorf("%s: %w", strings.Join(args, " "), err)
	}
	do()
	fmt.Println("ready", with)
	for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
		start := time.Now()
		do()
		fmt.Printf("%.9f\n", time.Since(start).Seconds())
	}
	return nil
}
