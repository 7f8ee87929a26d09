package main

import (
	"fmt"
	"runtime"
	"slices"
	"strconv"

	"github.com/warren-go/warren/parlib"
)

func square(x int) int { return x * x }

// pool makes a pool of as many workers as Go runs at once, and reads how many items there are to be.
func pool(args []string, wants int) (p *parlib.Pool, items []int, with string, err error) {
	if len(args) != wants {
		return nil, nil, "", fmt.Errorf("wants %d numbers", wants)
	}
	n, err := strconv.Atoi(args[0])
	if err != nil {
		return nil, nil, "", err
	}
	items = make([]int, n)
	for i := range items {
		items[i] = i
	}
	p, err = parlib.NewPool(runtime.GOMAXPROCS(0))
	return p, items, fmt.Sprint(p), err
}

// poolMap maps n items a number of times.
func poolMap(args []string) (func(), string, error) {
	p, items, with, err := pool(args, 2)
	if err != nil {
		return nil, "", err
	}
	times, err := strconv.Atoi(args[1])
	return func() {
		for range times {
			must(parlib.Map(p, items, square))
		}
	}, with, err
}

// poolSubmit submits n tasks and then waits for each.
func poolSubmit(args []string) (func(), string, error) {
	p, items, with, err := pool(args, 1)
	results := make([]*parlib.Result[int], len(items))
	return func() {
		for i := range items {
			results[i] = parlib.ApplyAsync(p, func() int { return square(i) })
		}
		for _, r := range results {
			must(r.Get())
		}
	}, with, err
}

// poolStream maps a sequence of n items.
func poolStream(args []string) (func(), string, error) {
	p, items, with, err := pool(args, 1)
	return func() {
		for square, err := range parlib.Imap(p, slices.Values(items), square) {
			must(square, err)
		}
	}, with, err
}

func must[T any](_ T, err error) {
	if err != nil {
		panic(err)
	}
}
