package parlib_test

import (
	"errors"
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

func ExampleSum() {
	sum, err := parlib.Sum([]float64{0.5, 1.5, 2}, parlib.Workers(2)) // to the last bit the same on any number of workers
	fmt.Println(sum, err)
	// Output: 4 <nil>
}

func ExampleNorm() {
	length, err := parlib.Norm([]float64{3e200, 4e200}) // whose squares are beyond a float64
	fmt.Printf("%.3g %v\n", length, err)
	// Output: 5e+200 <nil>
}

func ExampleMin() {
	value, index, err := parlib.Min([]float64{3, 1, 5, 1})
	fmt.Println(value, index, err)
	_, _, err = parlib.Min([]float64{})
	fmt.Println(errors.Is(err, parlib.ErrEmpty), err)
	// Output:
	// 1 1 <nil>
	// true parlib: Min: there are no elements
}

func ExampleExclusiveScan() {
	lengths := []int{3, 1, 4}
	starts := make([]int, len(lengths)) // where each begins, if they lie one after the other
	total, err := parlib.ExclusiveScan(starts, lengths)
	fmt.Println(starts, total, err)
	// Output: [0 3 4] 8 <nil>
}

func ExampleScanFunc() {
	prices := []int{3, 1, 4, 1, 5}
	highest := make([]int, len(prices)) // up to each day
	err := parlib.ScanFunc(highest, prices, 0, func(a, b int) int { return max(a, b) })
	fmt.Println(highest, err)
	// Output: [3 3 4 4 5] <nil>
}

func ExampleSortFunc() {
	x := []int{3, 1, 2}
	err := parlib.SortFunc(x, func(a, b int) int { return b - a }) // the greatest first
	fmt.Println(x, err)
	// Output: [3 2 1] <nil>
}

func ExampleSortStableFunc() {
	words := []string{"pear", "fig", "plum", "kiwi", "nut"}
	err := parlib.SortStableFunc(words, func(a, b string) int { return len(a) - len(b) }) // by length, else as they were
	fmt.Println(words, err)
	// Output: [fig nut pear plum kiwi] <nil>
}
