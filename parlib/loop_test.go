package parlib

import (
	"math"
	"strings"
	"sync/atomic"
	"testing"
)

func TestRangePanicNamesTheRange(t *testing.T) {
	p := newPool(t, 2, Chunk(10))
	err := ForRange(p, 25, func(lo, hi int) {
		if hi == 25 {
			panic("last chunk")
		}
	})
	if err == nil || !strings.Contains(err.Error(), "ForRange: indices 20 to 24: panic at ") {
		t.Errorf("error is %v", err)
	}
}

func TestHugeLoopDoesNotOverflow(t *testing.T) {
	for _, workers := range []int{1, 2} {
		p := newPool(t, workers)
		var total atomic.Int64
		if err := ForRange(p, math.MaxInt, func(lo, hi int) { total.Add(int64(hi - lo)) }); err != nil {
			t.Fatal(err)
		}
		if total.Load() != math.MaxInt {
			t.Errorf("%d indices done, want all", total.Load())
		}
	}
}

func TestBadLoopsAreErrorsThatNameTheValues(t *testing.T) {
	p := newPool(t, 2)
	for _, c := range []struct {
		name string
		call func() error
		want string
	}{
		{"For nil body", func() error { return For(p, 5, nil) }, "For on 5 items: the body is nil"},
		{"ForRange nil body", func() error { return ForRange(p, 5, nil) }, "ForRange on 5 items: the body is nil"},
		{"For negative", func() error { return For(p, -1, func(int) {}) }, "number of indices is -1"},
		{"unequal vectors", func() error { _, err := Dot(p, make([]float64, 3), make([]float64, 4)); return err }, "3 and 4 elements"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if err := c.call(); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error is %v, want one with %q", err, c.want)
			}
		})
	}
}
