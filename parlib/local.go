package parlib

import (
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/warren-go/warren/parlib/team"
)

// Local is a value for each worker: a buffer, a source of random numbers, a connection. It is made when a worker first
// needs it and kept from call to call, so that MapLocal makes no more of them than there are workers at once.
type Local[S any] struct {
	init func(worker int) (S, error)

	mu    sync.Mutex
	next  int // number of the next worker that needs a value
	all   []S
	spare []S // not in use at this moment
}

// NewLocal makes a Local whose values init makes. Workers are numbered 0, 1, … in the order in which they need one.
func NewLocal[S any](init func(worker int) (S, error)) (*Local[S], error) {
	if init == nil {
		return nil, errors.New("parlib: NewLocal: the function is nil")
	}
	return &Local[S]{init: init}, nil
}

// Values returns the values made so far, in no particular order: to add up what each worker counted, or to close what it
// opened. It must not be called while a MapLocal runs.
func (l *Local[S]) Values() []S {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.all)
}

// borrow takes a value that nobody uses, or makes one.
func (l *Local[S]) borrow() (S, error) {
	l.mu.Lock()
	if n := len(l.spare); n > 0 {
		defer l.mu.Unlock()
		s := l.spare[n-1]
		l.spare = l.spare[:n-1]
		return s, nil
	}
	worker := l.next
	l.next++
	l.mu.Unlock() // init may take its time
	s, err := l.init(worker)
	if err != nil {
		return s, fmt.Errorf("cannot initialise worker %d: %w", worker, err)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.all = append(l.all, s)
	return s, nil
}

func (l *Local[S]) giveBack(s S) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.spare = append(l.spare, s)
}

// MapLocal is Map for a function that works with a value of its worker: no two calls of f have the same value at the same
// time. An error in making one is the error of the item for which it was needed.
func MapLocal[S, T, R any](p *Pool, items []T, local *Local[S], f func(S, T) R, options ...PoolOption) ([]R, error) {
	switch {
	case f == nil:
		return nil, errNil("MapLocal", "function", len(items))
	case local == nil:
		return nil, errNil("MapLocal", "local", len(items))
	}
	results, err := makeResults[R]("MapLocal", len(items))
	if err != nil {
		return nil, err
	}
	j := &job{op: "MapLocal", item: describeIn(items)}
	j.body = func(lo, hi int, at *int) error {
		s, err := local.borrow()
		if err != nil {
			return err
		}
		defer local.giveBack(s)
		return localRange(j, lo, items[lo:hi], results[lo:hi], s, f, at)
	}
	return collect(results, j.each(p, len(items), options...))
}

// localRange is mapRange with a worker's value.
func localRange[S, T, R any](j *job, lo int, in []T, out []R, s S, f func(S, T) R, at *int) error {
	out = out[:len(in)]
	for i, item := range in {
		*at = lo + i
		if j.stops(lo + i) {
			return errStopped
		}
		team.Check()
		out[i] = f(s, item)
	}
	return nil
}
