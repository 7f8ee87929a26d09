// Package opencl runs kernels, functions written in OpenCL C, on graphics cards, CPUs and whatever else has an OpenCL driver.
//
// A first program adds two vectors:
//
//	program, err := opencl.Build(`
//		__kernel void add(__global const float *a, __global const float *b, __global float *c) {
//			int i = get_global_id(0);
//			c[i] = a[i] + b[i];
//		}`)
//	add, err := program.Kernel("add")
//	a, err := opencl.BufferOf(nil, []float32{1, 2, 3})
//	b, err := opencl.BufferOf(nil, []float32{10, 20, 30})
//	c, err := opencl.NewBuffer[float32](nil, 3)
//	_, err = add.Launch(nil, opencl.Global(3), a, b, c)
//	sum := make([]float32, 3)
//	err = c.Read(sum, 0) // [11 22 33]
//
// # What there is
//
// [Devices] lists the devices of the machine; in a notebook the list shows itself as a table. A [Context] holds what belongs
// to one device: its memory, programs and queues. Where a function or method takes a *Context, nil means [Default], the
// context of the best device, or of the one that the environment variable WARREN_OPENCL names.
//
// A [Program] is built from source. Its kernels know their parameters, and [Kernel.Launch] checks all that it is given
// before the driver sees it: count, types and sizes of the arguments, the memory they take, the shape of the range.
//
// [Compile] makes a kernel of a Go function, in a documented part of the language; [Simulate] runs the same function on the CPU, a
// goroutine for each work-item. [MatMul] multiplies matrices, by the variant one asks for.
//
// An [Array] is memory with operations: arithmetic, functions, reductions, scans, sorting, views. Where these are not enough,
// [NewElementwiseKernel], [NewReductionKernel] and [NewScanKernel] make kernels of an expression.
//
// # Order
//
// Commands run in the order in which they were given to a [Queue]. Commands of different queues that use the same buffer
// also run in the order in which they were given: the second waits for the first by itself. Everything can be called from
// several goroutines.
//
// Read, Write and the like return when they are done. Launch, and what ends in Async, return an [Event] at once; a command
// that uses the results needs no Wait, as it comes later in the queue.
//
// # Memory and lifetime
//
// Contexts, queues, programs and buffers have a Close method that gives up what they hold at once. What was not closed is
// given up when the garbage collector finds that nothing refers to it any more. The collector sees no device memory, so
// contexts count it, and have the collector run when much was taken since it last ran, or when the device has no more.
//
// A closed buffer's memory goes to a pool, from which the next buffers come; [Context.TrimPool] empties it. It does no harm
// to Close a buffer that commands still work with: its memory is used again only after them.
//
// Using something after its Close is an error, [ErrClosed].
//
// # Profiles
//
// [Profile] tells what each command took that was given while a function ran, as a table and a timeline. With
// [Event.SetWork] it knows what a kernel did, and compares that with what the device gives: [Device.Bandwidth],
// [Device.Peak].
//
// # Crashes
//
// On a CPU, a kernel that writes outside its buffers can end the process. Package trace tells whoever watches the process
// which kernel ran.
package opencl
