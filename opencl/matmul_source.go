package opencl

import (
	_ "embed"
	"strings"
)

//go:embed matmul_elements.cl
var elementsSource Source

//go:embed matmul_naive.cl
var naiveSource Source

//go:embed matmul_tiled.cl
var tiledSource Source

//go:embed matmul_pack.cl
var packSource Source

//go:embed matmul_blocked_vector.cl
var vectorSource Source

//go:embed matmul_blocked_group.cl
var groupSource Source

// kernel builds the one of a name for the type of the matrix's numbers.
func (m *Matrix[T]) kernel(source Source, name string, options ...string) (*Kernel, error) {
	real := "-D real=float"
	if is64[T]() {
		real = "-D real=double"
	}
	p, err := source.Build(m.numbers.context, strings.Join(append([]string{real}, options...), " "))
	if err != nil {
		return nil, err
	}
	return p.Kernel(name)
}
