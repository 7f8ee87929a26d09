package opencl

import "fmt"

// blocking says how Blocked cuts a product into pieces.
type blocking struct {
	source  Source
	options []string
	rows    int // of a in a panel
	cols    int // of b in a panel
	depth   int // steps are filled up with zeros to a multiple of this

	group    [2]int // work-items of a work-group; a group computes what comes from one panel of a and one of b
	rowsFast bool   // groups side by side share a panel of b, not of a
}

// registers is the size of a block by what vector registers there are. A sum that waits for the last multiplication of the
// same sum must not hold up the next one: with two units of four cycles that takes eight vectors at least. With the vectors of b
// they should fill the registers, and not more: 32 of 64 bytes (AVX-512), else 16.
var registers = []struct{ bytes, rows, vectors int }{
	{64, 12, 2},
	{32, 6, 2},
	{16, 6, 2},
}

// tiles are for devices with local memory of their own, the most work for a work-item first.
var tiles = []struct{ group, each, depth int }{
	{16, 8, 8},
	{16, 4, 16},
	{8, 4, 16},
	{8, 2, 16},
	{4, 2, 8},
	{1, 2, 8},
}

// blockingFor is a good blocking for an m×n product on a device.
func blockingFor(d *Device, double bool, m, n int) blocking {
	size := 4
	if double {
		size = 8
	}
	if d.Type() == CPU {
		return vectorBlocking(d, size)
	}
	return tileBlocking(d, size, m, n)
}

func vectorBlocking(d *Device, elementSize int) blocking {
	chosen := registers[len(registers)-1]
	for _, r := range registers {
		if r.bytes <= 4*d.info.NativeFloats {
			chosen = r
			break
		}
	}
	lanes := chosen.bytes / elementSize
	return blocking{
		source:  vectorSource,
		options: []string{define("ROWS", chosen.rows), define("COLUMNS", chosen.vectors), define("LANES", lanes)},
		rows:    chosen.rows, cols: chosen.vectors * lanes, depth: 1,
		group: [2]int{1, 1}, rowsFast: true,
	}
}

// tileBlocking takes the first tiles that a work-group can have, and that are small enough to give work to all compute units.
func tileBlocking(d *Device, elementSize, m, n int) blocking {
	var chosen blocking
	for _, t := range tiles {
		width := t.group * t.each
		chosen = blocking{
			source:  groupSource,
			options: []string{define("GROUP", t.group), define("EACH", t.each), define("DEPTH", t.depth)},
			rows:    width, cols: width, depth: t.depth, group: [2]int{t.group, t.group},
		}
		fits := t.group*t.group <= d.MaxWorkGroup() && int64(2*width*t.depth*elementSize) <= d.LocalMemory()
		registersFit := t.each*t.each*elementSize <= 256 // bytes of sums, a quarter of what GPUs have for a work-item
		enough := roundUp(m, width)/width*(roundUp(n, width)/width) >= 2*d.ComputeUnits()
		if fits && registersFit && (enough || t.group <= 8) {
			break
		}
	}
	return chosen
}

// blocked copies both factors into panels, and multiplies panel by panel.
func (p multiplication[T]) blocked(by blocking) (*Event, error) {
	aPanels, err := p.pack(p.a, p.m, by.rows, by.depth)
	if err != nil {
		return nil, fmt.Errorf("a copy of a: %w", err)
	}
	defer aPanels.Close() // the memory is used again only after the kernel
	bPanels, err := p.pack(p.b.T(), p.n, by.cols, by.depth)
	if err != nil {
		return nil, fmt.Errorf("a copy of b: %w", err)
	}
	defer bPanels.Close()
	kernel, err := p.c.kernel(by.source, "matmul_blocked", by.options...)
	if err != nil {
		return nil, err
	}
	down, across := roundUp(p.m, by.rows)/by.rows, roundUp(p.n, by.cols)/by.cols
	groups := [2]int{across, down}
	if by.rowsFast {
		groups = [2]int{down, across}
	}
	r := Global(groups[0]*by.group[0], groups[1]*by.group[1]).Groups(by.group[0], by.group[1])
	return kernel.Launch(nil, r, p.m, p.n, roundUp(p.k, by.depth), aPanels, bPanels, p.c.numbers)
}

// pack copies lines of k numbers into panels of width lines. The lines are the rows of x.
func (p multiplication[T]) pack(x *Matrix[T], lines, width, depth int) (*Buffer[T], error) {
	depth = roundUp(p.k, depth)
	panels := roundUp(lines, width) / width
	packed, err := NewBuffer[T](p.context, panels*width*depth)
	if err != nil {
		return nil, err
	}
	kernel, err := x.kernel(packSource, "matmul_pack", define("WIDTH", width))
	if err == nil {
		line, step := p.k, 1
		if x.transposed {
			line, step = 1, lines
		}
		group := packGroup(p.context.device, width)
		steps := min(roundUp(depth, group[1]), mostSteps)
		r := Global(panels*width, steps).Groups(group[0], group[1])
		_, err = kernel.Launch(nil, r, lines, p.k, depth, line, step, x.numbers, packed)
	}
	if err != nil {
		packed.Close()
		return nil, err
	}
	return packed, nil
}

// mostSteps is how many work-items share the steps of a line. Devices limit the number of work-groups in the second dimension.
const mostSteps = 1 << 14

// packGroup is the shape of work-groups that copy into panels of a width. Where lines of the matrix lie far from each other, each
// work-item reads from another place; 8 steps in a group then use whole pieces of 32 bytes.
func packGroup(d *Device, width int) [2]int {
	group := [2]int{min(width, 32), 8} // widths are multiples of 32, or powers of two below
	if d.Type() == CPU {
		group = [2]int{width, 32} // long loops
	}
	for group[1] > 1 && group[0]*group[1] > d.MaxWorkGroup() {
		group[1] /= 2
	}
	if group[0] > d.MaxWorkGroup() {
		group[0] = 1
	}
	return group
}
