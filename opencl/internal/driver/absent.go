//go:build !opencl

package driver

// Platforms returns ErrAbsent: this program was built without OpenCL.
func Platforms() ([]Platform, error) { return nil, ErrAbsent }

// CLBlast is the library, which is not used without OpenCL.
type CLBlast struct{}

// OpenCLBlast returns ErrAbsent.
func OpenCLBlast(string) (*CLBlast, error) { return nil, ErrAbsent }

// Multiply is never called: there is no CLBlast to call it on.
func (*CLBlast) Multiply(Queue, Product, []Event) (Event, error) { return nil, ErrAbsent }
