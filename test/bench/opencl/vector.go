package main

import (
	"fmt"
	"strconv"

	"github.com/warren-go/warren/opencl"
	"github.com/warren-go/warren/test/bench/contestant"
)

// vectorWork is work on vectors of n numbers. Its arguments are n, and how often the work is done at a time.
func vectorWork(prepare func(n int) (func() error, string, error)) contestant.Work {
	return func(args []string) (func(), string, error) {
		if len(args) != 2 {
			return nil, "", fmt.Errorf("wants a length, and how often")
		}
		n, err := strconv.Atoi(args[0])
		if err != nil {
			return nil, "", err
		}
		times, err := strconv.Atoi(args[1])
		if err != nil {
			return nil, "", err
		}
		do, with, err := prepare(n)
		return func() {
			for range times {
				must(do())
			}
		}, with, err
	}
}

// vectors are two, of halves and of quarters.
func vectors(n int) (x, y *opencl.Array[float32], err error) {
	if x, err = opencl.Full[float32](n, 0.5); err != nil {
		return nil, nil, err
	}
	y, err = opencl.Full[float32](n, 0.25)
	return x, y, err
}

func dot(n int) (func() error, string, error) {
	x, y, err := vectors(n)
	if err != nil {
		return nil, "", err
	}
	kernel, err := opencl.NewReductionKernel[float32]("0", "a+b", "x[i]*y[i]", "__global const float *x, __global const float *y")
	return func() error {
		_, err := kernel.Call(x, y)
		return err
	}, "opencl.ReductionKernel", err
}

func sum(n int) (func() error, string, error) {
	x, _, err := vectors(n)
	if err != nil {
		return nil, "", err
	}
	kernel, err := opencl.NewReductionKernel[float32]("0", "a+b", "x[i]", "__global const float *x")
	return func() error {
		_, err := kernel.Call(x)
		return err
	}, "opencl.ReductionKernel", err
}

func linear(n int) (func() error, string, error) {
	x, y, err := vectors(n)
	if err != nil {
		return nil, "", err
	}
	z, err := opencl.EmptyLike(x)
	if err != nil {
		return nil, "", err
	}
	kernel, err := opencl.NewElementwiseKernel("float *x, float *y, float *z", "z[i] = 2*x[i] + 3*y[i]", "linear")
	return func() error { return ended(kernel.Call(x, y, z)) }, "opencl.ElementwiseKernel", err
}

func scan(n int) (func() error, string, error) {
	x, err := opencl.Full[float32](n, 1)
	if err != nil {
		return nil, "", err
	}
	z, err := opencl.EmptyLike(x)
	if err != nil {
		return nil, "", err
	}
	kernel, err := opencl.NewScanKernel[float32](opencl.Scan{
		Arguments: "const float *x, float *z", Input: "x[i]", Reduce: "a+b", Neutral: "0", Output: "z[i] = item",
	})
	return func() error { return ended(kernel.Call(x, z)) }, "opencl.ScanKernel", err
}

func write(n int) (func() error, string, error) {
	x, _, err := vectors(n)
	here := make([]float32, n)
	return func() error { return x.Set(here) }, "Array.Set", err
}

func read(n int) (func() error, string, error) {
	x, _, err := vectors(n)
	here := make([]float32, n)
	return func() error { return x.GetInto(here) }, "Array.GetInto", err
}
