package opencl

import (
	"fmt"
	"sync"
	"time"
)

// ceilings are what a device was measured to do at most.
type ceilings struct {
	mu              sync.Mutex
	bandwidth, peak float64
}

// Bandwidth is how fast kernels of this package copy within the device's memory, in GB/s read and written: what a kernel
// can reach that does little else. It is measured on first use, which takes some tenths of a second, and remembered.
func (d *Device) Bandwidth() (float64, error) {
	d.ceilings.mu.Lock()
	defer d.ceilings.mu.Unlock()
	if d.ceilings.bandwidth == 0 {
		best, err := d.fastest(copying, d.copyTrials())
		if err != nil {
			return 0, failed("Device.Bandwidth", err)
		}
		d.ceilings.bandwidth = best
	}
	return d.ceilings.bandwidth, nil
}

// Peak is how many operations on float32 kernels of this package do, in GFLOPS, a multiplication with an addition counted
// as two. It is measured on first use, which takes some tenths of a second, and remembered.
func (d *Device) Peak() (float64, error) {
	d.ceilings.mu.Lock()
	defer d.ceilings.mu.Unlock()
	if d.ceilings.peak == 0 {
		best, err := d.fastest(computing, d.computeTrials())
		if err != nil {
			return 0, failed("Device.Peak", err)
		}
		d.ceilings.peak = best
	}
	return d.ceilings.peak, nil
}

// copying copies n vectors: each work-item one of them, or a run of neighbours, or those of a grid's stride.
const copying = `
__kernel void run(__global const T *from, __global T *to, ulong n, ulong each) {
#if defined ONE
	to[get_global_id(0)] = from[get_global_id(0)];
#elif defined RUN
	ulong begin = get_global_id(0) * each, end = min(begin + each, n);
	for (ulong i = begin; i < end; i++) to[i] = from[i];
#else
	for (ulong i = get_global_id(0); i < n; i += get_global_size(0)) to[i] = from[i];
#endif
}`

// computing has eight chains of multiplications and additions that do not wait for each other.
const computing = `
#pragma OPENCL FP_CONTRACT ON
__kernel void run(__global const float *from, __global float *to, ulong n, ulong rounds) {
	T a = (T)(from[0]), b = (T)(from[1]);
	T x0 = a, x1 = a + 1, x2 = a + 2, x3 = a + 3, x4 = a + 4, x5 = a + 5, x6 = a + 6, x7 = a + 7;
	for (ulong i = 0; i < rounds; i++) {
		x0 = fma(x0, a, b); x1 = fma(x1, a, b); x2 = fma(x2, a, b); x3 = fma(x3, a, b);
		x4 = fma(x4, a, b); x5 = fma(x5, a, b); x6 = fma(x6, a, b); x7 = fma(x7, a, b);
	}
	float sum = SUM(x0 + x1 + x2 + x3 + x4 + x5 + x6 + x7);
	if (sum == 0.12345f) to[get_global_id(0) % n] = sum;
}`

// trial is a way to run one of the kernels, and what it does in one run.
type trial struct {
	options []string
	items   int   // work-items
	group   int   // in a work-group
	floats  int64 // that from and to hold
	n, each uint64
	done    int64 // bytes or operations
}

// copyTrials are ways to copy more than the caches hold.
func (d *Device) copyTrials() []trial {
	bytes := int64(128 << 20) // of each of two buffers
	if !d.SharesMemory() {
		bytes = 512 << 20
	}
	bytes = min(bytes, d.GlobalMemory()/16, d.MaxAllocation()/2)
	group := min(256, d.MaxWorkGroup())
	shape := func(width int64, how string) trial {
		n := bytes / (4 * width) / int64(group) * int64(group)
		name := "float"
		if width > 1 {
			name = fmt.Sprint("float", width)
		}
		return trial{options: []string{"-DT=" + name, "-D" + how}, floats: bytes / 4, group: group, n: uint64(n), done: 2 * n * 4 * width}
	}
	one, strided := shape(1, "ONE"), shape(4, "STRIDE")
	one.items = int(one.n)
	strided.items = d.ComputeUnits() * group * 16
	if d.Type() != CPU {
		return []trial{one, strided}
	}
	run := shape(16, "RUN")
	run.items, run.group = 4*d.ComputeUnits(), 1
	run.each = run.n/uint64(run.items) + 1
	return []trial{one, run}
}

// computeTrials are ways to compute for about a millisecond and more.
func (d *Device) computeTrials() []trial {
	const rounds = 1 << 15
	group := min(256, d.MaxWorkGroup())
	items := d.ComputeUnits() * group * 8
	widths := []int64{1, 4}
	sums := map[int64]string{1: "(v)", 4: "((v).x+(v).y+(v).z+(v).w)", 16: "((v).s0+(v).s5+(v).sa+(v).sf)"}
	if d.Type() == CPU {
		items, group = d.ComputeUnits()*8, 1
		widths = []int64{16}
	}
	var all []trial
	for _, width := range widths {
		name := "float"
		if width > 1 {
			name = fmt.Sprint("float", width)
		}
		all = append(all, trial{
			options: []string{"-DT=" + name, "-DSUM(v)=" + sums[width]},
			items:   items, group: group, floats: 2, n: 2, each: rounds, done: int64(items) * rounds * 8 * 2 * width,
		})
	}
	return all
}

// fastest runs the trials of a kernel in turn, several times, and gives the most that one did in a nanosecond.
func (d *Device) fastest(source string, trials []trial) (float64, error) {
	const rounds = 5
	c, err := NewContext(d)
	if err != nil {
		return 0, err
	}
	defer c.Close()
	var kernels []*Kernel
	for _, v := range trials {
		p, err := c.Build(source, v.options...)
		if err != nil {
			return 0, err
		}
		k, err := p.Kernel("run")
		if err != nil {
			return 0, err
		}
		kernels = append(kernels, k)
	}
	from, to, err := twoBuffers(c, trials[0].floats)
	if err != nil {
		return 0, err
	}
	best := 0.0
	for round := range rounds {
		for i, v := range trials {
			took, err := v.time(kernels[i], from, to)
			if err != nil {
				return 0, err
			}
			if round > 0 { // the first run compiles, and touches the memory
				best = max(best, perNanosecond(v.done, took))
			}
		}
	}
	return best, nil
}

// twoBuffers are zero, so that their pages are there.
func twoBuffers(c *Context, n int64) (from, to *Buffer[float32], err error) {
	for _, b := range []**Buffer[float32]{&from, &to} {
		if *b, err = NewBuffer[float32](c, int(n)); err != nil {
			return nil, nil, err
		}
		if err = (*b).Fill(0); err != nil {
			return nil, nil, err
		}
	}
	return from, to, nil
}

// time runs a kernel and tells how long the device worked.
func (v trial) time(k *Kernel, from, to *Buffer[float32]) (time.Duration, error) {
	e, err := k.Launch(nil, Global(v.items).Groups(v.group), from, to, v.n, v.each)
	if err != nil {
		return 0, err
	}
	times, err := e.Times()
	return times.Elapsed(), err
}
