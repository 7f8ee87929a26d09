package team

import (
	"runtime"
	"time"
)

const (
	spinFor    = 50 * time.Microsecond // about what waking a sleeper takes: waiting longer could not pay
	spinsBusy  = 300                   // looks before the first pause, under a microsecond: a pause alone can take 50 ns
	spinsYield = 256                   // looks with a pause between two offers of the processor to other goroutines
)

// Spinner paces a loop that waits for another processor: it looks often at first, then leaves the processor to other
// goroutines now and then, and says when waiting has taken so long that sleeping is better.
//
//	for s := (team.Spinner{}); s.Again(); {
//		if ready() {
//			return
//		}
//	}
//	sleep()
type Spinner struct {
	looks int
	since time.Time
}

// Again reports whether to look again, after a moment; if not, it is time to sleep.
func (s *Spinner) Again() bool {
	s.looks++
	return s.looks < spinsBusy || s.pause()
}

func (s *Spinner) pause() bool {
	if s.looks%spinsYield != 0 {
		pause(1)
		return true
	}
	// The wait is of another order than a hot fork: who has work may take the processor. Not sooner: where two share one
	// processor and pass it to and fro, another that is idle must have time to find the one that waits, some microseconds.
	runtime.Gosched()
	if s.since.IsZero() {
		s.since = time.Now()
		return true
	}
	return time.Since(s.since) < spinFor
}
