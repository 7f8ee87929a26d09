package linalg

import (
	"errors"
	"fmt"

	"gonum.org/v1/gonum/mat"

	"github.com/warren-go/warren/parlib"
	"github.com/warren-go/warren/parlib/internal/memory"
)

// MatMul returns the product a·b in a new matrix. It takes any matrices of gonum: transposed views (a.T()) are read in
// place, and symmetric, triangular and banded ones as full ones. A product for which there is no memory is an error.
func MatMul(a, b mat.Matrix, options ...parlib.Option) (*mat.Dense, error) {
	c, err := newProduct(a, b)
	if err != nil {
		return nil, fmt.Errorf("linalg: MatMul: %w", err)
	}
	if err := product(1, a, b, 0, c, options); err != nil {
		return nil, fmt.Errorf("linalg: MatMul: %w", err)
	}
	return c, nil
}

// MatMulTo computes dst = a·b in the memory that dst has, which saves making a matrix in each round of a loop. An empty dst
// (a zero mat.Dense) gets the size it needs. A dst that shares memory with a or b is right, too; the product is then computed elsewhere
// and copied.
func MatMulTo(dst *mat.Dense, a, b mat.Matrix, options ...parlib.Option) error {
	if err := matMulTo(dst, a, b, options); err != nil {
		return fmt.Errorf("linalg: MatMulTo: %w", err)
	}
	return nil
}

func matMulTo(dst *mat.Dense, a, b mat.Matrix, options []parlib.Option) error {
	if err := checkProduct(a, b); err != nil {
		return err
	}
	if dst == nil {
		return errors.New("dst is nil; MatMul makes a new matrix")
	}
	if dst.IsEmpty() {
		rows, cols, err := productDims(a, b)
		if err != nil {
			return err
		}
		dst.ReuseAs(rows, cols)
	}
	return product(1, a, b, 0, dst, options)
}

// Gemm computes c = alpha·a·b + beta·c, the product of BLAS by that name. With a beta of 0, what c holds is not read: not even
// NaN stays.
func Gemm(alpha float64, a, b mat.Matrix, beta float64, c *mat.Dense, options ...parlib.Option) error {
	err := checkProduct(a, b)
	if err == nil {
		err = product(alpha, a, b, beta, c, options)
	}
	if err != nil {
		return fmt.Errorf("linalg: Gemm: %w", err)
	}
	return nil
}

// product is Gemm for operands that fit each other.
func product(alpha float64, a, b mat.Matrix, beta float64, c *mat.Dense, options []parlib.Option) error {
	w, err := crewFor(options)
	if err != nil {
		return err
	}
	if err := check("the result", c); err != nil {
		return err
	}
	x, y := operandOf(a), operandOf(b)
	if rows, cols := c.Dims(); rows != x.rows || cols != y.cols {
		return fmt.Errorf("the result is %d×%d, but a·b is %d×%d (a is %d×%d, b is %d×%d)",
			rows, cols, x.rows, y.cols, x.rows, x.cols, y.rows, y.cols)
	}
	z := c.RawMatrix()
	if !overlap(z.Data, x.stored.Data) && !overlap(z.Data, y.stored.Data) {
		return multiply(w, chosen.current().double, x.op, y.op, x.rows, y.cols, x.cols,
			alpha, x.stored.Data, x.stored.Stride, y.stored.Data, y.stored.Stride, beta, z.Data, z.Stride)
	}
	apart := mat.DenseCopyOf(c)
	if err := product(alpha, a, b, beta, apart, options); err != nil {
		return err
	}
	c.Copy(apart)
	return nil
}

// MatVec returns the product a·x in a new vector.
func MatVec(a mat.Matrix, x mat.Vector, options ...parlib.Option) (*mat.VecDense, error) {
	if err := checkProduct(a, x); err != nil {
		return nil, fmt.Errorf("linalg: MatVec: %w", err)
	}
	rows, _ := a.Dims()
	y := mat.NewVecDense(rows, nil)
	if err := productVector(1, a, x, 0, y, options); err != nil {
		return nil, fmt.Errorf("linalg: MatVec: %w", err)
	}
	return y, nil
}

// Gemv computes y = alpha·a·x + beta·y, the product of BLAS by that name. With a beta of 0, what y holds is not read. Such a product
// reads every element of a once: it is as fast as memory, not as the processor.
func Gemv(alpha float64, a mat.Matrix, x mat.Vector, beta float64, y *mat.VecDense, options ...parlib.Option) error {
	err := checkProduct(a, x)
	if err == nil {
		err = productVector(alpha, a, x, beta, y, options)
	}
	if err != nil {
		return fmt.Errorf("linalg: Gemv: %w", err)
	}
	return nil
}

// productVector is Gemv for operands that fit each other.
func productVector(alpha float64, a mat.Matrix, x mat.Vector, beta float64, y *mat.VecDense, options []parlib.Option) error {
	w, err := crewFor(options)
	if err != nil {
		return err
	}
	if err := check("the result", y); err != nil {
		return err
	}
	m := operandOf(a)
	if y.Len() != m.rows {
		return fmt.Errorf("the result has %d elements, but a·x has %d (a is %d×%d)", y.Len(), m.rows, m.rows, m.cols)
	}
	v, ok := x.(*mat.VecDense)
	if !ok {
		v = mat.VecDenseCopyOf(x)
	}
	in, out := v.RawVector(), y.RawVector()
	if overlap(in.Data, out.Data) || overlap(m.stored.Data, out.Data) {
		apart := mat.VecDenseCopyOf(y)
		if err := productVector(alpha, a, x, beta, apart, options); err != nil {
			return err
		}
		y.CopyVec(apart)
		return nil
	}
	rows, cols := shape(m.op, m.rows, m.cols)
	return multiplyVector(w, chosen.current().double, m.op, rows, cols,
		alpha, m.stored.Data, m.stored.Stride, in.Data, in.Inc, beta, out.Data, out.Inc)
}

// newProduct makes the matrix for a·b.
func newProduct(a, b mat.Matrix) (*mat.Dense, error) {
	if err := checkProduct(a, b); err != nil {
		return nil, err
	}
	rows, cols, err := productDims(a, b)
	if err != nil {
		return nil, err
	}
	return mat.NewDense(rows, cols, nil), nil
}

// productDims is the shape of a·b, or why there is no room for it: a column times a row of a million numbers each is 8 TB.
func productDims(a, b mat.Matrix) (rows, cols int, err error) {
	rows, k := a.Dims()
	_, cols = b.Dims()
	const size = 8 // of a float64
	if err := memory.Check(rows, cols, size); err != nil {
		return 0, 0, fmt.Errorf("a is %d×%d and b is %d×%d, so that the product is %d×%d: %w", rows, k, k, cols, rows, cols, err)
	}
	return rows, cols, nil
}
