package coord

import (
	"errors"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
)

func TestBarrierLetsNobodyRunAhead(t *testing.T) {
	const parties, rounds = 5, 500
	var came, acted atomic.Int64
	b := must[*Barrier](t)(NewBarrier(parties, func() {
		if n := came.Load(); n%parties != 0 {
			t.Errorf("the action ran after %d arrivals", n)
		}
		acted.Add(1)
	}))
	var arrivals [parties]atomic.Int64
	var all sync.WaitGroup
	for range parties {
		all.Go(func() {
			for r := range int64(rounds) {
				came.Add(1)
				arrival, err := b.Wait()
				if err != nil {
					t.Error(err)
					return
				}
				arrivals[arrival].Add(1)
				if n := acted.Load(); n < r+1 || n > r+2 {
					t.Errorf("%d rounds were over when round %d was left", n, r)
				}
			}
		})
	}
	within(t, "a barrier", all.Wait)
	for i := range arrivals {
		if n := arrivals[i].Load(); n != rounds {
			t.Errorf("%d times somebody came as number %d, want %d", n, i, rounds)
		}
	}
	if acted.Load() != rounds || b.Waiting() != 0 || b.Parties() != parties {
		t.Errorf("%d actions, %d wait, %d parties", acted.Load(), b.Waiting(), b.Parties())
	}
}

func TestBrokenBarrierHoldsNobody(t *testing.T) {
	for _, c := range []struct {
		name string
		by   func(b *Barrier)
		want error
	}{
		{"a party that gives up", func(b *Barrier) { b.WaitContext(over(t)) }, errCause},
		{"Abort", (*Barrier).Abort, nil},
		{"Reset", (*Barrier).Reset, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := must[*Barrier](t)(NewBarrier(4, nil))
			errs := make(chan error, 2)
			for range 2 {
				go func() { _, err := b.Wait(); errs <- err }()
			}
			within(t, "two parties on their way", func() {
				for b.Waiting() < 2 {
					runtime.Gosched()
				}
			})
			c.by(b)
			within(t, "two parties at a broken barrier", func() {
				for range 2 {
					if err := <-errs; !errors.Is(err, ErrBroken) || c.want != nil && !errors.Is(err, c.want) {
						t.Errorf("error is %v", err)
					}
				}
			})
			if whole := c.name == "Reset"; b.Broken() == whole {
				t.Errorf("broken: %t", b.Broken())
			}
			if !b.Broken() {
				return
			}
			if _, err := b.Wait(); !errors.Is(err, ErrBroken) {
				t.Errorf("who comes later gets %v", err)
			}
		})
	}
}

func TestBarrierIsWholeAfterReset(t *testing.T) {
	b := must[*Barrier](t)(NewBarrier(2, nil))
	b.Abort()
	b.Reset()
	var got []int
	within(t, "a barrier made whole", func() {
		other := make(chan int)
		go func() { n, _ := b.Wait(); other <- n }()
		n, err := b.Wait()
		if err != nil {
			t.Error(err)
		}
		got = append(got, n, <-other)
	})
	if slices.Sort(got); !slices.Equal(got, []int{0, 1}) {
		t.Errorf("arrivals are %v", got)
	}
}

func TestPanicOfTheActionBreaksTheBarrier(t *testing.T) {
	b := must[*Barrier](t)(NewBarrier(2, func() { panic("no") }))
	errs := make(chan error, 2)
	for range 2 {
		go func() {
			defer func() {
				if v := recover(); v != nil {
					errs <- errors.New("panicked")
				}
			}()
			_, err := b.Wait()
			errs <- err
		}()
	}
	within(t, "a barrier whose action panics", func() {
		first, second := <-errs, <-errs
		if errors.Is(second, ErrBroken) {
			first, second = second, first
		}
		if !errors.Is(first, ErrBroken) || second.Error() != "panicked" {
			t.Errorf("errors are %v and %v", first, second)
		}
	})
}
