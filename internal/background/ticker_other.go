//go:build !linux

package background

import (
	"fmt"
	"time"
)

// Ticker tells the time to a library's own goroutine.
type Ticker struct {
	C    <-chan struct{} // gets something at each tick; those that nobody takes are lost
	stop chan struct{}
}

// NewTicker ticks once in each period, until Stop.
func NewTicker(period time.Duration) (*Ticker, error) {
	if period <= 0 {
		return nil, fmt.Errorf("background: NewTicker: the period is %v; it must be more than 0", period)
	}
	c, stop := make(chan struct{}, 1), make(chan struct{})
	Go("ticker", func() {
		ticks := time.NewTicker(period)
		defer ticks.Stop()
		for {
			select {
			case <-ticks.C:
			case <-stop:
				return
			}
			select {
			case c <- struct{}{}:
			default:
			}
		}
	})
	return &Ticker{C: c, stop: stop}, nil
}

// Stop ends the ticks. It does not close C, and must be called once.
func (t *Ticker) Stop() { close(t.stop) }
