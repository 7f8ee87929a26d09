package opencl_test

import (
	"fmt"
	"log"

	"github.com/warren-go/warren/opencl"
)

// times is a kernel: each work-item does one element.
func times(it opencl.Item, a float32, x, y []float32) {
	if i := it.GlobalID(0); i < len(y) {
		y[i] = a * x[i]
	}
}

func ExampleCompile() {
	kernel, err := opencl.Compile(times)
	if err != nil {
		log.Fatal(err)
	}
	defer kernel.Close()
	y := make([]float32, 3)
	if _, err := kernel.Launch(nil, opencl.Global(3), float32(10), []float32{1, 2, 3}, y); err != nil {
		log.Fatal(err)
	}
	fmt.Println(y)
	// Output: [10 20 30]
}

// An item that fails is named with its place. No device is needed.
func ExampleSimulate() {
	y := make([]float32, 4)
	err := opencl.Simulate(opencl.Global(4), times, float32(10), []float32{1, 2, 3}, y)
	fmt.Println(y[:3], err)
	// Output: [10 20 30] opencl: Simulate: times: work-item (3, 0, 0) of times: runtime error: index out of range [3] with length 3
}

// turnParts turns each work-group's part of x around, in the memory that its items share.
func turnParts(it opencl.Item, x []int32) {
	part := opencl.LocalVar[[4]int32](it)
	i := it.LocalID(0)
	part[i] = x[it.GlobalID(0)]
	it.Barrier()
	x[it.GlobalID(0)] = part[it.LocalSize(0)-1-i]
}

func ExampleLocalVar() {
	x := []int32{1, 2, 3, 4, 5, 6, 7, 8}
	if err := opencl.Simulate(opencl.Global(8).Groups(4), turnParts, x); err != nil {
		log.Fatal(err)
	}
	fmt.Println(x)
	// Output: [4 3 2 1 8 7 6 5]
}

// countDigits counts digits; items that meet at one count do so one after the other.
func countDigits(it opencl.Item, digits []uint8, counts []int32) {
	opencl.AtomicAdd(&counts[digits[it.GlobalID(0)]], 1)
}

func ExampleAtomicAdd() {
	digits := []uint8{3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5, 8}
	counts := make([]int32, 10)
	if err := opencl.Simulate(opencl.Global(len(digits)), countDigits, digits, counts); err != nil {
		log.Fatal(err)
	}
	fmt.Println(counts)
	// Output: [0 2 1 2 1 3 1 0 1 1]
}

func ExampleBuild() {
	program, err := opencl.Build(`
		__kernel void power(__global float *x, int n) { // one work-item for each element
			x[get_global_id(0)] = pown(x[get_global_id(0)], n);
		}`)
	if err != nil {
		log.Fatal(err)
	}
	defer program.Close()
	power, err := program.Kernel("power")
	if err != nil {
		log.Fatal(err)
	}
	x, err := opencl.BufferOf(nil, []float32{1, 2, 3})
	if err != nil {
		log.Fatal(err)
	}
	if _, err := power.Launch(nil, opencl.Global(3), x, 3); err != nil {
		log.Fatal(err)
	}
	cubes := make([]float32, 3)
	if err := x.Read(cubes, 0); err != nil {
		log.Fatal(err)
	}
	fmt.Println(cubes)
	// Output: [1 8 27]
}
