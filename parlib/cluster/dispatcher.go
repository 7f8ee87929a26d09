package cluster

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/warren-go/warren/internal/ipp/client"
	"github.com/warren-go/warren/internal/shm"
)

// dispatcher hands the work of jobs to engines, as they have time. It knows which engine has what: so it can take work back from
// those that die or hang, which a controller's scheduler cannot.
type dispatcher struct {
	client *client.Client
	store  *shm.Store   // shared memory for large slices, or nil
	output func(Output) // of jobs that do not say otherwise; nil for none
	// replace ends and replaces an engine that does not answer; nil where others own the engines.
	replace func(client.Engine) error
	epitaph func(id int) string // how an engine that is gone has ended, or ""

	mu     sync.Mutex
	jobs   map[*job]bool // that are not over
	ready  []*job        // of those, the ones that may have work to hand out, oldest first
	lanes  map[int]*lane // by id
	coming int           // engines that are being started
	tasks  sync.WaitGroup
}

// refresh follows engines that come and go. An id may come back with another engine.
func (d *dispatcher) refresh() {
	d.mu.Lock()
	engines := d.client.Engines() // by the lock, so that what is older does not come later
	here := map[string]bool{}
	for _, e := range engines {
		here[e.UUID] = true
	}
	for id, l := range d.lanes {
		if here[l.UUID] {
			continue
		}
		delete(d.lanes, id)
		for j := range d.jobs {
			j.leave(l.Engine)
		}
	}
	for _, e := range engines {
		if d.lanes[e.ID] == nil {
			d.lanes[e.ID] = &lane{Engine: e}
		}
	}
	d.unlockAndGo(d.all()...)
}

func (d *dispatcher) all() []*job { return slices.Collect(maps.Keys(d.jobs)) }

// expect says that n more engines, or fewer, are on their way.
func (d *dispatcher) expect(n int) {
	d.mu.Lock()
	d.coming += n
	d.unlockAndGo(d.all()...)
}

// add begins a job.
func (d *dispatcher) add(j *job) {
	if j.spread {
		d.broadcast(j)
		return
	}
	d.mu.Lock()
	d.jobs[j] = true
	if j.fixed {
		d.sendPinned(j)
	} else {
		d.wake(j)
	}
	d.unlockAndGo(j)
}

// wake says that a job has work to hand out.
func (d *dispatcher) wake(j *job) {
	if !j.ready && !j.fixed && j.waits() {
		j.ready = true
		d.ready = append(d.ready, j)
	}
}

// unlockAndGo hands out what there is to hand out, gives back the lock, and ends those of the changed jobs that are over. It
// follows each change.
func (d *dispatcher) unlockAndGo(changed ...*job) {
	for _, j := range changed {
		if d.jobs[j] {
			j.release()
		}
	}
	d.handOut()
	type end struct {
		j   *job
		err error
	}
	var ends []end
	for _, j := range changed {
		if !d.jobs[j] {
			continue
		}
		if over, err := j.verdict(); over {
			j.over, j.ended = true, time.Now()
			delete(d.jobs, j)
			ends = append(ends, end{j, err})
		}
	}
	d.mu.Unlock()
	for _, e := range ends {
		e.j.unbind()
		e.j.unshare()
		e.j.cancel(errOver)
		e.j.finished(e.err)
	}
}

// errOver ends what is under way of a job that needs it no more.
var errOver = errors.New("the call is over")

// handOut gives work to the engines that have room, those with the least to do first.
func (d *dispatcher) handOut() {
	for given := true; given && len(d.ready) > 0 && d.client.Err() == nil; {
		given = false
		for _, l := range d.roomy() {
			given = d.give(l) || given
		}
	}
}

// roomy are the engines that have room.
func (d *dispatcher) roomy() (lanes []*lane) {
	for _, l := range d.lanes {
		if l.room() {
			lanes = append(lanes, l)
		}
	}
	slices.SortFunc(lanes, func(a, b *lane) int { return cmp.Or(a.busy-b.busy, a.ID-b.ID) })
	return lanes
}

// give sends an engine its next span, if there is one for it.
func (d *dispatcher) give(l *lane) bool {
	for i := 0; i < len(d.ready); i++ {
		j := d.ready[i]
		s, ok := j.take(l)
		if !j.waits() {
			j.ready = false
			d.drop(i)
			i--
		}
		if ok {
			d.send(l, j, s)
			return true
		}
	}
	return false
}

// drop takes a job out of the list; mostly it is the first.
func (d *dispatcher) drop(i int) {
	if i == 0 {
		d.ready[0] = nil
		d.ready = d.ready[1:]
		return
	}
	d.ready = slices.Delete(d.ready, i, i+1)
}

// send begins with a span.
func (d *dispatcher) send(l *lane, j *job, s span) {
	l.busy++
	j.out++
	d.tasks.Go(func() { d.run(l, j, s) })
}

// sendPinned sends a job that is for certain engines, also if those are busy.
func (d *dispatcher) sendPinned(j *job) {
	for _, e := range j.engines {
		l := d.lanes[e.ID]
		if l == nil || l.Engine != e {
			j.leave(e)
			continue
		}
		if s, ok := j.take(l); ok {
			d.send(l, j, s)
		}
	}
}

// impossible says why a job cannot go on.
func (d *dispatcher) impossible(j *job) error {
	held := 0
	for _, l := range d.lanes {
		if err := l.refuses(); err != nil && j.calls && j.allows(l.ID) {
			return fmt.Errorf("%w: %w", ErrNoEngines, err)
		}
		if l.hung > 0 && j.allows(l.ID) {
			held++
		}
	}
	if held > 0 {
		return fmt.Errorf("%w: %d still work on calls that have timed out, and the others are gone", ErrNoEngines, held)
	}
	return ErrNoEngines
}

// touch looks at a job whose context may have ended.
func (d *dispatcher) touch(j *job) {
	d.mu.Lock()
	d.unlockAndGo(j)
}

// submit begins a job when what it depends on is there.
func (d *dispatcher) submit(j *job) {
	if len(j.after)+len(j.follow) == 0 {
		d.add(j)
		return
	}
	d.tasks.Go(func() {
		if err := j.depend(); err != nil {
			j.fatal = err
		}
		d.add(j)
	})
}
