// The program cluster is the side of package parlib/cluster in "make bench-cluster":
//
//	cluster WORK [ARGUMENT...]
//
// See package contestant for how it is asked. Its engines are the program itself.
package main

import (
	"context"
	"fmt"
	"runtime"
	"strconv"

	"gonum.org/v1/gonum/mat"

	"github.com/warren-go/warren/parlib"
	"github.com/warren-go/warren/parlib/cluster"
	"github.com/warren-go/warren/parlib/linalg"
	"github.com/warren-go/warren/test/bench/contestant"
)

var works = map[string]contestant.Work{
	"tasks":  onEngines(tasks),
	"map":    onEngines(mapItems),
	"calls":  onEngines(calls),
	"push":   onEngines(push),
	"matmul": onEngines(matmul),
	"start":  start,
}

func main() {
	cluster.Init()
	contestant.Main(works)
}

// onEngines is work for a cluster of as many engines as the first argument says, and of the size that the second does.
func onEngines(work func(c *cluster.Cluster, n int) func() error) contestant.Work {
	return func(args []string) (func(), string, error) {
		sizes, err := numbers(args)
		if err != nil || len(sizes) != 2 {
			return nil, "", fmt.Errorf("wants a number of engines and a size: %w", err)
		}
		c, err := cluster.Start(sizes[0])
		if err != nil {
			return nil, "", err
		}
		do := work(c, sizes[1])
		return func() { must(do()) }, with(), nil
	}
}

func numbers(args []string) (all []int, err error) {
	for _, a := range args {
		n, err := strconv.Atoi(a)
		if err != nil {
			return nil, err
		}
		all = append(all, n)
	}
	return all, nil
}

func with() string { return "parlib/cluster and " + runtime.Version() }

// must is for what was done once before it is measured.
func must(err error) {
	if err != nil {
		panic(err)
	}
}

func nothing() {}

// tasks are calls of a function that does nothing, each a request of its own.
func tasks(c *cluster.Cluster, n int) func() error {
	view := c.Balanced()
	results := make([]*cluster.AsyncResult[any], n)
	return func() error {
		for i := range results {
			results[i] = cluster.CallAsync[any](context.Background(), view, nothing)
		}
		for _, r := range results {
			if _, err := r.Get(); err != nil {
				return err
			}
		}
		return nil
	}
}

func increment(x int) int { return x + 1 }

func mapItems(c *cluster.Cluster, n int) func() error {
	view, items := c.Balanced(), make([]int, n)
	return func() error {
		_, err := cluster.Map(view, items, increment)
		return err
	}
}

// calls are made one after the other, each when the one before has returned.
func calls(c *cluster.Cluster, n int) func() error {
	view := c.Direct(0)
	return func() error {
		for range n {
			if _, err := cluster.Call[any](context.Background(), view, nothing); err != nil {
				return err
			}
		}
		return nil
	}
}

// push gives all engines a vector of n bytes.
func push(c *cluster.Cluster, n int) func() error {
	view, x := c.Broadcast(), make([]float64, n/8)
	for i := range x {
		x[i] = float64(i)
	}
	return func() error { return cluster.Push(context.Background(), view, "x", x) }
}

func start(args []string) (func(), string, error) {
	sizes, err := numbers(args)
	if err != nil || len(sizes) != 1 {
		return nil, "", fmt.Errorf("wants a number of engines: %w", err)
	}
	return func() {
		c, err := cluster.Start(sizes[0])
		must(err)
		must(c.Close())
	}, with(), nil
}

// right is the matrix that an engine multiplies by.
var right *mat.Dense

func setRight(columns int, b []float64) { right = mat.NewDense(len(b)/columns, columns, b) }

// multiply gives the rows of the product that belong to some rows of the left matrix. Engines share the processors, so each
// uses one.
func multiply(_ context.Context, rows []float64) ([]float64, error) {
	inner, _ := right.Dims()
	product, err := linalg.MatMul(mat.NewDense(len(rows)/inner, inner, rows), right, parlib.Workers(1))
	if err != nil {
		return nil, err
	}
	return product.RawMatrix().Data, nil
}

// matmul multiplies matrices of n by 200 and 200 by n: the rows of the first are scattered, the second is broadcast, the rows of the
// product are gathered.
func matmul(c *cluster.Cluster, n int) func() error {
	const inner = 200
	a, b := make([]float64, n*inner), make([]float64, inner*n)
	for i := range a {
		a[i], b[i] = float64(i%7), float64(i%11)
	}
	engines, product := len(c.IDs()), make([]float64, n*n)
	return func() error {
		if _, err := cluster.Apply[any](context.Background(), c.Broadcast(), setRight, n, b); err != nil {
			return err
		}
		parts := make([][]float64, engines)
		for i := range parts {
			parts[i] = a[i*n/engines*inner : (i+1)*n/engines*inner]
		}
		products, err := cluster.MapContext(context.Background(), c.Direct(), parts, multiply)
		if err != nil {
			return err
		}
		at := 0
		for _, p := range products {
			at += copy(product[at:], p)
		}
		return nil
	}
}
