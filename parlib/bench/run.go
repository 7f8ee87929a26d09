package bench

import (
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/warren-go/warren/parlib/team"
)

// RunError says in which run a function that was to be timed failed, and how: Err is a *team.PanicError.
type RunError struct {
	Name       string // what was timed: "4 workers", or the name of an alternative
	Repetition int    // from 1 on; 0 before the timed runs, as the function was warmed up
	Err        error
}

func (e *RunError) Error() string {
	if e.Repetition == 0 {
		return fmt.Sprintf("%s, before the first repetition: %v", e.Name, e.Err)
	}
	return fmt.Sprintf("%s, repetition %d: %v", e.Name, e.Repetition, e.Err)
}

func (e *RunError) Unwrap() error { return e.Err }

// Format adds the stack of the panic under %+v.
func (e *RunError) Format(s fmt.State, verb rune) {
	io.WriteString(s, e.Error())
	var p *team.PanicError
	if verb == 'v' && s.Flag('+') && errors.As(e.Err, &p) {
		fmt.Fprintf(s, "\n\n%s", p.Stack)
	}
}

// subject is a function to be timed.
type subject struct {
	name string
	run  func()
}

// measure takes a time of every subject, round after round, each the mean of as many runs as fill the sample time.
func (s settings) measure(subjects []subject) ([]Times, error) {
	begin := time.Now()
	loops := make([]int, len(subjects))
	for i, one := range subjects {
		var err error
		if loops[i], err = s.prepare(one.run); err != nil {
			return nil, &RunError{Name: one.name, Err: err}
		}
	}
	times := make([]Times, len(subjects))
	for round := range s.repeats {
		if round >= leastRepeats && time.Since(begin) > s.budget {
			break
		}
		for i, one := range subjects {
			t, err := clock(one.run, loops[i])
			if err != nil {
				return nil, &RunError{Name: one.name, Repetition: round + 1, Err: err}
			}
			times[i] = append(times[i], t)
		}
	}
	return times, nil
}

// prepare warms run up and finds how many runs fill the sample time.
func (s settings) prepare(run func()) (loops int, err error) {
	for range s.warmUps {
		if _, err := clock(run, 1); err != nil {
			return 0, err
		}
	}
	for loops = 1; ; loops *= 2 {
		t, err := clock(run, loops)
		if err != nil {
			return 0, err
		}
		if t*time.Duration(loops) >= s.sample/2 {
			return max(1, int(s.sample/max(1, t))), nil
		}
	}
}

// clock is the mean time of one of loops runs, at least 1 ns, or how one of them panicked.
func clock(run func(), loops int) (mean time.Duration, err error) {
	defer func() {
		if v := recover(); v != nil {
			err = team.NewPanicError(v)
		}
	}()
	team.Check() // run may have none of its own, or pay no heed to errors
	begin := time.Now()
	for range loops {
		run()
	}
	return max(1, time.Since(begin)/time.Duration(loops)), nil
}

// unreliable says of how many of some times it is so that they scatter too much, or are too few, and is empty where there is
// none.
func unreliable(noisy, all int) string {
	if noisy == 0 {
		return ""
	}
	return fmt.Sprintf(" Noisy: %d of %d.", noisy, all)
}
