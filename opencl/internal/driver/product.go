package driver

import "errors"

var errNoCLBlast = errors.New("CLBlast is not installed (on Debian or Ubuntu: apt install libclblast1); Blocked does without it")

// Product is a product of matrices that lie row by row without gaps: c = a·b, with c of m×n and a of m×k. A factor that is
// transposed lies in memory as its transpose.
type Product struct {
	Double                   bool // float64 instead of float32
	M, N, K                  int
	A, B, C                  Memory
	TransposedA, TransposedB bool
}

// lines are how many numbers the rows of a, b and c have in memory.
func (p Product) lines() (a, b, c int) {
	a, b = p.K, p.N
	if p.TransposedA {
		a = p.M
	}
	if p.TransposedB {
		b = p.K
	}
	return a, b, p.N
}
