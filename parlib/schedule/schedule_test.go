package schedule_test

import (
	"fmt"
	"math"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/warren-go/warren/parlib/schedule"
)

func all(chunk int) []schedule.Schedule {
	return []schedule.Schedule{
		schedule.Static(), schedule.StaticChunk(chunk), schedule.Dynamic(chunk), schedule.Guided(chunk), schedule.Stealing(chunk),
	}
}

type interval struct{ lo, hi int }

// handOut lets one worker after another ask, in an order that turns with the seed.
func handOut(r schedule.Ranges, workers, seed, most int) (got []interval) {
	over := make([]bool, workers)
	for left, w := workers, seed; left > 0 && len(got) <= most; w += 1 + seed%3 {
		i := w % workers
		if over[i] {
			w -= seed % 3 // so that everyone's turn comes
			continue
		}
		lo, hi, ok := r.Next(i)
		if !ok {
			over[i] = true
			left--
			continue
		}
		got = append(got, interval{lo, hi})
	}
	return got
}

func checkPartition(t *testing.T, n int, got []interval) {
	t.Helper()
	seen := make([]bool, n)
	for _, g := range got {
		if g.lo < 0 || g.lo >= g.hi || g.hi > n {
			t.Fatalf("range %d to %d of %d", g.lo, g.hi, n)
		}
		for i := g.lo; i < g.hi; i++ {
			if seen[i] {
				t.Fatalf("index %d was handed out twice", i)
			}
			seen[i] = true
		}
	}
	for i, s := range seen {
		if !s {
			t.Fatalf("index %d was not handed out", i)
		}
	}
}

func FuzzEachIndexIsHandedOutOnce(f *testing.F) {
	f.Add(1, 1, 1, 0)
	f.Add(100, 3, 7, 1)
	f.Add(1000, 8, 0, 2)
	f.Add(5, 8, 100, 3)
	f.Add(4097, 2, -4, 4)
	f.Fuzz(func(t *testing.T, n, workers, chunk, seed int) {
		n, workers, seed = 1+abs(n)%5000, 1+abs(workers)%40, abs(seed)%1000
		for _, s := range all(chunk) {
			var r schedule.Ranges
			for range 2 { // the second time, with what the first left behind
				r = s.Split(n, workers, r)
				checkPartition(t, n, handOut(r, workers, seed, n))
			}
		}
	})
}

func abs(x int) int {
	if x < 0 {
		return -(x + 1)
	}
	return x
}

func TestEachIndexIsHandedOutOnceToWorkersAtOnce(t *testing.T) {
	const n, workers = 20_000, 4
	for _, s := range all(3) {
		t.Run(fmt.Sprint(s), func(t *testing.T) {
			counts := make([]atomic.Int32, n)
			r := s.Split(n, workers, nil)
			var wait sync.WaitGroup
			for w := range workers {
				wait.Go(func() {
					for lo, hi, ok := r.Next(w); ok; lo, hi, ok = r.Next(w) {
						for i := lo; i < hi; i++ {
							counts[i].Add(1)
						}
					}
				})
			}
			wait.Wait()
			for i := range counts {
				if c := counts[i].Load(); c != 1 {
					t.Fatalf("index %d was handed out %d times", i, c)
				}
			}
		})
	}
}

func TestSizes(t *testing.T) {
	for _, c := range []struct {
		schedule   schedule.Schedule
		n, workers int
		asks       []int // workers, in this order
		want       []interval
	}{
		{schedule.Static(), 10, 3, []int{2, 0, 1}, []interval{{7, 10}, {0, 4}, {4, 7}}},
		{schedule.StaticChunk(2), 7, 2, []int{0, 0, 1, 1}, []interval{{0, 2}, {4, 6}, {2, 4}, {6, 7}}},
		{schedule.Dynamic(4), 10, 3, []int{1, 1, 0}, []interval{{0, 4}, {4, 8}, {8, 10}}},
		{schedule.Guided(1), 16, 2, []int{0, 1, 0, 0}, []interval{{0, 4}, {4, 7}, {7, 9}, {9, 10}}},
		{schedule.Stealing(5), 20, 2, []int{0, 0, 0, 0}, []interval{{0, 5}, {5, 10}, {15, 20}, {10, 15}}},
	} {
		t.Run(fmt.Sprint(c.schedule), func(t *testing.T) {
			r := c.schedule.Split(c.n, c.workers, nil)
			for i, w := range c.asks {
				if lo, hi, ok := r.Next(w); !ok || (interval{lo, hi}) != c.want[i] {
					t.Errorf("ask %d got %d to %d, %t; want %v", i, lo, hi, ok, c.want[i])
				}
			}
		})
	}
}

func TestHugeLoopsDoNotOverflow(t *testing.T) {
	const n = math.MaxInt
	for _, s := range all(math.MaxInt / 3) {
		t.Run(fmt.Sprint(s), func(t *testing.T) {
			sum := 0
			for _, g := range handOut(s.Split(n, 3, nil), 3, 1, 1000) {
				if g.lo < 0 || g.hi <= g.lo {
					t.Fatalf("range %d to %d", g.lo, g.hi)
				}
				sum += g.hi - g.lo
			}
			if sum != n {
				t.Errorf("%d of %d indices were handed out", sum, n)
			}
		})
	}
}

func TestSplitReusesWhatIsOld(t *testing.T) {
	for _, s := range all(2) {
		r := s.Split(100, 4, nil)
		if n := testing.AllocsPerRun(100, func() { r = s.Split(90, 4, r) }); n != 0 {
			t.Errorf("%v: Split allocates %v times", s, n)
		}
	}
	var r schedule.Ranges
	for _, s := range all(2) { // of another schedule: not to be reused
		r = s.Split(50, 3, r)
		checkPartition(t, 50, handOut(r, 3, 0, 50))
	}
}

func TestShareOfWhatThereIsNot(t *testing.T) {
	for _, c := range []struct{ n, shares, i, lo, hi int }{
		{10, 0, 0, 0, 10}, {10, -3, 0, 0, 10}, {10, 0, 1, 0, 0}, {10, 3, 3, 0, 0}, {10, 3, -1, 0, 0}, {-10, 3, 1, 0, 0}, {2, 3, 2, 2, 2},
	} {
		if lo, hi := schedule.Share(c.n, c.shares, c.i); lo != c.lo || hi != c.hi {
			t.Errorf("share %d of %d of %d indices: %d to %d, want %d to %d", c.i, c.shares, c.n, lo, hi, c.lo, c.hi)
		}
	}
}
