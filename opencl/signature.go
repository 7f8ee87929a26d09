package opencl

import (
	"github.com/warren-go/warren/opencl/internal/driver"
	"github.com/warren-go/warren/opencl/internal/source"
)

// signatures reads the parameters of a source's kernels from its text. Where that cannot be read there are none.
func signatures(text string, options []string) map[string][]Parameter {
	kernels, err := source.Kernels(text, options...)
	if err != nil {
		return nil
	}
	read := map[string][]Parameter{}
	for _, k := range kernels {
		parameters := make([]Parameter, len(k.Parameters))
		for i, p := range k.Parameters {
			parameters[i] = Parameter{Name: p.Name, Type: p.Type.String(), Space: AddressSpace(p.Space), Const: p.Const}
			if p.Pointer {
				parameters[i].Type += pointer
			}
		}
		read[k.Name] = parameters
	}
	return read
}

// merge gives a kernel's parameters as the driver tells them. What it does not tell, or by a name that the program gave to a
// type, is as it was read from the source. What neither tells stays unknown.
func merge(info driver.KernelInfo, read []Parameter) []Parameter {
	parameters := make([]Parameter, info.Arguments)
	for i := range parameters {
		told := i < len(info.Parameters)
		if told {
			p := info.Parameters[i]
			parameters[i] = Parameter{Name: p.Name, Type: p.Type, Space: AddressSpace(p.Space), Const: p.Const}
		}
		_, known := parameters[i].element()
		switch {
		case known:
		case len(read) == info.Arguments:
			parameters[i] = read[i]
		case !told:
			parameters[i].Space = unknownSpace
		}
	}
	return parameters
}
