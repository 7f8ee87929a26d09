package main

import (
	"fmt"
	"strconv"

	"github.com/warren-go/warren/parlib"
	"github.com/warren-go/warren/parlib/vec"
)

// vectors reads the arguments of works on vectors: length, how often the work is done at a time, and workers, 0 for all.
func vectors(args []string) (n, times int, options []parlib.Option, err error) {
	numbers := [3]int{0, 1, 0}
	if len(args) < 1 || len(args) > len(numbers) {
		return 0, 0, nil, fmt.Errorf("wants a length, and perhaps how often, and a number of workers")
	}
	for i, arg := range args {
		if numbers[i], err = strconv.Atoi(arg); err != nil {
			return 0, 0, nil, err
		}
	}
	if numbers[2] > 0 {
		options = append(options, parlib.Workers(numbers[2]))
		if numbers[2] > 1 {
			options = append(options, parlib.Grain(numbers[0]/numbers[2])) // to share even what is not worth it
		}
	}
	return numbers[0], numbers[1], options, nil
}

func filled(n int, v float64) []float64 {
	x := make([]float64, n)
	for i := range x {
		x[i] = v
	}
	return x
}

// repeated does a work that cannot fail some times.
func repeated(times int, do func() error) func() {
	return func() {
		for range times {
			if err := do(); err != nil {
				panic(err)
			}
		}
	}
}

// dot multiplies two vectors.
func dot(args []string) (func(), string, error) {
	n, times, options, err := vectors(args)
	if err != nil {
		return nil, "", err
	}
	x, y := filled(n, 0.5), filled(n, 0.25)
	return repeated(times, func() error {
		_, err := parlib.Dot(x, y, options...)
		return err
	}), "parlib.Dot", nil
}

// read adds up as many numbers as dot takes, from one vector: the most that memory gives.
func read(args []string) (func(), string, error) {
	n, times, options, err := vectors(args)
	if err != nil {
		return nil, "", err
	}
	x := filled(2*n, 0.5)
	return repeated(times, func() error {
		_, err := parlib.Sum(x, options...)
		return err
	}), "parlib.Sum", nil
}

// linear computes 2a + 3b in one pass.
func linear(args []string) (func(), string, error) {
	n, times, options, err := vectors(args)
	if err != nil {
		return nil, "", err
	}
	e, dst := vec.MustExpr("2*a + 3*b"), make([]float64, n)
	vars := vec.Vars{"a": filled(n, 0.5), "b": filled(n, 0.25)}
	return repeated(times, func() error { return e.Eval(dst, vars, options...) }), "vec.Expr", nil
}

// sin computes the sine of each element.
func sin(args []string) (func(), string, error) {
	n, times, options, err := vectors(args)
	if err != nil {
		return nil, "", err
	}
	x, dst := make([]float64, n), make([]float64, n)
	for i := range x {
		x[i] = float64(i) * 1e-3
	}
	return repeated(times, func() error { return vec.Sin(dst, x, options...) }), "vec.Sin", nil
}
