package controller

import "time"

const (
	// aheadTime is how much work may wait at an engine: so much that it does not idle between two tasks, and so little that
	// it does not matter that another engine could do it sooner.
	aheadTime  = time.Millisecond
	aheadLimit = 31 // tasks that may wait at an engine
)

// pace follows how long an engine takes for a task, to know how many it may be given ahead.
type pace struct {
	fixed int           // tasks that the engine may have, or 0 to follow
	span  time.Duration // that tasks take: the longest of late, since one long task among short ones is reason enough for care
	last  time.Time     // when the last one ended
}

// done takes in a task that was given to the engine at began.
func (p *pace) done(began, now time.Time) {
	if p.last.After(began) { // it waited until then
		began = p.last
	}
	p.last = now
	p.span = max(now.Sub(began), p.span-p.span/8)
}

// depth is how many tasks the engine may have, the running one included.
func (p *pace) depth() int {
	switch {
	case p.fixed > 0:
		return p.fixed
	case p.last.IsZero():
		return 1
	}
	return 1 + min(aheadLimit, int(aheadTime/max(p.span, 1)))
}
