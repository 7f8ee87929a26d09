package team

import (
	"runtime"
	"time"
)

const (
	spinFor    = 50 * time.Microsecond // about what waking a sleeper takes: waiting longer could not pay
	spinsBusy  = 300                   // looks before the first pause, under a microsecond: a pause alone can take 50 ns
	spinsYield = 64                    // looks with a pause between two offers of the processor to other goroutines
)

// spinner paces a loop that waits for another processor.
type spinner struct {
	looks int
	since time.Time
}

// again reports whether to look again, after a moment; if not, it is time to sleep.
func (s *spinner) again() bool {
	s.looks++
	return s.looks < spinsBusy || s.pause()
}

func (s *spinner) pause() bool {
	if s.looks%spinsYield != 0 {
		pause(1)
		return true
	}
	// The wait is of another order than a hot fork: who has work may take the processor.
	runtime.Gosched()
	if s.since.IsZero() {
		s.since = time.Now()
		return true
	}
	return time.Since(s.since) < spinFor
}
