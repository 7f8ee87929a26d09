package parlib

import (
	"errors"
	"slices"
	"sync/atomic"
	"testing"

	"github.com/warren-go/warren/parlib/team"
)

// A program's check ends calls whose functions have none of their own, also those that are to finish all.
func TestFailingCheckEndsCallsOnAPool(t *testing.T) {
	stop := errors.New("the program wants an end")
	for name, call := range map[string]func(p *Pool, f func(int) int) error{
		"Map":            func(p *Pool, f func(int) int) error { _, err := Map(p, count(1_000_000), f); return err },
		"Map, FinishAll": func(p *Pool, f func(int) int) error { _, err := Map(p, count(1_000_000), f, FinishAll()); return err },
		"Imap":           func(p *Pool, f func(int) int) error { return last(Imap(p, slices.Values(count(1_000_000)), f)) },
		"Imap, FinishAll": func(p *Pool, f func(int) int) error {
			return last(Imap(p, slices.Values(count(1_000_000)), f, FinishAll(), Chunk(1000)))
		},
	} {
		t.Run(name, func(t *testing.T) {
			p := newPool(t, 3)
			var began atomic.Int64
			var stopped atomic.Bool
			team.SetCheck(func() {
				if stopped.Load() {
					panic(stop)
				}
			})
			defer team.SetCheck(nil)
			within(t, name, func() {
				err := call(p, func(x int) int {
					if began.Add(1) == 100 {
						stopped.Store(true)
					}
					return x
				})
				if !errors.Is(err, stop) {
					t.Errorf("error is %v", err)
				}
			})
			if n := began.Load(); n > 1000 {
				t.Errorf("%d items began", n)
			}
		})
	}
}

func last(results func(func(int, error) bool)) (err error) {
	for _, err = range results {
	}
	return err
}
