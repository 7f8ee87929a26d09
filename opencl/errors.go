package opencl

import (
	"errors"
	"fmt"
	"strings"

	"github.com/warren-go/warren/opencl/internal/driver"
)

// Reasons for which functions of this package fail, for errors.Is.
var (
	ErrClosed     = errors.New("is closed")
	ErrNoPlatform = errors.New("there is no OpenCL platform") // none is installed, or the program was built without OpenCL
	ErrNoDevice   = errors.New("there is no such OpenCL device")
)

// Error is a failure that the driver reports.
type Error struct {
	Op   string // what was to be done, such as "Kernel.Launch: add"
	Code int    // OpenCL's
	Name string // of the code, such as "CL_OUT_OF_RESOURCES"
	Hint string // what it mostly means and what to do; may be empty
}

func (e *Error) Error() string {
	text := fmt.Sprintf("opencl: %s: %s (%d)", e.Op, e.Name, e.Code)
	if e.Hint != "" {
		text += ": " + e.Hint
	}
	return text
}

// Is makes ErrNoPlatform and ErrNoDevice of the driver's codes for them.
func (e *Error) Is(target error) bool {
	switch driver.Status(e.Code) {
	case driver.PlatformNotFound:
		return target == ErrNoPlatform
	case driver.DeviceNotFound:
		return target == ErrNoDevice
	}
	return false
}

// failed says what was to be done when err came. It is nil where err is.
func failed(op string, err error) error {
	var status driver.Status
	switch {
	case err == nil:
		return nil
	case errors.As(err, &status):
		return &Error{Op: op, Code: int(status), Name: status.Name(), Hint: status.Hint()}
	case errors.Is(err, driver.ErrAbsent):
		return fmt.Errorf("opencl: %s: %w: %w", op, ErrNoPlatform, err)
	}
	return &operationError{op, err}
}

// operationError says what was to be done when err came, which may say that of a part itself.
type operationError struct {
	op  string
	err error
}

func (e *operationError) Error() string {
	return prefix + e.op + ": " + strings.TrimPrefix(e.err.Error(), prefix)
}

func (e *operationError) Unwrap() error { return e.err }

// prefix begins the errors of this package.
const prefix = "opencl: "

// refused is an error about what the caller gave.
func refused(op, format string, values ...any) error {
	return fmt.Errorf("opencl: "+op+": "+format, values...)
}

// either is x, or nil where there is an error.
func either[T any](x *T, err error) (*T, error) {
	if err != nil {
		return nil, err
	}
	return x, nil
}
