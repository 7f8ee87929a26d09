package linalg_test

import (
	"fmt"

	"gonum.org/v1/gonum/mat"

	"github.com/warren-go/warren/parlib"
	"github.com/warren-go/warren/parlib/linalg"
)

func Example() {
	a := mat.NewDense(2, 3, []float64{1, 2, 3, 4, 5, 6})
	b := mat.NewDense(3, 2, []float64{7, 8, 9, 10, 11, 12})
	c, err := linalg.MatMul(a, b)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(mat.Formatted(c))
	// Output:
	// ⎡ 58   64⎤
	// ⎣139  154⎦
}

func ExampleMatMul_shapes() {
	a, b := mat.NewDense(2, 3, nil), mat.NewDense(2, 3, nil)
	_, err := linalg.MatMul(a, b)
	fmt.Println(err)
	c, _ := linalg.MatMul(a, b.T())
	fmt.Println(c.Dims())
	// Output:
	// linalg: MatMul: a is 2×3 and b is 2×3: a must have as many columns as b has rows
	// 2 2
}

func ExampleMatMulTo() {
	step := mat.NewDense(2, 2, []float64{0.9, 0.1, 0.2, 0.8}) // chances to go from one state to another
	state := mat.NewDense(1, 2, []float64{1, 0})
	for range 100 {
		if err := linalg.MatMulTo(state, state, step); err != nil { // in place
			fmt.Println(err)
		}
	}
	fmt.Printf("%.4f\n", mat.Formatted(state))
	// Output: [0.6667  0.3333]
}

func ExampleGemm() {
	a, b := mat.NewDense(1, 2, []float64{1, 2}), mat.NewDense(2, 1, []float64{3, 4})
	c := mat.NewDense(1, 1, []float64{10})
	err := linalg.Gemm(2, a, b, 1, c) // c = 2·a·b + c
	fmt.Println(c.At(0, 0), err)
	// Output: 32 <nil>
}

func ExampleMatVec() {
	a := mat.NewDense(2, 2, []float64{1, 2, 3, 4})
	y, err := linalg.MatVec(a, mat.NewVecDense(2, []float64{1, 1}), parlib.Workers(2))
	fmt.Println(y.RawVector().Data, err)
	// Output: [3 7] <nil>
}

func ExampleGemv() {
	a := mat.NewDense(2, 2, []float64{1, 2, 3, 4})
	x, y := mat.NewVecDense(2, []float64{1, 1}), mat.NewVecDense(2, []float64{100, 100})
	err := linalg.Gemv(1, a, x, 0.5, y) // y = a·x + y/2
	fmt.Println(y.RawVector().Data, err)
	// Output: [53 57] <nil>
}

func ExampleMatMulParallel() {
	a := mat.NewDense(2, 2, []float64{1, 1, 1, 0})
	c, err := linalg.MatMulParallel(a, a, parlib.Workers(2))
	fmt.Println(c.RawMatrix().Data, err)
	// Output: [2 1 1 1] <nil>
}

// Three ways of writing the loops, from the slowest to the fastest, which give the same.
func ExampleMatMulNaive() {
	a, b := mat.NewDense(2, 2, []float64{1, 2, 3, 4}), mat.NewDense(2, 2, []float64{5, 6, 7, 8})
	naive, err1 := linalg.MatMulNaive(a, b)
	transposed, err2 := linalg.MatMulTransposed(a, b)
	blocked, err3 := linalg.MatMulBlocked(a, b, 64)
	fmt.Println(naive.RawMatrix().Data, mat.Equal(naive, transposed), mat.Equal(naive, blocked), err1, err2, err3)
	// Output: [19 22 43 50] true true <nil> <nil> <nil>
}
