package controller

import (
	"slices"

	"github.com/warren-go/warren/internal/wire"
)

// targets are the engines that may run a job: nil for all, or their uuids, sorted.
type targets []string

func newTargets(uuids []string) targets {
	if len(uuids) == 0 {
		return nil
	}
	return slices.Compact(slices.Sorted(slices.Values(uuids)))
}

func (t targets) include(e *engine) bool {
	if t == nil {
		return true
	}
	_, found := slices.BinarySearch(t, e.uuid)
	return found
}

// group is the jobs that wait for the same engines. When one of them has to wait, all do: so a thousand jobs for an engine that is
// busy need not be looked at when another one is free.
type group struct {
	targets targets
	lines   lines
}

// lines are jobs that wait: for each client those in the order in which they came, and the clients take turns, so that one that
// has sent a thousand does not keep another from getting its first one done.
type lines struct {
	byClient map[*wire.Peer]*line
	turns    []*line // those that are not empty, in order of their turns
}

type line struct {
	client *wire.Peer
	jobs   []*job
	first  int // in jobs; those before it are gone
}

func newLines() lines { return lines{byClient: map[*wire.Peer]*line{}} }

func (l *lines) push(j *job) {
	one := l.byClient[j.client]
	if one == nil {
		one = &line{client: j.client}
		l.byClient[j.client] = one
		l.turns = append(l.turns, one)
	}
	one.jobs = append(one.jobs, j)
}

// any reports whether there may be a job.
func (l *lines) any() bool { return len(l.turns) > 0 }

// pop is the job whose turn it is, or nil.
func (l *lines) pop() *job {
	for len(l.turns) > 0 {
		one := l.turns[0]
		j := one.pop()
		switch {
		case j == nil:
			l.drop(one.client)
		case len(l.turns) > 1:
			l.turns = append(l.turns[1:], one)
		}
		if j != nil {
			return j
		}
	}
	return nil
}

func (l *lines) drop(client *wire.Peer) {
	one := l.byClient[client]
	delete(l.byClient, client)
	l.turns = slices.DeleteFunc(l.turns, func(other *line) bool { return other == one })
}

// pop leaves out jobs that were aborted meanwhile.
func (l *line) pop() *job {
	for l.first < len(l.jobs) {
		j := l.jobs[l.first]
		l.jobs[l.first] = nil
		if l.first++; l.first == len(l.jobs) {
			l.jobs, l.first = l.jobs[:0], 0
		}
		if j.phase == ready {
			return j
		}
	}
	return nil
}
