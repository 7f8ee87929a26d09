package observe

import (
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/warren-go/warren/internal/figure"
	"github.com/warren-go/warren/parlib/bench"
)

// lineBytes is the size of a cache line on most machines.
const lineBytes = 64

// link is a cache line that says where the next one is.
type link struct {
	next uint32
	_    [lineBytes - 4]byte
}

// chain is a working set: lines linked in a random order to one ring, so that nothing can guess the next one.
type chain struct {
	links []link
	at    uint32
}

func newChain(bytes int) *chain {
	c := &chain{links: make([]link, bytes/lineBytes)}
	for i := range c.links {
		c.links[i].next = uint32(i)
	}
	random := rand.New(rand.NewPCG(1, 2))
	for i := len(c.links) - 1; i > 0; i-- { // Sattolo's shuffle leaves a single ring
		j := random.IntN(i)
		c.links[i].next, c.links[j].next = c.links[j].next, c.links[i].next
	}
	return c
}

// mostBytes is how much memory all working sets may take, which are there at the same time.
const mostBytes = 4 << 30

// walk follows the chain for a number of steps.
func (c *chain) walk(steps int) {
	at := c.at
	for range steps {
		at = c.links[at].next
	}
	c.at = at
}

// Latency measures how long one access takes that must wait for the one before, against the size of the memory that is
// used: each access is to a random line of a working set. Up to the size of a cache the set stays in it. sizes are in
// bytes, 4 GiB in all at most, and nil for 4 KiB to 64 MiB.
func Latency(sizes []int, options ...bench.Option) (Probe, error) {
	if sizes == nil {
		for size := 4 << 10; size <= 64<<20; size *= 2 {
			sizes = append(sizes, size)
		}
	}
	if err := checkAll("size", sizes, lineBytes); err != nil {
		return Probe{}, fmt.Errorf("observe: Latency: %w", err)
	}
	left := mostBytes
	for _, size := range sizes {
		if size > left {
			return Probe{}, fmt.Errorf("observe: Latency: a size is %d, with which the sizes are more than %d bytes in all; measure less", size, mostBytes)
		}
		left -= size
	}
	const steps = 1 << 14
	curve, err := measure(sizes, options, func(size int) func() {
		c := newChain(size)
		return func() { c.walk(steps) }
	}, kib, func(_ int, d time.Duration) float64 { return float64(d) / steps })
	if err != nil {
		return Probe{}, fmt.Errorf("observe: Latency: %w", err)
	}
	curve.Name = "random access"
	probe := Probe{
		Title: "Latency of memory", Host: bench.Machine(), XLabel: "working set (KiB)", YLabel: "time for an access", Unit: "ns",
		Curves: []Curve{curve}, logX: true, logY: true,
	}
	for _, c := range probe.Host.Caches {
		if c.Kind != "Instruction" {
			probe.Marks = append(probe.Marks, bench.Mark{X: kib(c.Bytes), Label: fmt.Sprintf("L%d %s", c.Level, bench.Bytes(c.Bytes))})
		}
	}
	first, last := curve.Readings[0], curve.Readings[len(curve.Readings)-1]
	probe.Note = fmt.Sprintf("An access takes %s ns in a working set of %s, and %s ns in one of %s.",
		figure.Digits(first.Value), bench.Bytes(sizes[0]), figure.Digits(last.Value), bench.Bytes(sizes[len(sizes)-1]))
	return probe, nil
}

func kib(bytes int) float64 { return float64(bytes) / 1024 }

// strideBytes is the size of the array that strides go through: beyond the caches near to a processor.
const strideBytes = 64 << 20

// Stride measures how long an access takes on average when a program goes through an array of 64 MiB in steps. Small
// steps use all of every cache line that is fetched, large ones an ever smaller part. Beyond a line, fewer lines are used
// the larger the step; from some step on they stay in a cache from pass to pass, and an access is fast again. strides are
// in bytes, multiples of 8; nil for 8 to 4096.
func Stride(strides []int, options ...bench.Option) (Probe, error) {
	if strides == nil {
		for s := 8; s <= 4096; s *= 2 {
			strides = append(strides, s)
		}
	}
	probe, err := stride(strideBytes, strides, options)
	if err != nil {
		return Probe{}, fmt.Errorf("observe: Stride: %w", err)
	}
	return probe, nil
}

func stride(bytes int, strides []int, options []bench.Option) (Probe, error) {
	if err := checkStrides(bytes, strides); err != nil {
		return Probe{}, err
	}
	x := make([]float64, bytes/8)
	for i := range x { // memory that was never written is one page of zeros, read again and again
		x[i] = 1
	}
	sink := 0.0
	curve, err := measure(strides, options, func(stride int) func() {
		return func() { sink = sumEvery(x, stride/8) }
	}, func(stride int) float64 { return float64(stride) }, func(stride int, d time.Duration) float64 { return float64(d) / float64(bytes/stride) })
	if err != nil {
		return Probe{}, err
	}
	_ = sink
	curve.Name = "every stride-th element"
	first, last := curve.Readings[0], curve.Readings[len(curve.Readings)-1]
	return Probe{
		Title: "Access in steps", Host: bench.Machine(), XLabel: "stride (bytes)", YLabel: "time for an access", Unit: "ns",
		Note: fmt.Sprintf("An access takes %s ns in steps of %s, and %s ns in steps of %s, in an array of %s.",
			figure.Digits(first.Value), bench.Bytes(int(first.X)), figure.Digits(last.Value), bench.Bytes(int(last.X)), bench.Bytes(bytes)),
		Curves: []Curve{curve}, Marks: []bench.Mark{{X: lineBytes, Label: "cache line"}}, logX: true, logY: true,
	}, nil
}

func checkStrides(bytes int, strides []int) error {
	if err := checkAll("stride", strides, 8); err != nil {
		return err
	}
	for _, s := range strides {
		if s%8 != 0 || s > bytes {
			return fmt.Errorf("a stride is %d; it must be a multiple of 8 bytes up to %d", s, bytes)
		}
	}
	return nil
}

// sumEvery adds up every step-th element, in four sums so that no addition waits for another.
func sumEvery(x []float64, step int) float64 {
	var a, b, c, d float64
	i := 0
	for ; i+3*step < len(x); i += 4 * step {
		a += x[i]
		b += x[i+step]
		c += x[i+2*step]
		d += x[i+3*step]
	}
	for ; i < len(x); i += step {
		a += x[i]
	}
	return a + b + c + d
}

// measure times what prepare gives for each place, in turn. Where x puts a place on the axis is a reading of the value.
func measure(places []int, options []bench.Option, prepare func(place int) func(), x func(place int) float64, value func(place int, d time.Duration) float64) (Curve, error) {
	var alternatives []bench.Alternative
	for _, place := range places {
		alternatives = append(alternatives, bench.Alternative{Name: fmt.Sprint(place), Run: prepare(place)})
	}
	timed, err := bench.CompareAll(alternatives, quickly(options)...)
	if err != nil {
		return Curve{}, err
	}
	var curve Curve
	for i, t := range timed.Timings {
		curve.Readings = append(curve.Readings, reading(x(places[i]), t.Times, func(d time.Duration) float64 { return value(places[i], d) }))
	}
	return curve, nil
}
