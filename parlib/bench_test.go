package parlib

import (
	"fmt"
	"testing"
)

// BenchmarkDispatch is the price of a call that does nothing: what an item must outweigh.
func BenchmarkDispatch(b *testing.B) {
	for _, workers := range []int{1, 2, 4} {
		b.Run(fmt.Sprintf("workers=%d", workers), func(b *testing.B) {
			nothing := func(int) {}
			b.ReportAllocs()
			for b.Loop() {
				if err := For(workers, nothing, Workers(workers)); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkDot compares a dot product of a million elements with the loop that students write.
func BenchmarkDot(b *testing.B) {
	x := make([]float64, 1_000_000)
	for i := range x {
		x[i] = float64(i)
	}
	b.Run("loop", func(b *testing.B) {
		for b.Loop() {
			s := 0.0
			for i := range x {
				s += x[i] * x[i]
			}
			if s == 0 {
				b.Fatal("no sum")
			}
		}
	})
	for _, workers := range []int{1, 2, 4} {
		b.Run(fmt.Sprintf("workers=%d", workers), func(b *testing.B) {
			for b.Loop() {
				if _, err := Dot(x, x, Workers(workers)); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkChunk shows what granularity costs: the same items, one a chunk and automatic.
func BenchmarkChunk(b *testing.B) {
	for name, options := range map[string][]PoolOption{"one": {Chunk(1)}, "automatic": nil} {
		b.Run(name, func(b *testing.B) {
			p := newPool(b, 2, options...)
			items := count(100_000)
			for b.Loop() {
				if _, err := Map(p, items, square); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
