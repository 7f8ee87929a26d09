package vec_test

import (
	"fmt"
	"strings"

	"github.com/warren-go/warren/parlib"
	"github.com/warren-go/warren/parlib/vec"
)

func Example() {
	x := []float64{0, 0.5, 1}
	y := make([]float64, len(x))
	if err := vec.Exp(y, x); err != nil {
		fmt.Println(err)
	}
	fmt.Printf("%.4f\n", y)
	// Output: [1.0000 1.6487 2.7183]
}

func ExampleExpr() {
	e, err := vec.Expr("2*a + 3*b")
	if err != nil {
		fmt.Println(err)
		return
	}
	y := make([]float64, 3)
	err = e.Eval(y, vec.Vars{"a": []float64{1, 2, 3}, "b": []float64{10, 20, 30}})
	fmt.Println(y, err)
	fmt.Print(e.Steps())
	// Output:
	// [32 64 96] <nil>
	// r0 = Mul(3, b)
	// dst = FMA(2, a, r0)
}

// An error shows where the expression is wrong.
func ExampleSyntaxError() {
	_, err := vec.Expr("2*a + 3*sine(b)")
	fmt.Println(strings.ReplaceAll(err.Error(), "\t", "    "))
	// Output:
	// vec: expression, column 9: unknown function "sine"
	//     2*a + 3*sine(b)
	//             ^
}

// Conditions are 1 and 0, and choose between two values.
func ExampleWhere() {
	x, zero := []float64{-1, 2, -3}, make([]float64, 3)
	positive, y := make([]float64, 3), make([]float64, 3)
	if err := vec.Greater(positive, x, zero); err != nil {
		fmt.Println(err)
	}
	if err := vec.Where(y, positive, x, zero); err != nil {
		fmt.Println(err)
	}
	fmt.Println(positive, y)
	// Output: [0 1 0] [0 2 0]
}

// A function of one's own is called for each element, on as many workers as wanted.
func ExampleApply() {
	lengths := make([]int, 3)
	err := vec.Apply(lengths, []string{"a", "bc", "def"}, func(s string) int { return len(s) }, parlib.Workers(2))
	fmt.Println(lengths, err)
	// Output: [1 2 3] <nil>
}

// The first column of a matrix is set to the second times the third, plus itself.
func ExampleStridedTernary() {
	matrix := []float64{
		1, 2, 3,
		4, 5, 6,
	}
	var columns [3]vec.View[float64]
	for i := range columns {
		var err error
		if columns[i], err = vec.Strided(matrix, i, 3, 2); err != nil {
			fmt.Println(err)
		}
	}
	err := vec.StridedTernary(columns[0], vec.FMA, columns[1], columns[2], columns[0])
	fmt.Println(matrix, err)
	// Output: [7 2 3 34 5 6] <nil>
}

// A product and a sum in one step, rounded once.
func ExampleFMA() {
	y := make([]float64, 3)
	err := vec.FMA(y, []float64{1, 2, 3}, []float64{10, 20, 30}, []float64{5, 5, 5})
	fmt.Println(y, err)
	// Output: [15 45 95] <nil>
}

// AXPY adds a multiple of a vector to another.
func ExampleAXPY() {
	y := []float64{1, 1, 1}
	err := vec.AXPY(y, 2, []float64{1, 2, 3})
	fmt.Println(y, err)
	// Output: [3 5 7] <nil>
}

// The function gets ranges of the slices, and is compiled for the whole loop.
func ExampleApplyBlocks() {
	y := make([]float64, 4)
	err := vec.ApplyBlocks(y, []float64{1, 2, 3, 4}, func(y, x []float64) {
		for i, v := range x {
			y[i] = v*v + 1
		}
	})
	fmt.Println(y, err)
	// Output: [2 5 10 17] <nil>
}

// Every second element of a vector is summed with every second from the end.
func ExampleStridedBinary() {
	x := []float64{1, 2, 3, 4, 5, 6}
	forwards, err := vec.Strided(x, 0, 2, 3)
	if err != nil {
		fmt.Println(err)
	}
	backwards, err := vec.Strided(x, 5, -2, 3)
	if err != nil {
		fmt.Println(err)
	}
	sums := make([]float64, 3)
	err = vec.StridedBinary(vec.All(sums), vec.Add, forwards, backwards)
	fmt.Println(sums, err)
	// Output: [7 7 7] <nil>
}

// The second column of a matrix of three columns is scaled.
func ExampleStridedUnary() {
	matrix := []float64{
		1, 4, 1,
		1, 9, 1,
	}
	column, err := vec.Strided(matrix, 1, 3, 2)
	if err != nil {
		fmt.Println(err)
		return
	}
	err = vec.StridedUnary(column, vec.Sqrt, column)
	fmt.Println(matrix, err)
	// Output: [1 2 1 1 3 1] <nil>
}
