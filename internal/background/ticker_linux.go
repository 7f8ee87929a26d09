package background

import (
	"fmt"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// Ticker tells the time to a library's own goroutine, without a timer of the Go runtime: as long as one of those is set, something
// may wake a goroutine, and no deadlock is found.
type Ticker struct {
	C    <-chan struct{} // gets something at each tick; those that nobody takes are lost
	file *os.File
}

// NewTicker ticks once in each period, until Stop.
func NewTicker(period time.Duration) (*Ticker, error) {
	if period <= 0 {
		return nil, fmt.Errorf("background: NewTicker: the period is %v; it must be more than 0", period)
	}
	fd, err := unix.TimerfdCreate(unix.CLOCK_MONOTONIC, unix.TFD_NONBLOCK|unix.TFD_CLOEXEC)
	if err != nil {
		return nil, fmt.Errorf("background: NewTicker: %w", err)
	}
	every := unix.NsecToTimespec(period.Nanoseconds())
	if err := unix.TimerfdSettime(fd, 0, &unix.ItimerSpec{Interval: every, Value: every}, nil); err != nil {
		unix.Close(fd)
		return nil, fmt.Errorf("background: NewTicker: %w", err)
	}
	c := make(chan struct{}, 1)
	t := &Ticker{C: c, file: os.NewFile(uintptr(fd), "ticker")}
	Go("ticker", func() {
		var count [8]byte
		for {
			if _, err := t.file.Read(count[:]); err != nil {
				return
			}
			select {
			case c <- struct{}{}:
			default:
			}
		}
	})
	return t, nil
}

// Stop ends the ticks. It does not close C.
func (t *Ticker) Stop() { t.file.Close() }
