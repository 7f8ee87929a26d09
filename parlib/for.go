package parlib

import (
	"fmt"
	"math/bits"
)

// For calls body(0) to body(n-1), several at once and in no order that body may rely on, and returns when all have
// ended. Calls must not write to what another call reads: each may write to elements of its own index. If body panics,
// For returns an *ItemError that names the index.
func For(n int, body func(i int), options ...Option) error {
	return run(work{op: "For", n: n, each: body}, codeOf(body), options)
}

// ForRange calls body for ranges of the indices 0 to n-1, with their bounds lo (in) and hi (out), several at once. A body
// that is a tight loop runs at full speed, where For would pay a call for every index, and it can keep a partial result in
// a local variable. If body panics, ForRange returns an *ItemError that names the range.
func ForRange(n int, body func(lo, hi int), options ...Option) error {
	return run(work{op: "ForRange", n: n, span: body}, codeOf(body), options)
}

// ForEach calls body for each of the items, several at once, with its index and where it is: body may change the item. If
// body panics, ForEach returns an *ItemError that names the item.
func ForEach[T any](items []T, body func(i int, item *T), options ...Option) error {
	if body == nil {
		return errNil("ForEach", "body", len(items))
	}
	each := func(i int) { body(i, &items[i]) }
	return run(work{op: "ForEach", n: len(items), each: each, item: describeIn(items)}, codeOf(body), options)
}

// Collapse calls body for all pairs of a row below rows and a column below columns: two loops, one in the other, as one
// loop over rows*columns indices, so that few rows still make work for many workers. An *ItemError has the index
// row*columns + column.
func Collapse(rows, columns int, body func(row, column int), options ...Option) error {
	switch {
	case body == nil:
		return errNil("Collapse", "body", rows)
	case rows < 0 || columns < 0:
		return fmt.Errorf("parlib: Collapse: %d rows and %d columns; neither must be negative", rows, columns)
	}
	if high, low := bits.Mul(uint(rows), uint(columns)); high != 0 || int(low) < 0 {
		return fmt.Errorf("parlib: Collapse: %d rows times %d columns are more than an int can count", rows, columns)
	}
	name := func(i int) string { return fmt.Sprintf("row %d, column %d", i/columns, i%columns) }
	each := func(i int) { body(i/columns, i%columns) }
	return run(work{op: "Collapse", n: rows * columns, each: each, item: name}, codeOf(body), options)
}
