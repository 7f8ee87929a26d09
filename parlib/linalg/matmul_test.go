package linalg

import (
	"context"
	"errors"
	"math"
	"strings"
	"sync"
	"testing"

	"gonum.org/v1/gonum/mat"

	"github.com/warren-go/warren/parlib"
)

type way struct {
	name string
	mul  func(a, b mat.Matrix) (*mat.Dense, error)
}

// products are all the ways to multiply here.
var products = []way{
	{"MatMul", func(a, b mat.Matrix) (*mat.Dense, error) { return MatMul(a, b) }},
	{"MatMul on 1", func(a, b mat.Matrix) (*mat.Dense, error) { return MatMul(a, b, parlib.Workers(1)) }},
	{"MatMul on 7", func(a, b mat.Matrix) (*mat.Dense, error) { return MatMul(a, b, parlib.Workers(7)) }},
	{"MatMul with a context", func(a, b mat.Matrix) (*mat.Dense, error) { return MatMul(a, b, parlib.Context(context.Background())) }},
	{"MatMulTo", func(a, b mat.Matrix) (*mat.Dense, error) {
		var c mat.Dense
		return &c, MatMulTo(&c, a, b)
	}},
	{"Gemm", func(a, b mat.Matrix) (*mat.Dense, error) {
		rows, _ := a.Dims()
		_, cols := b.Dims()
		c := mat.NewDense(max(1, rows), max(1, cols), nil)
		return c, Gemm(1, a, b, 1, c)
	}},
	{"MatMulNaive", MatMulNaive},
	{"MatMulTransposed", MatMulTransposed},
	{"MatMulBlocked", func(a, b mat.Matrix) (*mat.Dense, error) { return MatMulBlocked(a, b, 0) }},
	{"MatMulBlocked by 5", func(a, b mat.Matrix) (*mat.Dense, error) { return MatMulBlocked(a, b, 5) }},
	{"MatMulParallel", func(a, b mat.Matrix) (*mat.Dense, error) { return MatMulParallel(a, b) }},
	{"MatMulParallel on 9", func(a, b mat.Matrix) (*mat.Dense, error) { return MatMulParallel(a, b, parlib.Workers(9)) }},
}

func dense(m, n int) *mat.Dense { return mat.NewDense(m, n, values[float64](m*n)) }

func symmetric(n int) mat.Matrix { return mat.NewSymDense(n, values[float64](n*n)) }

func upper(n int) mat.Matrix { return mat.NewTriDense(n, mat.Upper, values[float64](n*n)) }

// TestProductsAgree compares with the formula, on each kind of matrix that gonum has.
func TestProductsAgree(t *testing.T) {
	operands := []struct {
		name string
		a, b mat.Matrix
	}{
		{"dense", dense(70, 33), dense(33, 50)},
		{"one element", dense(1, 1), dense(1, 1)},
		{"row by column", dense(1, 90), dense(90, 1)},
		{"column by row", dense(90, 1), dense(1, 90)},
		{"transposed", dense(33, 70).T(), dense(50, 33).T()},
		{"twice transposed", dense(70, 33).T().T(), dense(33, 50)},
		{"part of a matrix", dense(90, 60).Slice(10, 80, 5, 38), dense(60, 60).Slice(0, 33, 7, 57)},
		{"part, transposed", dense(60, 90).Slice(5, 38, 10, 80).T(), dense(33, 50)},
		{"symmetric", symmetric(40), symmetric(40)},
		{"triangular", upper(40), upper(40).T()},
		{"vectors", dense(20, 30), mat.NewVecDense(30, values[float64](30))},
		{"shared by workers", dense(100, 90), dense(90, 110)},
	}
	eachBackend(t, func(t *testing.T) {
		for _, o := range operands {
			want := byFormula(o.a, o.b)
			for _, p := range products {
				got, err := p.mul(o.a, o.b)
				if err != nil {
					t.Errorf("%s, %s: %v", p.name, o.name, err)
				} else if !mat.EqualApprox(got, want, 1e-11) {
					t.Errorf("%s, %s: result differs from the formula", p.name, o.name)
				}
			}
		}
	})
}

func byFormula(a, b mat.Matrix) *mat.Dense {
	m, k := a.Dims()
	_, n := b.Dims()
	c := mat.NewDense(m, n, nil)
	for i := range m {
		for j := range n {
			var sum float64
			for p := range k {
				sum += a.At(i, p) * b.At(p, j)
			}
			c.Set(i, j, sum)
		}
	}
	return c
}

func TestProductsRefuse(t *testing.T) {
	var none *mat.Dense
	cases := []struct {
		name string
		a, b mat.Matrix
		want []string
	}{
		{"shapes", dense(2, 3), dense(4, 5), []string{"2×3", "4×5"}},
		{"nil", nil, dense(4, 5), []string{"a is nil"}},
		{"nil pointer", dense(2, 3), none, []string{"b is nil"}},
		{"empty", &mat.Dense{}, dense(4, 5), []string{"a has no elements"}},
	}
	for _, c := range cases {
		for _, p := range products {
			if p.name == "Gemm" && c.name != "shapes" {
				continue // it asks for the sizes itself
			}
			_, err := p.mul(c.a, c.b)
			refuses(t, p.name+", "+c.name, err, c.want...)
		}
	}
}

func refuses(t *testing.T, name string, err error, words ...string) {
	t.Helper()
	if err == nil {
		t.Errorf("%s: no error", name)
		return
	}
	for _, w := range append(words, "linalg: ") {
		if !strings.Contains(err.Error(), w) {
			t.Errorf("%s: %q does not say %q", name, err, w)
		}
	}
}

func TestBadArguments(t *testing.T) {
	a, x := dense(3, 3), mat.NewVecDense(3, nil)
	_, blocked := MatMulBlocked(a, a, -1)
	_, workers := MatMul(a, a, parlib.Workers(0))
	_, parallel := MatMulParallel(a, a, parlib.Workers(-2))
	_, noTeam := MatMul(a, a, parlib.On(nil))
	_, noContext := MatMul(a, a, parlib.Context(nil)) //nolint:staticcheck
	_, vector := MatVec(a, mat.NewVecDense(2, nil))
	var none *mat.VecDense
	_, nilVector := MatVec(a, none)
	for _, c := range []struct {
		name string
		err  error
		want string
	}{
		{"negative block", blocked, "-1"},
		{"no workers", workers, "number of workers is 0"},
		{"negative workers", parallel, "-2"},
		{"nil team", noTeam, "team is nil"},
		{"nil context", noContext, "context is nil"},
		{"nil dst", MatMulTo(nil, a, a), "dst is nil"},
		{"wrong dst", MatMulTo(dense(3, 4), a, a), "3×4"},
		{"nil c", Gemm(1, a, a, 0, nil), "result is nil"},
		{"vector too short", vector, "2×1"},
		{"nil vector", nilVector, "b is nil"},
		{"nil y", Gemv(1, a, x, 0, nil), "result is nil"},
		{"wrong y", Gemv(1, a, x, 0, mat.NewVecDense(4, nil)), "4 elements"},
	} {
		refuses(t, c.name, c.err, c.want)
	}
}

// A destination may share memory with the operands, wholly or in part.
func TestDestinationMayOverlap(t *testing.T) {
	eachBackend(t, func(t *testing.T) {
		a, b := dense(60, 60), dense(60, 60)
		want := byFormula(a, b)
		big := dense(61, 60)
		part := big.Slice(0, 60, 0, 60).(*mat.Dense)
		part.Copy(a)
		shifted := big.Slice(1, 61, 0, 60).(*mat.Dense)
		for _, c := range []struct {
			name      string
			dst, a, b *mat.Dense
		}{
			{"a itself", mat.DenseCopyOf(a), nil, b}, {"b itself", mat.DenseCopyOf(b), a, nil}, {"a row further", shifted, part, b},
		} {
			if c.a == nil {
				c.a = c.dst
			}
			if c.b == nil {
				c.b = c.dst
			}
			if err := MatMulTo(c.dst, c.a, c.b); err != nil || !mat.EqualApprox(c.dst, want, 1e-11) {
				t.Errorf("%s: wrong product, error %v", c.name, err)
			}
		}
		x := mat.NewVecDense(60, values[float64](60))
		var y mat.VecDense
		y.MulVec(a, x)
		if err := Gemv(1, a, x, 0, x); err != nil || !mat.EqualApprox(x, &y, 1e-11) {
			t.Errorf("vector itself: wrong product, error %v", err)
		}
	})
}

func TestGemvAgrees(t *testing.T) {
	eachBackend(t, func(t *testing.T) {
		for _, a := range []mat.Matrix{dense(30, 40), dense(40, 30).T(), dense(700, 600), dense(600, 700).T(), symmetric(50)} {
			rows, cols := a.Dims()
			x := dense(cols, 3).ColView(1) // not contiguous
			y := mat.NewVecDense(rows, values[float64](rows))
			want := byFormula(a, x)
			want.Scale(2, want)
			for i := range rows {
				want.Set(i, 0, want.At(i, 0)-y.AtVec(i))
			}
			if err := Gemv(2, a, x, -1, y); err != nil || !mat.EqualApprox(y, want, 1e-11) {
				t.Errorf("%d×%d: wrong product, error %v", rows, cols, err)
			}
		}
	})
}

func TestNotANumberComesThrough(t *testing.T) {
	eachBackend(t, func(t *testing.T) {
		a, b := mat.NewDense(40, 40, nil), dense(40, 40)
		b.Set(3, 5, math.NaN())
		c, err := MatMul(a, b)
		if err != nil || !math.IsNaN(c.At(0, 5)) || c.At(0, 4) != 0 {
			t.Errorf("zero times NaN is %v, zero times a number %v, error %v", c.At(0, 5), c.At(0, 4), err)
		}
		nan := mat.NewDense(40, 40, nil)
		nan.Set(0, 0, math.NaN())
		if err := Gemm(1, a, a, 0, nan); err != nil || nan.At(0, 0) != 0 {
			t.Errorf("with a beta of 0, NaN in the result became %v, error %v", nan.At(0, 0), err)
		}
	})
}

func TestResultDoesNotDependOnWorkers(t *testing.T) {
	eachBackend(t, func(t *testing.T) {
		if Using().Name != "Go" {
			t.Skip("not said of OpenBLAS")
		}
		a, b := dense(301, 500), dense(500, 203)
		want, err := MatMul(a, b, parlib.Workers(1))
		if err != nil {
			t.Fatal(err)
		}
		for _, workers := range []int{2, 3, 8} {
			got, err := MatMul(a, b, parlib.Workers(workers))
			if err != nil || !mat.Equal(got, want) {
				t.Errorf("%d workers compute something else than one; error %v", workers, err)
			}
		}
	})
}

func TestContextEndsProduct(t *testing.T) {
	why := errors.New("time for dinner")
	ctx, cancel := context.WithCancelCause(context.Background())
	cancel(why)
	a := dense(50, 50)
	for name, call := range map[string]func() error{
		"MatMul":         func() error { _, err := MatMul(a, a, parlib.Context(ctx)); return err },
		"MatMulTo":       func() error { return MatMulTo(dense(50, 50), a, a, parlib.Context(ctx)) },
		"MatVec":         func() error { _, err := MatVec(a, a.ColView(0), parlib.Context(ctx)); return err },
		"MatMulParallel": func() error { _, err := MatMulParallel(a, a, parlib.Context(ctx)); return err },
	} {
		if err := call(); !errors.Is(err, why) {
			t.Errorf("%s: %v", name, err)
		}
	}
	// One that ends on the way: the second part is never begun.
	ctx, cancel = context.WithCancelCause(context.Background())
	begun := 0
	err := crew{1, []parlib.Option{parlib.Workers(1), parlib.Context(ctx)}}.share(5, func(int) {
		begun++
		cancel(why)
	})
	if begun != 1 || !errors.Is(err, why) {
		t.Errorf("%d parts were begun after the context ended, error %v", begun, err)
	}
}

// TestManyMultiplyAtOnce is for the race detector: products share the packed blocks that are kept, and the workers.
func TestManyMultiplyAtOnce(t *testing.T) {
	eachBackend(t, func(t *testing.T) {
		a, b := dense(90, 100), dense(100, 95)
		want := byFormula(a, b)
		var all sync.WaitGroup
		for range 8 {
			all.Go(func() {
				for range 5 {
					if got, err := MatMul(a, b); err != nil || !mat.EqualApprox(got, want, 1e-11) {
						t.Errorf("wrong product, error %v", err)
					}
				}
			})
		}
		all.Wait()
	})
}

// TestGonumUsesBackend looks at what gonum's own operations come to: right results, through the routines here.
func TestGonumUsesBackend(t *testing.T) {
	eachBackend(t, func(t *testing.T) {
		const n = 120
		a := dense(n, n)
		var product mat.Dense
		product.Mul(a, a)
		if !mat.EqualApprox(&product, byFormula(a, a), 1e-11) {
			t.Error("Mul: wrong product")
		}
		var inverse, identity mat.Dense
		if err := inverse.Inverse(a); err != nil {
			t.Fatal(err)
		}
		identity.Mul(a, &inverse)
		ones := mat.NewDiagDense(n, nil)
		for i := range n {
			ones.SetDiag(i, 1)
		}
		if !mat.EqualApprox(&identity, ones, 1e-8) {
			t.Error("Inverse: a times its inverse is not the identity")
		}
		var svd mat.SVD
		if !svd.Factorize(a, mat.SVDThin) {
			t.Fatal("SVD does not converge")
		}
		var u, v, back mat.Dense
		svd.UTo(&u)
		svd.VTo(&v)
		back.Product(&u, mat.NewDiagDense(n, svd.Values(nil)), v.T())
		if !mat.EqualApprox(&back, a, 1e-10) {
			t.Error("SVD: the factors' product is not the matrix")
		}
		gram := mat.NewSymDense(n, nil)
		gram.SymOuterK(1, a)
		var cholesky mat.Cholesky
		if !cholesky.Factorize(gram) {
			t.Fatal("Cholesky: not positive definite")
		}
		var lower mat.TriDense
		cholesky.LTo(&lower)
		if !mat.EqualApprox(byFormula(&lower, lower.T()), gram, 1e-10) {
			t.Error("Cholesky: the factors' product is not the matrix")
		}
	})
}

// Asking for the memory would end the process.
func TestProductsBeyondMemoryAreErrors(t *testing.T) {
	const n = 1 << 22 // the product is 128 TiB
	column, row := mat.NewDense(n, 1, nil), mat.NewDense(1, n, nil)
	for name, call := range map[string]func() error{
		"MatMul":           func() error { _, err := MatMul(column, row); return err },
		"MatMulTo":         func() error { return MatMulTo(new(mat.Dense), column, row) },
		"MatMulNaive":      func() error { _, err := MatMulNaive(column, row); return err },
		"MatMulTransposed": func() error { _, err := MatMulTransposed(column, row); return err },
		"MatMulBlocked":    func() error { _, err := MatMulBlocked(column, row, 0); return err },
		"MatMulParallel":   func() error { _, err := MatMulParallel(column, row); return err },
	} {
		err := call()
		if err == nil || !strings.Contains(err.Error(), "linalg: "+name+": a is 4194304×1 and b is 1×4194304") || !strings.Contains(err.Error(), "of memory are needed") {
			t.Errorf("%s: error is %v", name, err)
		}
	}
}
