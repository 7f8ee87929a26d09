package parlib

import (
	"fmt"
	"slices"
	"strings"
)

// keptFailures bounds what an ItemErrors holds: a million failures, each with a stack, would take gigabytes.
const keptFailures = 1000

// ItemErrors is the failures of a call that was to finish all its items.
type ItemErrors struct {
	Op     string       // the parallel function, as "Map"
	Items  int          // of the call
	Failed int          // items that failed
	Errs   []*ItemError // by index: all failures, or the first 1000 that occurred
}

func (e *ItemErrors) Error() string {
	const shown = 3 // a message is for reading
	var b strings.Builder
	fmt.Fprintf(&b, "parlib: %s: %d of %d items failed", e.Op, e.Failed, e.Items)
	separator := ": "
	for _, one := range e.Errs[:min(shown, len(e.Errs))] {
		fmt.Fprintf(&b, "%s%s: %v", separator, one.where(), one.Err)
		separator = "; "
	}
	if more := e.Failed - shown; more > 0 {
		fmt.Fprintf(&b, "; and %d more", more)
	}
	return b.String()
}

// Unwrap gives the failures, for errors.Is and errors.As.
func (e *ItemErrors) Unwrap() []error {
	errs := make([]error, len(e.Errs))
	for i, one := range e.Errs {
		errs[i] = one
	}
	return errs
}

func (e *ItemErrors) add(one *ItemError) {
	e.Failed++
	if len(e.Errs) < keptFailures {
		e.Errs = append(e.Errs, one)
	}
}

func (e *ItemErrors) sorted(op string, items int) *ItemErrors {
	e.Op, e.Items = op, items
	slices.SortFunc(e.Errs, func(a, b *ItemError) int { return a.Index - b.Index })
	return e
}
