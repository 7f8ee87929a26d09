package opencl_test

import (
	"fmt"

	"github.com/warren-go/warren/opencl"
)

func ExampleArray() {
	if _, err := opencl.Default(); err != nil {
		fmt.Println("[11 22 33]\n66") // nothing to run it on
		return
	}
	x, _ := opencl.ToDevice([]float32{1, 2, 3})
	y, _ := x.MulScalar(10)
	z, _ := x.Add(y)
	numbers, _ := z.Get()
	sum, _ := z.Sum()
	fmt.Println(numbers)
	fmt.Println(sum)
	// Output:
	// [11 22 33]
	// 66
}

func ExampleNewElementwiseKernel() {
	if _, err := opencl.Default(); err != nil {
		fmt.Println("[12 24 36]") // nothing to run it on
		return
	}
	saxpy, err := opencl.NewElementwiseKernel("float a, const float *x, float *y", "y[i] = a*x[i] + y[i]", "saxpy")
	if err != nil {
		fmt.Println(err)
		return
	}
	x, _ := opencl.ToDevice([]float32{1, 2, 3})
	y, _ := opencl.ToDevice([]float32{10, 20, 30})
	saxpy.Call(2, x, y)
	numbers, _ := y.Get()
	fmt.Println(numbers)
	// Output: [12 24 36]
}

func ExampleNewReductionKernel() {
	if _, err := opencl.Default(); err != nil {
		fmt.Println("32") // nothing to run it on
		return
	}
	dot, err := opencl.NewReductionKernel[float32]("0", "a+b", "x[i]*y[i]", "const float *x, const float *y")
	if err != nil {
		fmt.Println(err)
		return
	}
	x, _ := opencl.ToDevice([]float32{1, 2, 3})
	y, _ := opencl.ToDevice([]float32{4, 5, 6})
	sum, _ := dot.Call(x, y)
	fmt.Println(sum)
	// Output: 32
}

func ExampleNewScanKernel() {
	if _, err := opencl.Default(); err != nil {
		fmt.Println("[0 3 4 8]") // nothing to run it on
		return
	}
	before, err := opencl.NewScanKernel[int32](opencl.Scan{
		Arguments: "const int *x, int *z", Input: "x[i]", Reduce: "a+b", Neutral: "0", Output: "z[i] = prev_item",
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	x, _ := opencl.ToDevice([]int32{3, 1, 4, 1})
	z, _ := opencl.ZerosLike(x)
	before.Call(x, z)
	numbers, _ := z.Get()
	fmt.Println(numbers)
	// Output: [0 3 4 8]
}

func ExampleCopyIf() {
	if _, err := opencl.Default(); err != nil {
		fmt.Println("[3 4]") // nothing to run it on
		return
	}
	x, _ := opencl.ToDevice([]int32{3, 1, 4, 1})
	large, _ := opencl.CopyIf(x, "x[i] > limit", opencl.Vars{"limit": 2})
	numbers, _ := large.Get()
	fmt.Println(numbers)
	// Output: [3 4]
}

func ExampleMap() {
	if _, err := opencl.Default(); err != nil {
		fmt.Println("[2.5 5 7.5]") // nothing to run it on
		return
	}
	x, _ := opencl.ToDevice([]float32{1, 2, 3})
	y, _ := opencl.Map[float32]("2*a + k*a", opencl.Vars{"a": x, "k": 0.5})
	numbers, _ := y.Get()
	fmt.Println(numbers)
	// Output: [2.5 5 7.5]
}
