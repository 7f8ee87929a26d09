package opencl

import (
	"fmt"
	"math"
	"slices"
)

// Range says how many work-items a kernel is launched for, in one to three dimensions.
type Range struct {
	Global []int // how many work-items
	Local  []int // how many of them are in a work-group; nil leaves it to the driver
	Offset []int // the first global id; nil is zero
}

// Global is a range of n[0] × n[1] × … work-items.
func Global(n ...int) Range { return Range{Global: n} }

// Groups is the range r in work-groups of n[0] × n[1] × … work-items. They must divide the global size.
func (r Range) Groups(n ...int) Range {
	r.Local = n
	return r
}

// From is the range r with global ids that begin at first[0], first[1], ….
func (r Range) From(first ...int) Range {
	r.Offset = first
	return r
}

func (r Range) String() string {
	text := fmt.Sprint(r.Global)
	if r.Local != nil {
		text += fmt.Sprint(" in groups of ", r.Local)
	}
	if r.Offset != nil {
		text += fmt.Sprint(" from ", r.Offset)
	}
	return text
}

// empty tells whether there is no work-item.
func (r Range) empty() bool { return slices.Contains(r.Global, 0) }

// check says what is wrong with the range for any kernel and device.
func (r Range) check() error {
	if n := len(r.Global); n < 1 || n > 3 {
		return fmt.Errorf("the range has %d dimensions; it takes 1 to 3, as Global(n) or Global(columns, rows)", n)
	}
	if r.Local != nil && len(r.Local) != len(r.Global) {
		return fmt.Errorf("the range has %d dimensions, its work-groups have %d: %v", len(r.Global), len(r.Local), r)
	}
	if r.Offset != nil && len(r.Offset) != len(r.Global) {
		return fmt.Errorf("the range has %d dimensions, its offset has %d: %v", len(r.Global), len(r.Offset), r)
	}
	total := 1
	for i, n := range r.Global {
		switch {
		case n < 0:
			return fmt.Errorf("a global size of %d in dimension %d", n, i)
		case n > 0 && total > math.MaxInt/n:
			return fmt.Errorf("the range %v has more work-items than can be counted", r)
		case r.Offset != nil && r.Offset[i] < 0:
			return fmt.Errorf("an offset of %d in dimension %d", r.Offset[i], i)
		case r.Local == nil:
		case r.Local[i] < 1:
			return fmt.Errorf("a work-group size of %d in dimension %d", r.Local[i], i)
		case n%r.Local[i] != 0:
			return fmt.Errorf("work-groups of %d do not divide the %d work-items of dimension %d: round up to %d, and let the kernel return where its id is too large",
				r.Local[i], n, i, (n+r.Local[i]-1)/r.Local[i]*r.Local[i])
		}
		total *= max(1, n)
	}
	return nil
}

// groupSize is the number of work-items in a work-group; 0 where the driver is to choose.
func (r Range) groupSize() int {
	if r.Local == nil {
		return 0
	}
	size := 1
	for _, n := range r.Local {
		size *= n // no overflow: each divides a global size, whose product was checked
	}
	return size
}
