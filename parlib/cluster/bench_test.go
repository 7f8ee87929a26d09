package cluster

import (
	"context"
	"testing"
)

// startBench starts a cluster that is closed with the benchmark.
func startBench(b *testing.B, n int) *Cluster {
	b.Helper()
	c, err := Start(n, DropOutput())
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { c.Close() })
	return c
}

func BenchmarkStartOfTwoEngines(b *testing.B) {
	for b.Loop() {
		c, err := Start(2, DropOutput())
		if err != nil {
			b.Fatal(err)
		}
		c.Close()
	}
}

// BenchmarkCall is the round trip of one call.
func BenchmarkCall(b *testing.B) {
	v := startBench(b, 1).Direct()
	for b.Loop() {
		if _, err := Call[int](context.Background(), v, add, 1, 2); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkCallsAtOnce has all calls under way at the same time.
func BenchmarkCallsAtOnce(b *testing.B) {
	v := startBench(b, 2).Balanced()
	b.ResetTimer()
	results := make([]*AsyncResult[int], b.N)
	for i := range results {
		results[i] = CallAsync[int](context.Background(), v, add, i, 1)
	}
	for _, r := range results {
		if _, err := r.Get(); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkMapOf100000(b *testing.B) {
	v, items := startBench(b, 2).Balanced(), numbers(100_000)
	for b.Loop() {
		if _, err := Map(v, items, square); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkPush gives each of four engines 100 MB.
func BenchmarkPush(b *testing.B) {
	v, x := startBench(b, 4).Direct(), make([]float64, 12_500_000)
	b.SetBytes(4 * 8 * int64(len(x)))
	for b.Loop() {
		if err := Push(context.Background(), v, "x", x); err != nil {
			b.Fatal(err)
		}
	}
}
