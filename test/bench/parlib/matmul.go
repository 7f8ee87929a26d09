package main

import (
	"fmt"
	"math/rand/v2"
	"strconv"

	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/blas/gonum"
	"gonum.org/v1/gonum/mat"

	"github.com/warren-go/warren/parlib/linalg"
)

// matmul multiplies two n × n matrices with gonum's mat, on gonum's own BLAS, on OpenBLAS, on linalg's own kernels, or as linalg
// chooses.
func matmul(args []string) (func(), string, error) {
	if len(args) != 2 {
		return nil, "", fmt.Errorf("wants one of gonum, openblas, go, chosen, and a number of rows")
	}
	n, err := strconv.Atoi(args[1])
	if err != nil {
		return nil, "", err
	}
	with := "gonum"
	switch args[0] {
	case "gonum":
		blas64.Use(gonum.Implementation{})
	case "openblas":
		if err := linalg.UseOpenBLAS(); err != nil {
			return nil, "", err
		}
		with = linalg.Using().String()
	case "chosen":
		with = linalg.Using().String()
	case "go":
		linalg.UseGo()
		with = linalg.Using().String()
	default:
		return nil, "", fmt.Errorf("%q is none of gonum, openblas, go, chosen", args[0])
	}
	a, b, c := random(n), random(n), mat.NewDense(n, n, nil)
	return func() { c.Mul(a, b) }, with, nil
}

func random(n int) *mat.Dense {
	data := make([]float64, n*n)
	for i := range data {
		data[i] = rand.Float64()
	}
	return mat.NewDense(n, n, data)
}
