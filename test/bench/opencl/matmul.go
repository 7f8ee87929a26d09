package main

import (
	"fmt"
	"math/rand/v2"
	"strconv"

	"github.com/warren-go/warren/opencl"
)

var variants = map[string]opencl.Variant{
	"naive": opencl.Naive, "tiled": opencl.Tiled, "blocked": opencl.Blocked, "clblast": opencl.CLBlast,
}

// matmul multiplies two n × n matrices that are on the device already.
func matmul(args []string) (func(), string, error) {
	if len(args) != 2 {
		return nil, "", fmt.Errorf("wants a variant, and a number of rows")
	}
	variant, known := variants[args[0]]
	if !known {
		return nil, "", fmt.Errorf("%q is none of naive, tiled, blocked, clblast", args[0])
	}
	n, err := strconv.Atoi(args[1])
	if err != nil {
		return nil, "", err
	}
	a, err := random(n)
	if err != nil {
		return nil, "", err
	}
	b, err := random(n)
	if err != nil {
		return nil, "", err
	}
	c, err := opencl.MatMul(a, b, variant)
	return func() { must(ended(opencl.MatMulTo(c, a, b, variant))) }, "opencl.MatMul, " + variant.String(), err
}

func random(n int) (*opencl.Matrix[float32], error) {
	x := make([]float32, n*n)
	for i := range x {
		x[i] = rand.Float32()
	}
	return opencl.MatrixOf(nil, n, n, x)
}
