package linalg

import (
	"context"
	"errors"
	"fmt"
	"runtime"
)

// Option changes how one call is computed.
type Option func(*crew) error

// Workers says how many workers compute, the calling goroutine among them. Without it there are as many as Go uses
// processors (GOMAXPROCS). A small product is computed by the caller alone, since waking another processor takes longer.
func Workers(n int) Option {
	return func(c *crew) error {
		if n < 1 {
			return fmt.Errorf("number of workers is %d; it must be at least 1", n)
		}
		c.workers = n
		return nil
	}
}

// Context ends a call early when ctx ends: within some tens of milliseconds, with ctx's error, and with a part of the result
// computed.
func Context(ctx context.Context) Option {
	return func(c *crew) error {
		if ctx == nil {
			return errors.New("the context is nil")
		}
		c.ctx = ctx
		return nil
	}
}

func crewFor(options []Option) (crew, error) {
	c := crew{workers: runtime.GOMAXPROCS(0)}
	for i, o := range options {
		if o == nil {
			return c, fmt.Errorf("option %d is nil", i)
		}
		if err := o(&c); err != nil {
			return c, err
		}
	}
	return c, c.err()
}
