package generate

// Elementwise is a kernel that does one statement for each index.
type Elementwise struct {
	Kernel
	Operation string // a statement, or several, that use i
	Stepped   bool   // i goes from start__ in steps of step__; else from 0 in steps of 1
}

// Source writes the kernel. Behind those of its arguments it has the parameters n, the number of elements, start__, step__ and
// count__, the number of indices, all long.
func (e Elementwise) Source() (string, error) {
	if err := e.texts(&e.Operation); err != nil {
		return "", err
	}
	return write("elementwise.cl", e)
}
