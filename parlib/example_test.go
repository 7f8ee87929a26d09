package parlib_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"strconv"

	"github.com/warren-go/warren/parlib"
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

func ExampleForRange() {
	pool, err := parlib.NewPool(4)
	if err != nil {
		log.Fatal(err)
	}
	defer pool.Close()
	x := []float64{1, 2, 3, 4}
	err = parlib.ForRange(pool, len(x), func(lo, hi int) {
		for i := lo; i < hi; i++ {
			x[i] *= 10
		}
	})
	fmt.Println(x, err)
	// Output: [10 20 30 40] <nil>
}

func ExampleDot() {
	pool, err := parlib.NewPool(4)
	if err != nil {
		log.Fatal(err)
	}
	defer pool.Close()
	dot, err := parlib.Dot(pool, []float64{1, 2, 3}, []float64{4, 5, 6})
	fmt.Println(dot, err)
	// Output: 32 <nil>
}
