package parlib

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"sync/atomic"

	"github.com/warren-go/warren/parlib/schedule"
	"github.com/warren-go/warren/parlib/team"
)

// Option changes how a loop or a reduction runs. The zero Option changes nothing.
type Option struct {
	// A struct of values and not a function, so that an option costs no allocation.
	kind     optionKind
	n        int
	team     *team.Team
	schedule schedule.Schedule
	ctx      context.Context
	observer Observer
}

type optionKind int

const (
	noOption optionKind = iota
	workersOption
	teamOption
	scheduleOption
	grainOption
	contextOption
	observeOption
)

var optionNames = [...]string{
	workersOption: "Workers", teamOption: "On", scheduleOption: "Schedule", grainOption: "Grain", contextOption: "Context", observeOption: "Observe",
}

// Workers sets how many goroutines work on the loop, the calling one included. The default is as many as Go runs at once
// (GOMAXPROCS), or one where a loop of a few microseconds has been found to be faster so. More than there are processors, up to
// 65536, are really started, which shows what they cost.
func Workers(n int) Option { return Option{kind: workersOption, n: n} }

// On runs the loop on a team of one's own in place of the one that all share.
func On(t *team.Team) Option { return Option{kind: teamOption, team: t} }

// Schedule sets which worker does which indices. The default is schedule.Stealing. In reductions, scans and sorts, whose
// results must not depend on it, a schedule shares blocks of many elements, and counts these.
func Schedule(s schedule.Schedule) Option { return Option{kind: scheduleOption, schedule: s} }

// Grain sets how many indices at least a worker does at a time; a loop of no more than that runs in the caller alone. It
// does not change what a schedule given by Schedule does.
func Grain(n int) Option { return Option{kind: grainOption, n: n} }

// Context ends the loop early when ctx is over: indices in hand are finished, and the error wraps the context's cause.
func Context(ctx context.Context) Option { return Option{kind: contextOption, ctx: ctx} }

// WorkersFor is how many goroutines a loop with these options works on when it is long enough, or the error that it fails
// with. It is for packages that take these options and cut their work into parts of unequal kinds themselves.
func WorkersFor(options ...Option) (int, error) {
	s, err := settle("options", options)
	return s.workers, err
}

// settings are what the options of a call come to.
type settings struct {
	workers  int // 0: the team's
	grain    int
	team     *team.Team
	schedule schedule.Schedule
	ctx      context.Context
	observer Observer // nil: none
	given    bool     // there are options that say how to share the work
}

// settle is what options come to, with what they do not say.
func settle(op string, options []Option) (s settings, err error) {
	if err = s.read(op, options); err == nil {
		s.complete()
	}
	return s, err
}

// only refuses options that have no effect on a call.
func only(op string, options []Option, kinds ...optionKind) error {
	for _, o := range options {
		if o.kind != noOption && !slices.Contains(kinds, o.kind) {
			return fmt.Errorf("parlib: %s: the option %s has no effect on it; leave it out", op, optionNames[o.kind])
		}
	}
	return nil
}

// read applies options in their order to settings not yet made.
func (s *settings) read(op string, options []Option) error {
	s.grain = 1
	for _, o := range options {
		switch {
		case o.kind == workersOption && (o.n < 1 || o.n > maxWorkers):
			return fmt.Errorf("parlib: %s: number of workers is %d; it must be between 1 and %d", op, o.n, maxWorkers)
		case o.kind == grainOption && o.n < 1:
			return fmt.Errorf("parlib: %s: grain is %d; it must be at least 1", op, o.n)
		case o.kind == teamOption && o.team.Size() == 0:
			return fmt.Errorf("parlib: %s: the team is nil; make one with team.New", op)
		case o.kind == scheduleOption && o.schedule == nil:
			return fmt.Errorf("parlib: %s: the schedule is nil", op)
		case o.kind == contextOption && o.ctx == nil:
			return fmt.Errorf("parlib: %s: the context is nil", op)
		case o.kind == observeOption && o.observer == nil:
			return fmt.Errorf("parlib: %s: the observer is nil", op)
		}
		s.given = s.given || o.kind != noOption && o.kind != contextOption
		switch o.kind {
		case workersOption:
			s.workers = o.n
		case teamOption:
			s.team = o.team
		case scheduleOption:
			s.schedule = o.schedule
		case grainOption:
			s.grain = o.n
		case contextOption:
			s.ctx = o.ctx
		case observeOption:
			s.observer = o.observer
		}
	}
	return nil
}

// complete takes the team of all, and all of a team, where options do not say.
func (s *settings) complete() {
	if s.team == nil {
		s.team = sharedTeam()
	}
	if s.workers == 0 {
		s.workers = s.team.Size()
	}
}

// shared is the team of all calls that bring none.
var shared atomic.Pointer[team.Team]

// sharedTeam has as many workers as Go runs goroutines at once. When that changes there is a new one; the old one closes
// itself when nobody uses it any more.
func sharedTeam() *team.Team {
	n := runtime.GOMAXPROCS(0)
	for {
		old := shared.Load()
		if old != nil && old.Size() == n {
			return old
		}
		t, err := team.New(n)
		if err != nil {
			panic(err) // n is at least 1
		}
		if shared.CompareAndSwap(old, t) {
			return t
		}
		t.Close()
	}
}
