package controller

import (
	"fmt"
	"slices"
	"time"
)

// earlyLimit is how many aborted tasks are remembered that have not come, and perhaps never will.
const earlyLimit = 1 << 12

// scheduler gives tasks to engines. Its methods need the controller's lock.
type scheduler struct {
	c       *Controller
	engines []*engine
	turn    uint64
	jobs    map[string]*job // that are not over, by msg_id
	groups  []*group        // of jobs that are ready; those that any engine may run are the first
	special []*job          // that are ready, and belong to no group
	records records
	idle    int      // jobs that no engine has
	early   []string // aborted before they came, oldest first
	ended   []*job   // whose dependents have not heard of it
}

func newScheduler(c *Controller) *scheduler {
	return &scheduler{c: c, jobs: map[string]*job{}, groups: []*group{{lines: newLines()}}, records: newRecords(recordLimit)}
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
	if why := s.hopeless(j); why != "" {
		s.impossible(j, why)
	} else if j.special() {
		s.special = append(s.special, j)
	} else {
		s.group(j.targets).lines.push(j)
	}
}

// join adds an engine.
func (s *scheduler) join(e *engine) {
	s.engines = append(s.engines, e)
	s.dispatch()
}

// leave takes an engine out, which keeps its jobs for now.
func (s *scheduler) leave(e *engine) {
	s.engines = slices.DeleteFunc(s.engines, func(other *engine) bool { return other == e })
	s.giveUp()
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
