package cluster

import (
	"sync"
	"time"

	"github.com/warren-go/warren/internal/ipp/client"
)

const (
	// ahead is how many spans an engine is sent at most before it has answered the first, so that it need not wait for the next.
	ahead = 3
	// aheadTime is how long a span may have to wait at an engine behind others: too short for another engine to be idle long.
	aheadTime = 10 * time.Millisecond
)

// lane is an engine, as the dispatcher sees it.
type lane struct {
	client.Engine
	busy    int              // spans under way
	stuck   int              // spans under way that have timed out or were given up
	hung    int              // of those, the ones that have timed out
	kept    bool             // it is hung, and could not be replaced
	span    float64          // nanoseconds that a span takes
	heard   time.Time        // when the last reply came
	met     *meeting         // nil before it was asked
	alone   bool             // it is to have nothing beside the span under way
	gone    bool             // it has died, which the controller may not have told yet
	sending sync.Mutex       // held while something is sent, so that queue has the same order
	queue   []*client.Future // spans under way, in the order in which they were sent
	last    *client.Future   // of a lane that is gone: what it was at
}

// room reports whether a lane can take another span.
func (l *lane) room() bool {
	return !l.gone && !l.alone && (l.busy == 0 || l.stuck == 0 && l.busy < ahead && l.span > 0 && l.span*float64(l.busy) < float64(aheadTime))
}

// waits reports whether a span is behind another one, so that its engine has not begun it.
func (l *lane) waits(f *client.Future) bool { return len(l.queue) > 0 && l.queue[0] != f }

// bury says that a lane is gone, and returns what its engine was at when it died: the oldest that was under way.
func (l *lane) bury() *client.Future {
	if !l.gone && len(l.queue) > 0 {
		l.last = l.queue[0]
	}
	l.gone = true
	return l.last
}
