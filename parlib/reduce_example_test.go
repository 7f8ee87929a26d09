package parlib_test

import (
	"fmt"

	"github.com/warren-go/warren/parlib"
)

func ExampleReduce() {
	product, err := parlib.Reduce([]int{1, 2, 3, 4, 5}, 1, func(a, b int) int { return a * b })
	fmt.Println(product, err)
	// Output: 120 <nil>
}

func ExampleForReduce() {
	// The sum of the squares of the indices.
	sum, err := parlib.ForReduce(4, 0, func(i, acc int) int { return acc + i*i }, func(a, b int) int { return a + b })
	fmt.Println(sum, err)
	// Output: 14 <nil>
}

func ExampleScan() {
	x := []int{1, 2, 3, 4}
	err := parlib.Scan(x, x)
	fmt.Println(x, err)
	// Output: [1 3 6 10] <nil>
}

func ExampleHistogram() {
	h, err := parlib.Histogram([]float64{0.1, 0.2, 0.9, 1, 7}, 2, 0, 1)
	fmt.Println(h.Bins, h.Above, err)
	// Output: [2 2] 1 <nil>
}

func ExampleSort() {
	x := []string{"pear", "apple", "plum"}
	err := parlib.Sort(x)
	fmt.Println(x, err)
	// Output: [apple pear plum] <nil>
}

func ExampleMax() {
	value, index, err := parlib.Max([]float64{3, 8, 5})
	fmt.Println(value, index, err)
	// Output: 8 1 <nil>
}
