package opencl

import (
	"fmt"
	"math"
)

// Float is a type of floating-point numbers. Not every device has float64.
type Float interface{ ~float32 | ~float64 }

// Matrix is a matrix on a device, stored row by row without gaps, or the transpose of one.
type Matrix[T Float] struct {
	rows, cols int
	transposed bool // what is stored is cols×rows
	numbers    *Buffer[T]
}

// NewMatrix makes a matrix of zeros. A number of rows or columns may be 0.
func NewMatrix[T Float](c *Context, rows, cols int) (*Matrix[T], error) {
	m, err := emptyMatrix[T]("NewMatrix", c, rows, cols)
	if err != nil {
		return nil, err
	}
	if err := m.numbers.Fill(0); err != nil {
		m.Close()
		return nil, err
	}
	return m, nil
}

// MatrixOf makes a matrix of values, which are rows·cols numbers, row by row.
func MatrixOf[T Float](c *Context, rows, cols int, values []T) (*Matrix[T], error) {
	const op = "MatrixOf"
	if err := checkShape(op, rows, cols); err != nil {
		return nil, err
	}
	if len(values) != rows*cols {
		return nil, refused(op, "%d values for %d×%d = %d elements", len(values), rows, cols, rows*cols)
	}
	m, err := emptyMatrix[T](op, c, rows, cols)
	if err != nil {
		return nil, err
	}
	if err := m.Set(values); err != nil {
		m.Close()
		return nil, err
	}
	return m, nil
}

// emptyMatrix makes a matrix whose numbers are not defined.
func emptyMatrix[T Float](op string, c *Context, rows, cols int) (*Matrix[T], error) {
	if err := checkShape(op, rows, cols); err != nil {
		return nil, err
	}
	c, err := c.orDefault()
	if err != nil {
		return nil, err
	}
	if is64[T]() && !c.device.HasFloat64() {
		return nil, refused(op, "%s has no float64; use float32", c.device)
	}
	numbers, err := NewBuffer[T](c, rows*cols)
	if err != nil {
		return nil, err
	}
	return &Matrix[T]{rows: rows, cols: cols, numbers: numbers}, nil
}

// checkShape also keeps the number of elements within what kernels count with.
func checkShape(op string, rows, cols int) error {
	if rows < 0 || cols < 0 {
		return refused(op, "a matrix of %d×%d; both must be 0 or more", rows, cols)
	}
	if rows > math.MaxInt32 || cols > math.MaxInt32 {
		return refused(op, "a matrix of %d×%d; kernels count rows and columns up to %d", rows, cols, math.MaxInt32)
	}
	return nil
}

// Dims is the number of rows and of columns.
func (m *Matrix[T]) Dims() (rows, cols int) { return m.rows, m.cols }

// T is the transpose, on the same memory: what is changed in one is changed in the other.
func (m *Matrix[T]) T() *Matrix[T] {
	return &Matrix[T]{rows: m.cols, cols: m.rows, transposed: !m.transposed, numbers: m.numbers}
}

// Get copies the matrix from the device, row by row.
func (m *Matrix[T]) Get() ([]T, error) {
	values := make([]T, m.rows*m.cols)
	if err := m.numbers.Read(values, 0); err != nil {
		return nil, err
	}
	if m.transposed {
		values = transposed(values, m.cols, m.rows)
	}
	return values, nil
}

// Set copies values to the device: rows·cols numbers, row by row.
func (m *Matrix[T]) Set(values []T) error {
	if len(values) != m.rows*m.cols {
		return refused("Matrix.Set", "%d values for %d×%d = %d elements", len(values), m.rows, m.cols, m.rows*m.cols)
	}
	if m.transposed {
		values = transposed(values, m.rows, m.cols)
	}
	return m.numbers.Write(values, 0)
}

// transposed copies a rows×cols matrix into the transpose.
func transposed[T Float](values []T, rows, cols int) []T {
	t := make([]T, len(values))
	for i := range rows {
		for j := range cols {
			t[j*rows+i] = values[i*cols+j]
		}
	}
	return t
}

// Buffer is the memory that the numbers are in, for kernels of one's own. Those of a transpose lie column by column.
func (m *Matrix[T]) Buffer() *Buffer[T] { return m.numbers }

// Close gives up the memory, which is that of the transpose, too. To Close twice does nothing.
func (m *Matrix[T]) Close() error { return m.numbers.Close() }

// String says what the matrix is; it does not read it.
func (m *Matrix[T]) String() string {
	return fmt.Sprintf("opencl.Matrix[%T] of %d×%d", *new(T), m.rows, m.cols)
}
