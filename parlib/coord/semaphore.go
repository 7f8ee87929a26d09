package coord

import (
	"context"
	"fmt"
	"sync/atomic"

	"golang.org/x/sync/semaphore"
)

// Semaphore lets at most n goroutines have something at once. Who waits is served in order.
type Semaphore struct {
	n    int
	held atomic.Int64
	s    *semaphore.Weighted
}

// NewSemaphore makes a semaphore with n permits, all free.
func NewSemaphore(n int) (*Semaphore, error) {
	if n < 1 {
		return nil, fmt.Errorf("coord: NewSemaphore: number of permits is %d; it must be at least 1", n)
	}
	return &Semaphore{n: n, s: semaphore.NewWeighted(int64(n))}, nil
}

// Permits is the number of permits, free or not.
func (s *Semaphore) Permits() int { return s.n }

// Free is the number of permits that nobody has at this moment.
func (s *Semaphore) Free() int { return s.n - int(s.held.Load()) }

// Acquire takes a permit and waits for one if none is free.
func (s *Semaphore) Acquire() {
	s.s.Acquire(context.Background(), 1) // fails only when its context ends
	s.held.Add(1)
}

// AcquireContext is Acquire until ctx ends: then it takes none, and its error wraps ctx's cause.
func (s *Semaphore) AcquireContext(ctx context.Context) error {
	if err := checkContext("Semaphore.AcquireContext", ctx); err != nil {
		return err
	}
	if s.s == nil {
		return unmade("Semaphore.AcquireContext", "semaphore", "NewSemaphore")
	}
	if s.TryAcquire() {
		return nil
	}
	if s.s.Acquire(ctx, 1) != nil {
		return ended(ctx, fmt.Sprintf("waiting for one of %d permits", s.n))
	}
	s.held.Add(1)
	return nil
}

// TryAcquire takes a permit if one is free and nobody waits for it, and reports whether it did.
func (s *Semaphore) TryAcquire() bool {
	if !s.s.TryAcquire(1) {
		return false
	}
	s.held.Add(1)
	return true
}

// Release gives a permit back. More releases than acquisitions are an error, and change nothing.
func (s *Semaphore) Release() error {
	for {
		held := s.held.Load()
		if held == 0 {
			return fmt.Errorf("coord: Release: all %d permits of the semaphore are free already", s.n)
		}
		if s.held.CompareAndSwap(held, held-1) {
			s.s.Release(1)
			return nil
		}
	}
}

// Do calls f with a permit, and gives it back also when f panics.
func (s *Semaphore) Do(f func()) {
	s.Acquire()
	defer s.Release()
	f()
}
