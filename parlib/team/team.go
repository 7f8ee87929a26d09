package team

import (
	"errors"
	"fmt"
	"math"
	"runtime"
)

// ErrClosed is wrapped by the error of every call on a team after Close.
var ErrClosed = errors.New("the team is closed")

// Team is a caller and a number of workers. It may be used by many goroutines at once.
//
// A team that is no longer reachable closes itself.
type Team struct {
	crew *crew
}

// MaxSize is how many goroutines a team can have, and a call of Together: far more than any machine has use for, and what
// it can still start.
const MaxSize = 1 << 16

// New makes a team of n, which is between 1 and MaxSize: the goroutine that calls Run is one of them, so n-1 workers are
// started.
func New(n int) (*Team, error) {
	if n < 1 || n > MaxSize {
		return nil, fmt.Errorf("team: New: size is %d; it must be between 1 and %d", n, MaxSize)
	}
	t := &Team{newCrew(n - 1)}
	runtime.AddCleanup(t, (*crew).close, t.crew)
	return t, nil
}

// Size is the number of goroutines that can work on one call, the caller's included. A nil team has none.
func (t *Team) Size() int {
	if t == nil || t.crew == nil {
		return 0
	}
	return len(t.crew.workers) + 1
}

// Run does the parts 0 to n-1 of task, each once, and returns when all have ended. Part 0 is done by the caller, and the
// others by it or by workers that are idle, several one after another where there are more parts than those; so parts
// must not wait for each other (see Together). If parts panic, the others are done all the same, but for those that the
// same goroutine would have come to later; the error is a *PartError of the lowest.
func (t *Team) Run(n int, task Task) error {
	if err := t.check("Run", n, math.MaxInt32, task); err != nil {
		return err
	}
	taken, parties := t.crew.take(n - 1)
	if taken == nil {
		var part int32
		return result(share{0, 1, int32(n)}.do(task, &part))
	}
	return result(t.crew.run(taken, parties, n, task))
}

// Together does the parts 0 to n-1 of task all at the same time, each on a goroutine of its own, so that they may wait for
// each other; n is at most MaxSize. Goroutines that the team cannot give, as it is smaller or its workers are busy, are
// started for the call.
// Part 0 is done by the caller. If parts panic, the error is a *PartError of the lowest.
func (t *Team) Together(n int, task Task) error {
	if err := t.check("Together", n, MaxSize, task); err != nil {
		return err
	}
	taken, parties := t.crew.take(n - 1)
	return result(t.crew.together(taken, parties, n, task))
}

// check refuses a call that the team cannot do; most is the greatest number of parts.
func (t *Team) check(op string, n, most int, task Task) error {
	switch {
	case t == nil || t.crew == nil:
		return fmt.Errorf("team: %s: the team is nil; make one with New", op)
	case task == nil:
		return fmt.Errorf("team: %s: the task is nil", op)
	case n < 1 || n > most:
		return fmt.Errorf("team: %s: number of parts is %d; it must be between 1 and %d", op, n, most)
	case t.crew.closed.Load():
		return fmt.Errorf("team: %s: %w", op, ErrClosed)
	}
	return nil
}

// result keeps a nil *PartError from becoming an error that is not nil.
func result(err *PartError) error {
	if err == nil {
		return nil
	}
	return err
}

// Close lets calls in progress finish and refuses new ones with ErrClosed. It does not wait; Join does. Closing a nil team
// does nothing.
func (t *Team) Close() {
	if t != nil && t.crew != nil {
		t.crew.close()
	}
}

// Join waits until the workers of a closed team are gone. It must not be called by a part that runs on the team.
func (t *Team) Join() error {
	if t == nil || t.crew == nil {
		return errors.New("team: Join: the team is nil; make one with New")
	}
	if !t.crew.closed.Load() {
		return errors.New("team: Join: the team is still open; call Close first")
	}
	t.crew.alive.Wait()
	return nil
}

func (t *Team) String() string { return fmt.Sprintf("team.Team(%d)", t.Size()) }
