package cluster

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/warren-go/warren/internal/ipp/client"
	"github.com/warren-go/warren/internal/ipp/protocol"
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
	output func(Output) // of jobs that do not say otherwise; nil for none
	// replace ends and replaces an engine that does not answer; nil where others own the engines.
	replace func(client.Engine)
	epitaph func(id int) string // how an engine that is gone has ended, or ""

	mu     sync.Mutex
	jobs   []*job        // that are not over, oldest first
	lanes  map[int]*lane // by id
	coming int           // engines that are being started
	tasks  sync.WaitGroup
}

// lane is an engine, as the dispatcher sees it.
type lane struct {
	client.Engine
	busy  int     // spans under way
	stuck int     // spans under way that have timed out or were given up
	span  float64 // nanoseconds that a span takes
	last  time.Time
	gone  bool             // it has died, which the controller may not have told yet
	queue []*client.Future // spans under way, in the order in which they were sent
}

// room reports whether a lane can take another span.
func (l *lane) room() bool {
	return !l.gone && (l.busy == 0 || l.stuck == 0 && l.busy < ahead && l.span > 0 && l.span*float64(l.busy) < float64(aheadTime))
}

// waits reports whether a span is behind another one, so that its engine has not begun it.
func (l *lane) waits(f *client.Future) bool { return len(l.queue) > 0 && l.queue[0] != f }

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
		for _, j := range d.jobs {
			j.leave(l.Engine)
		}
	}
	for _, e := range engines {
		if d.lanes[e.ID] == nil {
			d.lanes[e.ID] = &lane{Engine: e}
		}
	}
	d.unlockAndGo()
}

// expect says that n more engines, or fewer, are on their way.
func (d *dispatcher) expect(n int) {
	d.mu.Lock()
	d.coming += n
	d.unlockAndGo()
}

// add begins a job.
func (d *dispatcher) add(j *job) {
	if j.spread != nil {
		d.broadcast(j, j.spread)
		return
	}
	d.mu.Lock()
	j.begun = time.Now()
	d.jobs = append(d.jobs, j)
	d.unlockAndGo()
}

// unlockAndGo hands out what there is to hand out, gives back the lock, and ends the jobs that are over. It follows each change.
func (d *dispatcher) unlockAndGo() {
	d.handOut()
	type end struct {
		j   *job
		err error
	}
	var ends []end
	d.jobs = slices.DeleteFunc(d.jobs, func(j *job) bool {
		over, err := j.verdict()
		if over {
			j.over, j.ended = true, time.Now()
			ends = append(ends, end{j, err})
		}
		return over
	})
	d.mu.Unlock()
	for _, e := range ends {
		e.j.unbind()
		e.j.cancel(errOver)
		e.j.finished(e.err)
	}
}

// errOver ends what is under way of a job that needs it no more.
var errOver = errors.New("the call is over")

// handOut gives work to the engines that have room, those with the least to do first.
func (d *dispatcher) handOut() {
	for d.client.Err() == nil {
		given := false
		lanes := make([]*lane, 0, len(d.lanes))
		for _, l := range d.lanes {
			lanes = append(lanes, l)
		}
		slices.SortFunc(lanes, func(a, b *lane) int { return cmp.Or(a.busy-b.busy, a.ID-b.ID) })
		for _, l := range lanes {
			given = d.give(l) || given
		}
		if !given {
			return
		}
	}
}

// give sends an engine its next span, if there is one for it.
func (d *dispatcher) give(l *lane) bool {
	for _, j := range d.jobs {
		if s, ok := j.take(l); ok {
			l.busy++
			j.out++
			d.tasks.Go(func() { d.run(l, j, s) })
			return true
		}
	}
	return false
}

// run has an engine work on a span, and follows it to its end.
func (d *dispatcher) run(l *lane, j *job, s span) {
	r, err := j.work.request(s)
	if err != nil {
		d.ended(l, j, func() { j.fatal = err })
		return
	}
	r.Output = d.shown(j, r.Output)
	sent := time.Now()
	d.follow(l, j, s, d.client.Direct(j.ctx, l.Engine, r), sent, size(r.Buffers))
}

// follow waits for the end of what was sent to an engine.
func (d *dispatcher) follow(l *lane, j *job, s span, f *client.Future, sent time.Time, bytes int) {
	d.mu.Lock()
	l.queue = append(l.queue, f)
	d.mu.Unlock()
	defer func() {
		d.mu.Lock()
		l.queue = slices.DeleteFunc(l.queue, func(g *client.Future) bool { return f == g })
		d.unlockAndGo()
	}()
	limit, stop := limitOf(j, s)
	defer stop()
	late := time.NewTimer(recallTime)
	defer late.Stop()
	recalled := false
	for {
		select {
		case <-f.Done():
			d.answered(l, j, s, f, sent, bytes, recalled)
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
		failed, unreadable = j.work.accept(s, l.ID, reply)
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
		case lost:
			l.gone = true
			j.lose(s, l.ID, err)
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
	if l.last.After(from) { // until then the engine was busy with another span
		from = l.last
	}
	took := max(now.Sub(from), time.Microsecond)
	j.chunks.learn(s.size(), took, bytes)
	l.span = smooth(l.span, float64(took))
	l.last = now
}

// ended gives a lane back, after a last change of the job.
func (d *dispatcher) ended(l *lane, j *job, change func()) {
	d.mu.Lock()
	l.busy--
	j.out--
	before := j.left
	change()
	if j.left < before && !j.over {
		j.report()
	}
	d.unlockAndGo()
}

// abandon asks an engine to give up what is no longer wanted, and keeps the lane until it has.
func (d *dispatcher) abandon(l *lane, j *job, f *client.Future, change func()) {
	d.mu.Lock()
	l.stuck++
	j.out--
	if change != nil {
		change()
	}
	d.unlockAndGo()
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
	d.unlockAndGo()
}

// impossible says why a job cannot go on.
func (d *dispatcher) impossible(j *job) error {
	held := 0
	for _, l := range d.lanes {
		if l.stuck > 0 && j.allows(l.ID) {
			held++
		}
	}
	if held > 0 {
		return fmt.Errorf("%w: %d still work on calls that timed out or were given up, and the others are gone", ErrNoEngines, held)
	}
	return ErrNoEngines
}

// touch looks again at what there is to do, and at what is over.
func (d *dispatcher) touch() {
	d.mu.Lock()
	d.unlockAndGo()
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

// broadcast begins a job with an item for each of some engines, all in one message.
func (d *dispatcher) broadcast(j *job, engines []client.Engine) {
	r, err := j.work.request(span{hi: 1})
	r.Output = d.shown(j, r.Output)
	d.mu.Lock()
	j.begun = time.Now()
	j.fatal = err
	d.jobs = append(d.jobs, j)
	lanes := make([]*lane, len(engines))
	for i, e := range engines {
		if lanes[i] = d.lanes[e.ID]; lanes[i] == nil || err != nil {
			lanes[i] = &lane{Engine: e}
		}
		lanes[i].busy++
		j.out++
	}
	d.mu.Unlock()
	if err != nil {
		d.touch()
		return
	}
	for i, f := range d.client.Broadcast(j.ctx, engines, r) {
		d.tasks.Go(func() { d.follow(lanes[i], j, span{lo: i, hi: i + 1}, f, j.begun, 0) })
	}
}
