package cluster

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/warren-go/warren/internal/function"
	"github.com/warren-go/warren/internal/ipp/client"
	"github.com/warren-go/warren/internal/ipp/protocol"
	"github.com/warren-go/warren/internal/shm"
	"github.com/warren-go/warren/internal/value"
)

const (
	// ahead is how many spans an engine is sent at most before it has answered the first, so that it need not wait for the next.
	ahead = 3
	// aheadTime is how long a span may have to wait at an engine behind others: too short for another engine to be idle long.
	aheadTime = 10 * time.Millisecond
	// recallTime is after which time a span is taken back from an engine that is still at another one: some items take longer than
	// those before them.
	recallTime = 50 * time.Millisecond
	// graceTime is how long an engine may take to give up what has timed out.
	graceTime = 2 * time.Second
)

// dispatcher hands the work of jobs to engines, as they have time. It knows which engine has what: so it can take work back from
// those that die or hang, which a controller's scheduler cannot.
type dispatcher struct {
	client *client.Client
	store  *shm.Store   // shared memory for large slices, or nil
	output func(Output) // of jobs that do not say otherwise; nil for none
	// replace ends and replaces an engine that does not answer; nil where others own the engines.
	replace func(client.Engine)
	epitaph func(id int) string // how an engine that is gone has ended, or ""

	mu     sync.Mutex
	jobs   map[*job]bool // that are not over
	ready  []*job        // of those, the ones that may have work to hand out, oldest first
	lanes  map[int]*lane // by id
	coming int           // engines that are being started
	tasks  sync.WaitGroup
}

// lane is an engine, as the dispatcher sees it.
type lane struct {
	client.Engine
	busy    int              // spans under way
	stuck   int              // spans under way that have timed out or were given up
	span    float64          // nanoseconds that a span takes
	heard   time.Time        // when the last reply came
	met     *meeting         // nil before it was asked
	alone   bool             // it is to have nothing beside the span under way
	gone    bool             // it has died, which the controller may not have told yet
	sending sync.Mutex       // held while something is sent, so that queue has the same order
	queue   []*client.Future // spans under way, in the order in which they were sent
	last    *client.Future   // of a lane that is gone: what it was at
}

// room reports whether a lane can take another span.
func (l *lane) room() bool {
	return !l.gone && !l.alone && (l.busy == 0 || l.stuck == 0 && l.busy < ahead && l.span > 0 && l.span*float64(l.busy) < float64(aheadTime))
}

// waits reports whether a span is behind another one, so that its engine has not begun it.
func (l *lane) waits(f *client.Future) bool { return len(l.queue) > 0 && l.queue[0] != f }

// bury says that a lane is gone, and returns what its engine was at when it died: the oldest that was under way.
func (l *lane) bury() *client.Future {
	if !l.gone && len(l.queue) > 0 {
		l.last = l.queue[0]
	}
	l.gone = true
	return l.last
}

// refresh follows engines that come and go. An id may come back with another engine.
func (d *dispatcher) refresh() {
	engines := d.client.Engines()
	d.mu.Lock()
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
	j.begun = time.Now()
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

// run has an engine work on a span, and follows it to its end.
func (d *dispatcher) run(l *lane, j *job, s span) {
	var batch value.Store
	if j.calls {
		store, err := d.meet(j.ctx, l)
		if err != nil {
			d.ended(l, j, func() { j.refuse(l, s, err) })
			return
		}
		if store != nil {
			b := store.Batch()
			defer b.Close()
			batch = b
		}
	}
	r, err := j.work.request(s, batch)
	if err != nil {
		d.ended(l, j, func() { j.fatal = err })
		return
	}
	r.Output = d.shown(j, r.Output)
	sent := time.Now()
	d.follow(l, j, s, d.transmit(l, j, r), sent, r)
}

// transmit sends a request to an engine, and remembers in which order that was.
func (d *dispatcher) transmit(l *lane, j *job, r client.Request) *client.Future {
	l.sending.Lock()
	defer l.sending.Unlock()
	f := d.client.Direct(j.ctx, l.Engine, r)
	d.line(l, f)
	return f
}

// line remembers that something was sent, after what was sent before.
func (d *dispatcher) line(l *lane, f *client.Future) {
	d.mu.Lock()
	defer d.mu.Unlock()
	l.queue = append(l.queue, f)
}

// follow waits for the end of what was sent to an engine.
func (d *dispatcher) follow(l *lane, j *job, s span, f *client.Future, sent time.Time, r client.Request) {
	defer func() { d.unline(l, f) }()
	limit, stop := limitOf(j, s)
	defer stop()
	late := time.NewTimer(recallTime)
	defer late.Stop()
	recalled := false
	for {
		select {
		case <-f.Done():
			if more, needed := d.supply(j, f, r); needed {
				d.unline(l, f)
				f = d.transmit(l, j, more)
				continue
			}
			d.answered(l, j, s, f, sent, size(r.Buffers), recalled)
		case <-j.ctx.Done():
			d.abandon(l, j, f, nil)
		case <-limit:
			d.abandon(l, j, f, func() { j.settle(s, l.ID, nil, timedOut(j.timeout)) })
		case <-late.C:
			recalled = d.recall(l, j, f)
			continue
		}
		return
	}
}

// unline forgets what has ended.
func (d *dispatcher) unline(l *lane, f *client.Future) {
	d.mu.Lock()
	l.queue = slices.DeleteFunc(l.queue, func(g *client.Future) bool { return f == g })
	d.unlockAndGo()
}

// supply looks whether an engine asks for compiled cells, and gives the request with them.
func (d *dispatcher) supply(j *job, f *client.Future, r client.Request) (more client.Request, needed bool) {
	reply, err := f.Wait(context.Background())
	if err != nil || !j.calls {
		return r, false
	}
	if r.Buffers, needed, err = function.Supply(r.Buffers, reply.Buffers); err != nil {
		d.mu.Lock()
		j.fatal = err
		d.unlockAndGo(j)
	}
	return r, needed
}

// recall takes a span back that an engine has not begun, for others to do. It reports whether it has tried.
func (d *dispatcher) recall(l *lane, j *job, f *client.Future) bool {
	d.mu.Lock()
	wanted := !j.fixed && l.waits(f)
	d.mu.Unlock()
	if wanted {
		d.abort(l, f)
	}
	return wanted
}

// abort has an engine not begin with a span, or end it.
func (d *dispatcher) abort(l *lane, f *client.Future) {
	d.client.Control(context.Background(), l.Engine, "abort_request", protocol.AbortRequest{IDs: protocol.Strings{f.ID()}})
}

// shown is where the output of a request goes: to who has asked for it, and to who watches.
func (d *dispatcher) shown(j *job, also func(client.Output)) func(client.Output) {
	if also == nil && j.output == nil {
		return nil
	}
	return func(o client.Output) {
		if also != nil {
			also(o)
		}
		if show, ok := outputOf(o); ok && j.output != nil {
			j.output(show)
		}
	}
}

func limitOf(j *job, s span) (<-chan time.Time, func() bool) {
	if j.timeout == 0 {
		return nil, func() bool { return false }
	}
	t := time.NewTimer(j.timeout * time.Duration(s.size()))
	return t.C, t.Stop
}

func size(buffers [][]byte) (n int) {
	for _, b := range buffers {
		n += len(b)
	}
	return n
}

// answered takes a reply.
func (d *dispatcher) answered(l *lane, j *job, s span, f *client.Future, sent time.Time, bytes int, recalled bool) {
	reply, err := f.Wait(context.Background())
	var failed []failure
	var unreadable error
	if f.Drain(); err == nil {
		failed, unreadable = j.work.accept(s, l.ID, reply, storeOf(d.store))
	}
	lost := errors.Is(err, ErrEngineLost)
	if lost && d.client.Err() == nil {
		if text := d.epitaph(l.ID); text != "" {
			err = fmt.Errorf("%w: %s", err, text)
		}
	}
	d.ended(l, j, func() {
		switch {
		case unreadable != nil:
			j.fatal = unreadable
			return
		case recalled && errors.Is(err, ErrAborted):
			j.back = append(j.back, s)
			return
		case lost && l.bury() == f:
			j.lose(s, l.ID, err)
			return
		case lost:
			j.refuse(l, s, err)
			return
		case died(err):
			j.lose(s, l.ID, remote(err))
			return
		}
		now := f.Times().Received
		if !now.IsZero() {
			d.learn(l, j, s, sent, now, bytes+size(reply.Buffers))
			j.spans = append(j.spans, spanOf(s, l.ID, sent, f.Times()))
		}
		j.settle(s, l.ID, failed, remote(err))
	})
}

// learn remembers how long a span has taken.
func (d *dispatcher) learn(l *lane, j *job, s span, sent, now time.Time, bytes int) {
	from := sent
	if l.heard.After(from) { // until then the engine was busy with another span
		from = l.heard
	}
	took := max(now.Sub(from), time.Microsecond)
	j.chunks.learn(s.size(), took, bytes)
	l.span = smooth(l.span, float64(took))
	l.heard = now
}

// ended gives a lane back, after a last change of the job.
func (d *dispatcher) ended(l *lane, j *job, change func()) {
	d.mu.Lock()
	l.busy--
	l.alone = false
	j.out--
	before := j.left
	change()
	if j.left < before && !j.over {
		j.report()
	}
	d.wake(j)
	d.unlockAndGo(j)
}

// abandon asks an engine to give up what is no longer wanted, and keeps the lane until it has.
func (d *dispatcher) abandon(l *lane, j *job, f *client.Future, change func()) {
	d.mu.Lock()
	l.stuck++
	j.out--
	if change != nil {
		change()
	}
	d.wake(j)
	d.unlockAndGo(d.all()...)
	d.abort(l, f)
	select {
	case <-f.Done():
	case <-time.After(graceTime):
		if change != nil && d.replace != nil { // it does not react, and others wait for it
			d.replace(l.Engine)
		}
	}
	<-f.Done()
	d.mu.Lock()
	l.stuck--
	l.busy--
	l.alone = false
	d.unlockAndGo()
}

// impossible says why a job cannot go on.
func (d *dispatcher) impossible(j *job) error {
	held := 0
	for _, l := range d.lanes {
		if err := l.refuses(); err != nil && j.calls && j.allows(l.ID) {
			return fmt.Errorf("%w: %w", ErrNoEngines, err)
		}
		if l.stuck > 0 && j.allows(l.ID) {
			held++
		}
	}
	if held > 0 {
		return fmt.Errorf("%w: %d still work on calls that timed out or were given up, and the others are gone", ErrNoEngines, held)
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
