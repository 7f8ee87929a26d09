package team_test

import (
	"testing"
	"time"

	"github.com/warren-go/warren/parlib/team"
)

// BenchmarkForkJoin is the price of a call that does nothing. On a machine with other work the best of many batches says
// what the program costs, where the mean says how busy the machine is.
func BenchmarkForkJoin(b *testing.B) {
	nothing := team.Func(func(int) {})
	for _, c := range []struct {
		name  string
		call  func(*team.Team, int, team.Task) error
		batch int
		rest  time.Duration // before a batch: the workers go to sleep
	}{
		{"run", (*team.Team).Run, 20, 0},
		{"together", (*team.Team).Together, 20, 0},
		{"run-asleep", (*team.Team).Run, 1, 2 * time.Millisecond},
		{"together-asleep", (*team.Team).Together, 1, 2 * time.Millisecond},
	} {
		b.Run(c.name, func(b *testing.B) {
			t, err := team.New(2)
			if err != nil {
				b.Fatal(err)
			}
			defer t.Close()
			b.ReportAllocs()
			best := time.Hour
			for b.Loop() {
				time.Sleep(c.rest)
				start := time.Now()
				for range c.batch {
					if err := c.call(t, 2, nothing); err != nil {
						b.Fatal(err)
					}
				}
				best = min(best, time.Since(start)/time.Duration(c.batch))
			}
			b.ReportMetric(float64(best.Nanoseconds()), "best-ns/call")
		})
	}
}
