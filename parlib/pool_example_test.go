package parlib_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"slices"
	"strings"

	"github.com/warren-go/warren/parlib"
	"github.com/warren-go/warren/parlib/coord"
)

// newPool keeps the examples short.
func newPool(workers int) *parlib.Pool {
	pool, err := parlib.NewPool(workers)
	if err != nil {
		log.Fatal(err)
	}
	return pool
}

func ExampleMap2() {
	pool := newPool(2)
	defer pool.Close()
	fmt.Println(parlib.Map2(pool, []int{1, 2, 3}, []int{4, 5, 6}, func(x, y int) int { return x * y }))
	// Output: [4 10 18] <nil>
}

func ExampleStarMap() {
	pool := newPool(2)
	defer pool.Close()
	pairs := []parlib.Pair[string, int]{{"ab", 3}, {"x", 5}}
	fmt.Println(parlib.StarMap(pool, pairs, strings.Repeat))
	// Output: [ababab xxxxx] <nil>
}

func ExampleFilter() {
	pool := newPool(3)
	defer pool.Close()
	fmt.Println(parlib.Filter(pool, []int{1, 2, 3, 4, 5}, func(x int) bool { return x%2 == 1 }))
	// Output: [1 3 5] <nil>
}

func ExampleMapReduce() {
	pool := newPool(3)
	defer pool.Close()
	words := []string{"go", "gopher", "goroutine"}
	letters, err := parlib.MapReduce(pool, words, 0, func(w string) int { return len(w) }, func(a, b int) int { return a + b })
	fmt.Println(letters, err)
	// Output: 17 <nil>
}

func ExampleFinishAll() {
	pool := newPool(2)
	defer pool.Close()
	quotients, err := parlib.Map(pool, []int{6, 0, 3, 0}, func(x int) int { return 6 / x }, parlib.FinishAll())
	fmt.Println(quotients)
	var failures *parlib.ItemErrors
	if errors.As(err, &failures) {
		for _, f := range failures.Errs {
			fmt.Println("item", f.Index, "failed")
		}
	}
	// Output:
	// [1 0 2 0]
	// item 1 failed
	// item 3 failed
}

func ExampleProgress() {
	pool := newPool(2)
	defer pool.Close()
	show := parlib.Progress(func(done, total int) { fmt.Printf("%d of %d\n", done, total) })
	_, err := parlib.Map(pool, make([]int, 30), func(x int) int { return x }, parlib.Chunk(10), show)
	fmt.Println(err)
	// Output:
	// 10 of 30
	// 20 of 30
	// 30 of 30
	// <nil>
}

func ExampleApply() {
	pool := newPool(2)
	defer pool.Close()
	var list []int
	_, err := parlib.Apply(pool, func() int { return list[3] })
	var panicked *parlib.PanicError
	fmt.Println(errors.As(err, &panicked))
	// Output: true
}

func ExampleApplyAsync() {
	pool := newPool(2)
	defer pool.Close()
	six := parlib.ApplyAsync(pool, func() int { return 6 })
	seven := parlib.ApplyAsync(pool, func() int { return 7 })
	x, _ := six.Get()
	y, _ := seven.Get()
	fmt.Println(x*y, six.Ready(), seven.Successful())
	// Output: 42 true true
}

func ExampleApplyAsyncContext() {
	pool := newPool(2)
	defer pool.Close()
	patient := parlib.ApplyAsyncContext(context.Background(), pool, func(ctx context.Context) (int, error) {
		<-ctx.Done()
		return 0, ctx.Err()
	})
	patient.Cancel()
	_, err := patient.Get()
	fmt.Println(errors.Is(err, context.Canceled))
	// Output: true
}

func ExampleMapAsync() {
	pool := newPool(2)
	defer pool.Close()
	squares := parlib.MapAsync(pool, []int{1, 2, 3}, func(x int) int { return x * x })
	// …other work here…
	fmt.Println(squares.Get())
	// Output: [1 4 9] <nil>
}

func ExampleResult() {
	pool := newPool(3)
	defer pool.Close()
	var words []*parlib.Result[string]
	for _, w := range []string{"a", "b", "c"} {
		words = append(words, parlib.ApplyAsync(pool, func() string { return strings.ToUpper(w) }))
	}
	ready, pending, err := coord.Wait(context.Background(), coord.All, words...)
	fmt.Println(ready, pending, err)
	// Output: [A B C] [] <nil>
}

func ExampleImap() {
	pool := newPool(2)
	defer pool.Close()
	naturals := func(yield func(int) bool) {
		for i := 0; yield(i); i++ {
		}
	}
	for square, err := range parlib.Imap(pool, naturals, func(x int) int { return x * x }) {
		if err != nil || square > 20 {
			break
		}
		fmt.Println(square)
	}
	// Output:
	// 0
	// 1
	// 4
	// 9
	// 16
}

func ExampleImapUnordered() {
	pool := newPool(2)
	defer pool.Close()
	total := 0
	for square := range parlib.ImapUnordered(pool, slices.Values([]int{1, 2, 3}), func(x int) int { return x * x }) {
		total += square // in whatever order they come
	}
	fmt.Println(total)
	// Output: 14
}

func ExampleMapLocal() {
	pool := newPool(2)
	defer pool.Close()
	buffers, err := parlib.NewLocal(func(worker int) (*strings.Builder, error) { return new(strings.Builder), nil })
	if err != nil {
		log.Fatal(err)
	}
	lines, err := parlib.MapLocal(pool, []int{1, 2, 3}, buffers, func(b *strings.Builder, n int) string {
		b.Reset()
		for range n {
			b.WriteByte('*')
		}
		return b.String()
	})
	fmt.Println(lines, err)
	// Output: [* ** ***] <nil>
}

func ExamplePool_Terminate() {
	pool := newPool(2)
	_, err := parlib.Map(pool, make([]int, 1000), func(x int) int {
		pool.Terminate()
		return x
	})
	fmt.Println(errors.Is(err, parlib.ErrTerminated), pool.Join())
	// Output: true <nil>
}

// The results of a long sequence come while later items are still worked on, until the context ends.
func ExampleImapContext() {
	pool := newPool(2)
	defer pool.Close()
	half := func(_ context.Context, x int) (int, error) {
		if x%2 == 1 {
			return 0, errors.New("it is odd")
		}
		return x / 2, nil
	}
	for result, err := range parlib.ImapContext(context.Background(), pool, slices.Values([]int{2, 4, 5, 6}), half) {
		fmt.Println(result, err)
	}
	// Output:
	// 1 <nil>
	// 2 <nil>
	// 0 parlib: ImapContext: item 2 (5): it is odd
}
