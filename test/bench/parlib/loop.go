package main

import (
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
	"slices"
	"strconv"

	"github.com/warren-go/warren/parlib"
	"github.com/warren-go/warren/parlib/team"
	"github.com/warren-go/warren/test/bench/contestant"
)

// numbers reads two numbers.
func numbers(args []string) (n, times int, err error) {
	if len(args) != 2 {
		return 0, 0, fmt.Errorf("wants two numbers")
	}
	if n, err = strconv.Atoi(args[0]); err != nil {
		return 0, 0, err
	}
	times, err = strconv.Atoi(args[1])
	return n, times, err
}

func workers() string { return fmt.Sprintf("parlib, %d workers", runtime.GOMAXPROCS(0)) }

// forkJoin forks nothing to n goroutines and joins them, a number of times.
func forkJoin(args []string) (func(), string, error) {
	n, times, err := numbers(args)
	if err != nil {
		return nil, "", err
	}
	t, err := team.New(n)
	nothing := team.Func(func(int) {})
	return func() {
		for range times {
			check(t.Together(n, nothing))
		}
	}, fmt.Sprint(t), err
}

// sineLoop computes n sines a number of times, on all workers.
func sineLoop(args []string) (func(), string, error) {
	body, n, times, err := sineBody(args)
	return func() {
		for range times {
			check(parlib.ForRange(n, body))
		}
	}, workers(), err
}

// serialSineLoop computes n sines a number of times, in a loop.
func serialSineLoop(args []string) (func(), string, error) {
	body, n, times, err := sineBody(args)
	return func() {
		for range times {
			body(0, n)
		}
	}, "one goroutine", err
}

func sineBody(args []string) (body func(lo, hi int), n, times int, err error) {
	if n, times, err = numbers(args); err != nil {
		return nil, 0, 0, err
	}
	x, y := make([]float64, n), make([]float64, n)
	for i := range x {
		x[i] = float64(i)
	}
	return func(lo, hi int) {
		for i := lo; i < hi; i++ {
			y[i] = math.Sin(x[i])
		}
	}, n, times, err
}

// sortBy sorts a copy of n random elements, by a function.
func sortBy(sort func([]float64) error) contestant.Work {
	return func(args []string) (func(), string, error) {
		if len(args) != 1 {
			return nil, "", fmt.Errorf("wants a number")
		}
		n, err := strconv.Atoi(args[0])
		if err != nil {
			return nil, "", err
		}
		x := vector(n)
		return func() { check(sort(slices.Clone(x))) }, workers(), err
	}
}

func parallelSort(x []float64) error { return parlib.Sort(x) }

func serialSort(x []float64) error {
	slices.Sort(x)
	return nil
}

func vector(n int) []float64 {
	x := make([]float64, n)
	for i := range x {
		x[i] = rand.Float64()
	}
	return x
}

func check(err error) {
	if err != nil {
		panic(err)
	}
}
