package opencl_test

import (
	"fmt"

	"github.com/warren-go/warren/opencl"
)

func ExampleMatMul() {
	a, err := opencl.MatrixOf(nil, 2, 3, []float32{
		1, 2, 3,
		4, 5, 6,
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, v := range []opencl.Variant{opencl.Naive, opencl.Tiled, opencl.Blocked} {
		c, err := opencl.MatMul(a, a.T(), v)
		if err != nil {
			fmt.Println(err)
			return
		}
		values, err := c.Get()
		fmt.Println(v, values, err)
	}
	// Output:
	// Naive [14 32 32 77] <nil>
	// Tiled [14 32 32 77] <nil>
	// Blocked [14 32 32 77] <nil>
}
