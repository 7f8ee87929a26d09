package worker

import (
	"os"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
)

// heapFloor is the size that the heap may reach before the first collection. Go starts at 4 MB, which suits a program
// that has little else to scan. A worker holds the variables of all preloaded packages, so that a collection costs
// several times that of a small program, and a cell that allocates would be 1.2 times slower than the same code built
// by itself. With eight times fewer collections it is not. (cmd/compile starts at 128 MB for the same reason.)
const heapFloor = 32 << 20

// collector raises the GC percentage as long as the live heap is small, and lowers it to Go's own as it grows.
type collector struct {
	floor uint64
	set   int // the percentage in force, unless user code changed it
}

// defaultPercent is Go's percentage, at which its smallest heap is goMinimum.
const (
	defaultPercent = 100
	goMinimum      = 4 << 20
)

// keepHeapFloor keeps the collector from running until the heap has the size of floor. It leaves a process alone in
// which the user has set GOGC or GOMEMLIMIT, and ends for good when user code sets the percentage.
func keepHeapFloor(floor uint64) {
	if os.Getenv("GOGC") != "" || os.Getenv("GOMEMLIMIT") != "" {
		return
	}
	c := &collector{floor: floor}
	c.set = c.percent(0)
	debug.SetGCPercent(c.set)
	c.afterCollection()
}

// percent returns the percentage that lets a heap with that much alive grow to the floor.
func (c *collector) percent(live uint64) int {
	most := c.floor / goMinimum * defaultPercent // more would raise Go's smallest heap above the floor
	if live == 0 {
		return int(most)
	}
	room := c.floor * 100 / live
	return int(min(most, max(room, 2*defaultPercent)-100))
}

// afterCollection arranges for adjust to be called when the next collection ends: it finds an object that nobody holds.
func (c *collector) afterCollection() {
	type sentinel struct{ _ *byte } // with a pointer, so that it does not share a block with small objects
	runtime.SetFinalizer(&sentinel{}, func(*sentinel) { c.adjust() })
}

func (c *collector) adjust() {
	live := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	metrics.Read(live)
	wanted := c.percent(live[0].Value.Uint64())
	if wanted != c.set {
		if was := debug.SetGCPercent(wanted); was != c.set {
			debug.SetGCPercent(was) // user code's choice
			return
		}
		c.set = wanted
	}
	c.afterCollection()
}
