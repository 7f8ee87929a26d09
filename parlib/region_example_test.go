package parlib_test

import (
	"fmt"

	"github.com/warren-go/warren/parlib"
)

func ExampleRegion() {
	squares := make([]int, 8)
	err := parlib.Region(4, func(t *parlib.Thread) {
		t.For(len(squares), func(i int) { squares[i] = i * i })
		sum := parlib.AllReduce(t, squares[t.ID()], func(a, b int) int { return a + b })
		t.Master(func() { fmt.Println("the first four add up to", sum) })
	})
	fmt.Println(squares, err)
	// Output:
	// the first four add up to 14
	// [0 1 4 9 16 25 36 49] <nil>
}

func ExampleThread_Single() {
	err := parlib.Region(3, func(t *parlib.Thread) {
		t.Single(func() { fmt.Println("only once") })
	})
	fmt.Println(err)
	// Output:
	// only once
	// <nil>
}

// AllReduce gives every thread what all of them have found.
func ExampleAllReduce() {
	err := parlib.Region(4, func(t *parlib.Thread) {
		greatest := parlib.AllReduce(t, 10*t.ID(), func(a, b int) int { return max(a, b) })
		t.Master(func() { fmt.Println("the greatest of all is", greatest) })
	})
	fmt.Println(err)
	// Output:
	// the greatest of all is 30
	// <nil>
}

// PerThread keeps a value of each thread from one region to the next.
func ExamplePerThread() {
	var counts parlib.PerThread[int]
	for range 3 {
		if err := parlib.Region(2, func(t *parlib.Thread) { *counts.Of(t) += 1 + t.ID() }); err != nil {
			fmt.Println(err)
		}
	}
	fmt.Println(counts.All())
	// Output: [3 6]
}
