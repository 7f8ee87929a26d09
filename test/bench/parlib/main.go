// The program parlib is parlib's side of "make bench-parlib":
//
//	parlib WORK [ARGUMENT...]
//
// See package contestant for how it is asked.
package main

import "github.com/warren-go/warren/test/bench/contestant"

var works = map[string]contestant.Work{
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

func main() { contestant.Main(works) }
