package coord

import (
	"context"
	"fmt"
	"math"

	"golang.org/x/time/rate"
)

// Limiter lets at most so many things happen in a second: what comes too early waits for its time.
type Limiter struct {
	limiter *rate.Limiter
}

// NewLimiter allows perSecond events a second on average, and burst of them at once after a pause. To wait for something
// evenly, let burst be 1.
func NewLimiter(perSecond float64, burst int) (*Limiter, error) {
	switch {
	case !(perSecond > 0) || math.IsInf(perSecond, 1):
		return nil, fmt.Errorf("coord: NewLimiter: rate is %v a second; it must be positive and finite", perSecond)
	case burst < 1:
		return nil, fmt.Errorf("coord: NewLimiter: burst is %d; it must be at least 1", burst)
	}
	return &Limiter{rate.NewLimiter(rate.Limit(perSecond), burst)}, nil
}

// Rate is the number of events a second, and Burst how many may happen at once.
func (l *Limiter) Rate() float64 { return float64(l.limiter.Limit()) }

// Burst is how many events may happen at once after a pause.
func (l *Limiter) Burst() int { return l.limiter.Burst() }

// Wait returns when the next event may happen.
func (l *Limiter) Wait() {
	l.limiter.Wait(context.Background()) // fails only when its context ends
}

// WaitContext is Wait until ctx ends. Its error comes at once where ctx has a deadline that is too early.
func (l *Limiter) WaitContext(ctx context.Context) error {
	if err := checkContext("Limiter.WaitContext", ctx); err != nil {
		return err
	}
	if l.limiter == nil {
		return unmade("Limiter.WaitContext", "limiter", "NewLimiter")
	}
	if err := l.limiter.Wait(ctx); err != nil {
		if ctx.Err() != nil {
			return ended(ctx, "waiting for a limiter")
		}
		return fmt.Errorf("coord: waiting for a limiter: %w: %w", context.DeadlineExceeded, err)
	}
	return nil
}

// Try reports whether an event may happen now, and if so, counts it.
func (l *Limiter) Try() bool { return l.limiter.Allow() }
