package controller

import (
	"slices"
	"time"
)

// group is that of some targets.
func (s *scheduler) group(t targets) *group {
	for _, g := range s.groups {
		if slices.Equal(g.targets, t) {
			return g
		}
	}
	g := &group{t, newLines()}
	s.groups = append(s.groups, g)
	return g
}

// dispatch gives jobs to engines that have room.
func (s *scheduler) dispatch() {
	s.dispatchSpecial()
	for i := len(s.groups) - 1; i >= 0; i-- { // those with targets have less choice
		g := s.groups[i]
		s.dispatchGroup(g)
		if i > 0 && !g.lines.any() {
			s.groups = slices.Delete(s.groups, i, i+1)
		}
	}
}

func (s *scheduler) dispatchGroup(g *group) {
	for g.lines.any() {
		e := s.choose(g.targets.include)
		if e == nil {
			return
		}
		if j := g.lines.pop(); j != nil {
			s.give(j, e)
		}
	}
}

func (s *scheduler) dispatchSpecial() {
	jobs := s.special
	s.special = nil
	var left []*job
	for _, j := range jobs {
		if j.phase != ready {
			continue
		}
		fresh := func(e *engine) bool { return j.suits(e) && !j.tried[e] }
		if len(j.tried) > 0 && !slices.ContainsFunc(s.engines, fresh) {
			j.tried = nil // all have tried: once more
		}
		if e := s.choose(fresh); e != nil {
			s.give(j, e)
		} else {
			left = append(left, j)
		}
	}
	s.special = left
}

// hopeless says why no engine will ever run a job that is ready, or "".
func (s *scheduler) hopeless(j *job) string {
	switch {
	case slices.ContainsFunc(s.engines, j.suits):
		return ""
	case j.targets != nil:
		return "no engine that it may run on is left"
	case len(j.follow.where) > 0:
		return "the engine of the tasks that it follows is gone"
	case len(j.unmet) > 0 && len(s.engines) > 0:
		return "every engine says that something is missing that the task needs"
	}
	return ""
}

// choose is the engine that has the fewest tasks, of those that have room and that may be chosen, and of equal ones that which
// was given one the longest time ago; or nil.
func (s *scheduler) choose(may func(*engine) bool) *engine {
	var best *engine
	for _, e := range s.engines {
		if n := len(e.jobs); !e.room() || best != nil && (n > len(best.jobs) || n == len(best.jobs) && e.turn >= best.turn) {
			continue
		}
		if may(e) {
			best = e
		}
	}
	return best
}

func (s *scheduler) give(j *job, e *engine) {
	s.turn++
	s.idle--
	j.stopTimer()
	j.phase, j.engine, j.turn, j.started = running, e, s.turn, time.Now()
	e.turn = s.turn
	e.jobs[j.id] = j
	if j.sent++; j.sent > 1 {
		j.frames = s.again(j)
	}
	e.peers[task].Send(append([][]byte{[]byte(j.client.ID())}, j.frames...))
}

// again is the message of a job that was sent before, with another signature, since engines refuse what they have seen.
func (s *scheduler) again(j *job) [][]byte {
	m := j.message
	m.Idents = nil
	m.Metadata = withField(m.Metadata, "attempt", j.sent)
	return s.c.codec.Seal(m)
}

// giveUp fails the jobs that no engine will ever run, now that one is gone.
func (s *scheduler) giveUp() {
	jobs := slices.Clone(s.special)
	for _, g := range s.groups {
		if g.targets != nil && !slices.ContainsFunc(s.engines, g.targets.include) {
			for j := g.lines.pop(); j != nil; j = g.lines.pop() {
				jobs = append(jobs, j)
			}
		}
	}
	for _, j := range jobs {
		if why := s.hopeless(j); j.phase == ready && why != "" {
			s.impossible(j, why)
		}
	}
}
