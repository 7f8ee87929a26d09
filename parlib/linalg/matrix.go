package linalg

import (
	"errors"
	"fmt"
	"reflect"
	"unsafe"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/mat"
)

// operand is a matrix as the routines take it: stored row by row, perhaps to be read transposed.
type operand struct {
	rows, cols int // of the matrix meant, after transposing
	op         blas.Transpose
	stored     blas64.General
}

// operandOf finds how m is stored. A matrix that is not stored row by row, as a triangular or a banded one, is copied.
func operandOf(m mat.Matrix) operand {
	rows, cols := m.Dims()
	switch x := m.(type) {
	case mat.RawMatrixer:
		return operand{rows, cols, blas.NoTrans, x.RawMatrix()}
	case mat.Transpose:
		if under, ok := x.Matrix.(mat.RawMatrixer); ok {
			return operand{rows, cols, blas.Trans, under.RawMatrix()}
		}
	}
	return operand{rows, cols, blas.NoTrans, mat.DenseCopyOf(m).RawMatrix()}
}

// check says what is wrong with a matrix or vector for a product.
func check(name string, m mat.Matrix) error {
	if v := reflect.ValueOf(m); !v.IsValid() || v.Kind() == reflect.Pointer && v.IsNil() {
		return fmt.Errorf("%s is nil", name)
	}
	if rows, cols := m.Dims(); rows == 0 || cols == 0 {
		return fmt.Errorf("%s has no elements", name)
	}
	return nil
}

// checkProduct says what is wrong with the operands of a·b.
func checkProduct(a, b mat.Matrix) error {
	if err := errors.Join(check("a", a), check("b", b)); err != nil {
		return err
	}
	m, k := a.Dims()
	if l, n := b.Dims(); k != l {
		return fmt.Errorf("a is %d×%d and b is %d×%d: a must have as many columns as b has rows", m, k, l, n)
	}
	return nil
}

// overlap says whether two slices share memory.
func overlap(x, y []float64) bool {
	if len(x) == 0 || len(y) == 0 {
		return false
	}
	x0, y0 := uintptr(unsafe.Pointer(&x[0])), uintptr(unsafe.Pointer(&y[0]))
	const size = unsafe.Sizeof(x[0])
	return x0 < y0+uintptr(len(y))*size && y0 < x0+uintptr(len(x))*size
}
