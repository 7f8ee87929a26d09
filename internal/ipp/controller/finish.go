package controller

import (
	"fmt"
	"slices"
	"time"

	"github.com/warren-go/warren/internal/wire"
)

// fatalLimit is how many engines may die of a task before it is given up.
const fatalLimit = 3

// take gets a job back from its engine.
func (s *scheduler) take(j *job) {
	delete(j.engine.jobs, j.id)
	j.engine = nil
	j.phase = waiting
	s.idle++
	if j.forgotten {
		s.end(j, false, nil)
	}
}

// outcome is what the metadata of a reply says about a task.
type outcome struct {
	status string
	unmet  bool
}

func outcomeOf(m wire.Message) (o outcome) {
	for name, value := range wire.Fields(m.Metadata) {
		switch string(name) {
		case "status":
			o.status = wire.Text(value)
		case "dependencies_met":
			o.unmet = string(value) == "false"
		}
	}
	return o
}

// finish takes in the reply of an engine, frames without idents.
func (s *scheduler) finish(e *engine, j *job, o outcome, frames [][]byte) {
	e.finished++
	e.pace.done(j.started, time.Now())
	switch {
	case o.unmet:
		s.take(j)
		j.unmet = with(j.unmet, e)
	case o.status == "error" && j.retries > 0:
		j.retries--
		s.take(j)
		j.tried = with(j.tried, e)
	default:
		delete(e.jobs, j.id)
		s.idle++
		s.c.deliver(j.client, e.uuid, frames)
		s.end(j, o.status == "ok", e)
	}
	s.advance(j)
	s.dispatch()
}

func with(set map[*engine]bool, e *engine) map[*engine]bool {
	if set == nil {
		set = map[*engine]bool{}
	}
	set[e] = true
	return set
}

// fail ends a job that no engine has.
func (s *scheduler) fail(j *job, name, value string) {
	s.reply(j, nil, "error", refusal(name, value))
	s.end(j, false, nil)
}

func (s *scheduler) reply(j *job, e *engine, status string, content any) {
	uuid := ""
	if e != nil {
		uuid = e.uuid
	}
	if !j.forgotten {
		s.c.deliver(j.client, uuid, s.c.answer(&j.request, e, status, content))
	}
}

// end forgets a job that no engine has any more, and tells those that depend on it. It may end a long chain of them.
func (s *scheduler) end(j *job, ok bool, e *engine) {
	r := record{engine: -1, queue: task, ok: ok}
	if e != nil {
		r.engine, r.uuid = e.id, e.uuid
	}
	j.phase = over
	j.stopTimer()
	s.idle--
	delete(s.jobs, j.id)
	s.records.add(j.id, r)
	j.frames, j.message = nil, wire.Message{}
	s.ended = append(s.ended, j)
	if len(s.ended) > 1 { // a call further up goes through them
		return
	}
	for i := 0; i < len(s.ended); i++ {
		s.inform(s.ended[i])
	}
	s.ended = s.ended[:0]
}

// inform tells jobs that depend on another one what became of it.
func (s *scheduler) inform(j *job) {
	r := s.records.byID[j.id]
	for _, d := range j.dependents {
		d.condition.note(r.ok, r.uuid)
		s.advance(d.job)
	}
	j.dependents = nil
}

// abandon gives the jobs of an engine that is gone to others, or ends them.
func (s *scheduler) abandon(e *engine) {
	jobs := make([]*job, 0, len(e.jobs))
	for _, j := range e.jobs {
		jobs = append(jobs, j)
	}
	slices.SortFunc(jobs, func(a, b *job) int { return int(a.turn) - int(b.turn) })
	for i, j := range jobs {
		if i == 0 {
			j.fatal++
		}
		s.take(j)
		switch {
		case j.phase == over:
		case j.fatal >= fatalLimit:
			s.lost(j, e, fmt.Sprintf("%d engines died while running the task, the last of them engine %d.", fatalLimit, e.id))
		case j.restart:
			s.advance(j)
		case j.retries > 0:
			j.retries--
			s.advance(j)
		default:
			s.lost(j, e, fmt.Sprintf("Engine %d died while running the task %q.", e.id, j.id))
		}
	}
	s.dispatch()
}

func (s *scheduler) lost(j *job, e *engine, text string) {
	s.reply(j, e, "error", refusal("EngineError", text))
	s.end(j, false, e)
}

// abort ends jobs that no engine has yet, and those that have not come yet when they come: they have a way of their own.
func (s *scheduler) abort(ids []string) {
	for _, id := range ids {
		j := s.jobs[id]
		_, ended := s.records.byID[id]
		switch {
		case j != nil && j.idle():
			s.cancel(j)
		case j == nil && !ended:
			s.early = append(s.early, id)
		}
	}
	s.early = slices.Delete(s.early, 0, max(0, len(s.early)-earlyLimit))
	s.dispatch()
}

func (s *scheduler) cancel(j *job) {
	s.reply(j, nil, "aborted", aborted{"aborted"})
	s.end(j, false, nil)
}

// forget drops the jobs of a client that is gone. Those that run go on; nobody hears of them.
func (s *scheduler) forget(client *wire.Peer) {
	for _, g := range s.groups {
		g.lines.drop(client)
	}
	for _, j := range s.jobs {
		if j.client != client || j.forgotten {
			continue
		}
		j.forgotten = true
		if j.idle() {
			s.end(j, false, nil)
		}
	}
	s.dispatch()
}
