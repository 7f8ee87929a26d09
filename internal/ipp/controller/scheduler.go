package controller

import (
	"fmt"
	"slices"
	"time"

	"github.com/warren-go/warren/internal/wire"
)

// earlyLimit is how many aborted tasks are remembered that have not come, and perhaps never will.
const earlyLimit = 1 << 12

// fatalLimit is how many engines may die of a task before it is given up.
const fatalLimit = 3

// scheduler gives tasks to engines. Its methods need the controller's lock.
type scheduler struct {
	c       *Controller
	engines []*engine
	turn    uint64
	jobs    map[string]*job // that are not over, by msg_id
	lines   lines           // of jobs that are ready and that any engine may run
	bound   []*job          // that are ready and that not every engine may run
	records records
	idle    int      // jobs that no engine has
	early   []string // aborted before they came, oldest first
	ended   []*job   // whose dependents have not heard of it
}

func newScheduler(c *Controller) *scheduler {
	return &scheduler{c: c, jobs: map[string]*job{}, lines: newLines(), records: newRecords(recordLimit)}
}

func (s *scheduler) stop() {
	for _, j := range s.jobs {
		j.stopTimer()
	}
}

func (j *job) stopTimer() {
	if j.timer != nil {
		j.timer.Stop()
	}
}

// submit takes a new task.
func (s *scheduler) submit(j *job) {
	if s.jobs[j.id] != nil {
		s.c.Log.Warn("a message was dropped", "from", j.client.ID(), "error", "its msg_id is that of a task that has not ended", "msg_id", j.id)
		return
	}
	s.jobs[j.id] = j
	s.idle++
	if i := slices.Index(s.early, j.id); i >= 0 {
		s.early = slices.Delete(s.early, i, i+1)
		s.cancel(j)
		return
	}
	for _, c := range []*condition{&j.after, &j.follow} {
		for _, id := range c.ids {
			if !s.depend(j, c, id) {
				s.fail(j, "InvalidDependency", fmt.Sprintf("The task depends on %q, which is no task, or ended too long ago.", id))
				return
			}
		}
	}
	if j.timeout > 0 {
		j.timer = time.AfterFunc(j.timeout, s.c.locked(func() {
			if j.idle() {
				s.fail(j, "TaskTimeout", fmt.Sprintf("The task has waited for its turn for %v.", j.timeout))
				s.dispatch()
			}
		}))
	}
	s.advance(j)
	s.dispatch()
}

// depend makes a job wait for the task id. It reports false when there is none.
func (s *scheduler) depend(j *job, c *condition, id string) bool {
	if r, ok := s.records.byID[id]; ok && r.queue == task {
		c.note(r.ok, r.uuid)
		return true
	}
	d := s.jobs[id]
	if d == nil || d == j {
		return false
	}
	d.dependents = append(d.dependents, dependent{j, c})
	return true
}

// advance makes a job ready, or fails it, if its dependencies are known.
func (s *scheduler) advance(j *job) {
	if j.phase != waiting {
		return
	}
	switch {
	case j.after.impossible || j.follow.impossible:
		s.impossible(j, "a task that it depends on did not end as it has to")
	case !j.after.met || !j.follow.met:
	case j.follow.all && len(j.follow.where) > 1:
		s.impossible(j, "the tasks that it follows ran on different engines")
	default:
		s.enqueue(j)
	}
}

func (s *scheduler) impossible(j *job, why string) {
	s.fail(j, "ImpossibleDependency", "The task can never run: "+why+".")
}

// enqueue lets a job wait for an engine.
func (s *scheduler) enqueue(j *job) {
	j.phase = ready
	if j.bound() {
		s.bound = append(s.bound, j)
	} else {
		s.lines.push(j)
	}
}

// dispatch gives jobs to engines that have room.
func (s *scheduler) dispatch() {
	for s.dispatchBound() { // what failed may have made others ready
	}
	for s.lines.any() {
		e := s.choose(func(*engine) bool { return true })
		if e == nil {
			return
		}
		j := s.lines.pop()
		if j == nil {
			return
		}
		s.give(j, e)
	}
}

// dispatchBound reports whether a job has failed.
func (s *scheduler) dispatchBound() (failed bool) {
	if len(s.bound) == 0 {
		return false
	}
	jobs := s.bound
	s.bound = nil
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
		} else if why := s.hopeless(j); why != "" {
			s.impossible(j, why)
			failed = true
		} else {
			left = append(left, j)
		}
	}
	s.bound = append(left, s.bound...) // jobs that became ready in between come behind
	return failed
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

// join adds an engine.
func (s *scheduler) join(e *engine) {
	s.engines = append(s.engines, e)
	s.dispatch()
}

// leave takes an engine out, which keeps its jobs for now.
func (s *scheduler) leave(e *engine) {
	s.engines = slices.DeleteFunc(s.engines, func(other *engine) bool { return other == e })
	s.dispatch()
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
	s.lines.drop(client)
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

// unassigned are the ids of jobs that no engine has.
func (s *scheduler) unassigned() []string {
	ids := []string{}
	for id, j := range s.jobs {
		if j.idle() {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	return ids
}
