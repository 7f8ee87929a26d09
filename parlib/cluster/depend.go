package cluster

import (
	"errors"
	"fmt"
)

// errDependency is why a job fails that depends on one that has failed.
var errDependency = errors.New("a call that it depends on has failed")

// depend waits for what the job depends on, and learns where it may run.
func (j *job) depend() error {
	for _, r := range append(j.after[:len(j.after):len(j.after)], j.follow...) {
		select {
		case <-r.Done():
		case <-j.ctx.Done():
			return nil
		case <-j.d.client.Done():
			return nil
		}
		if !r.Successful() {
			return errDependency
		}
	}
	for _, r := range j.follow {
		if at := r.places(); len(at) > 0 {
			j.allowed = both(j.allowed, at)
		}
	}
	if j.allowed != nil && len(j.allowed) == 0 {
		return fmt.Errorf("%w: what it follows has run on different ones", ErrNoEngines)
	}
	return nil
}

// both is the intersection of two sets, of which a nil a is everything.
func both(a, b map[int]bool) map[int]bool {
	out := map[int]bool{}
	for id := range b {
		if a == nil || a[id] {
			out[id] = true
		}
	}
	return out
}
