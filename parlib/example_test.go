package parlib_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"strconv"
	"strings"

	"github.com/warren-go/warren/parlib"
	"github.com/warren-go/warren/parlib/schedule"
)

func ExampleMap() {
	pool, err := parlib.NewPool(5)
	if err != nil {
		log.Fatal(err)
	}
	defer pool.Close()
	squares, err := parlib.Map(pool, []int{1, 2, 3}, func(x int) int { return x * x })
	fmt.Println(squares, err)
	// Output: [1 4 9] <nil>
}

func ExampleMap_panic() {
	pool, err := parlib.NewPool(2)
	if err != nil {
		log.Fatal(err)
	}
	defer pool.Close()
	_, err = parlib.Map(pool, []int{6, 3, 0}, func(x int) int { return 6 / x })
	var item *parlib.ItemError
	if errors.As(err, &item) {
		fmt.Println("failed at item", item.Index, "which is", item.Item)
	}
	// Output: failed at item 2 which is 0
}

func ExampleMapContext() {
	pool, err := parlib.NewPool(2)
	if err != nil {
		log.Fatal(err)
	}
	defer pool.Close()
	parse := func(_ context.Context, s string) (int, error) { return strconv.Atoi(s) }
	_, err = parlib.MapContext(context.Background(), pool, []string{"1", "two", "3"}, parse)
	fmt.Println(err)
	// Output: parlib: MapContext: item 1 ("two"): strconv.Atoi: parsing "two": invalid syntax
}

func ExampleFor() {
	squares := make([]int, 5)
	err := parlib.For(len(squares), func(i int) { squares[i] = i * i })
	fmt.Println(squares, err)
	// Output: [0 1 4 9 16] <nil>
}

func ExampleForRange() {
	x := []float64{1, 2, 3, 4}
	err := parlib.ForRange(len(x), func(lo, hi int) {
		for i := lo; i < hi; i++ {
			x[i] *= 10
		}
	}, parlib.Schedule(schedule.Static()))
	fmt.Println(x, err)
	// Output: [10 20 30 40] <nil>
}

func ExampleForEach() {
	words := []string{"go", "far"}
	err := parlib.ForEach(words, func(_ int, word *string) { *word = strings.ToUpper(*word) })
	fmt.Println(words, err)
	// Output: [GO FAR] <nil>
}

func ExampleCollapse() {
	var table [2][3]int
	err := parlib.Collapse(2, 3, func(row, column int) { table[row][column] = 10*row + column })
	fmt.Println(table, err)
	// Output: [[0 1 2] [10 11 12]] <nil>
}

func ExampleDot() {
	dot, err := parlib.Dot([]float64{1, 2, 3}, []float64{4, 5, 6})
	fmt.Println(dot, err)
	// Output: 32 <nil>
}

// A pool has a fixed number of workers, which its calls share.
func ExampleNewPool() {
	pool, err := parlib.NewPool(3, parlib.Chunk(10)) // ten items at a time in all calls
	if err != nil {
		log.Fatal(err)
	}
	defer pool.Close()
	lengths, err := parlib.Map(pool, []string{"a", "bc", "def"}, func(s string) int { return len(s) })
	fmt.Println(pool, lengths, err)
	_, err = parlib.NewPool(0)
	fmt.Println(err)
	// Output:
	// parlib.Pool(3 workers) [1 2 3] <nil>
	// parlib: NewPool: number of workers is 0; it must be between 1 and 65536
}

// Options say how a loop is shared.
func ExampleOption() {
	ctx, cancel := context.WithCancelCause(context.Background())
	seen := make([]bool, 100)
	err := parlib.For(len(seen), func(i int) { seen[i] = true },
		parlib.Workers(2), parlib.Schedule(schedule.Guided(5)), parlib.Context(ctx))
	fmt.Println(seen[99], err)

	cancel(errors.New("enough"))
	err = parlib.For(len(seen), func(int) {}, parlib.Grain(50), parlib.Context(ctx))
	fmt.Println(err)
	// Output:
	// true <nil>
	// parlib: For: stopped after 0 of 100 items: enough
}
