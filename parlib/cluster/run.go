package cluster

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/warren-go/warren/internal/function"
	"github.com/warren-go/warren/internal/ipp/client"
	"github.com/warren-go/warren/internal/ipp/protocol"
	"github.com/warren-go/warren/internal/value"
)

const (
	// recallTime is after which time a span is taken back from an engine that is still at another one: some items take longer than
	// those before them.
	recallTime = 50 * time.Millisecond
	// graceTime is how long an engine may take to give up what has timed out.
	graceTime = 2 * time.Second
)

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
	defer func() { stop() }()
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
			if d.queued(l, f) {
				limit, stop = limitOf(j, s)
				continue
			}
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
	if r.Buffers, needed, err = function.Supply(r.Buffers, reply.Buffers, function.WithStore(storeOf(d.store))); err != nil {
		d.mu.Lock()
		j.fatal = err
		d.unlockAndGo(j)
	}
	return r, needed
}

// queued reports whether a span is behind others that may still end, so that its own time has not begun.
func (d *dispatcher) queued(l *lane, f *client.Future) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return l.waits(f) && l.stuck == 0
}

// recall takes a span back that an engine has not begun, for others to do. It reports whether it has tried.
func (d *dispatcher) recall(l *lane, j *job, f *client.Future) bool {
	d.mu.Lock()
	wanted := !j.fixed && l.waits(f)
	if wanted {
		l.span = max(l.span, float64(aheadTime)) // so that it is not sent there again before others have come back
	}
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

// abandon asks an engine to give up what is no longer wanted, and keeps the lane until it has. An engine that does not react is
// replaced if it has timed out, since others wait for it.
func (d *dispatcher) abandon(l *lane, j *job, f *client.Future, timedOut func()) {
	d.mu.Lock()
	l.stuck++
	j.out--
	if timedOut != nil {
		l.hung++
		timedOut()
	}
	d.wake(j)
	d.unlockAndGo(d.all()...)
	d.abort(l, f)
	select {
	case <-f.Done():
	case <-time.After(graceTime):
		if timedOut != nil && d.replace != nil {
			d.exchange(l)
		}
	}
	<-f.Done()
	d.discard(j, f)
	d.mu.Lock()
	if timedOut != nil {
		l.hung--
		l.kept = l.kept && l.hung > 0
	}
	l.stuck--
	l.busy--
	l.alone = false
	d.unlockAndGo()
}

// discard reads a reply that nobody waits for, since large results lie in shared memory until they are read.
func (d *dispatcher) discard(j *job, f *client.Future) {
	if r, err := f.Wait(context.Background()); err == nil && j.calls {
		_, _ = function.Decode[any](r.Buffers, function.WithStore(storeOf(d.store)))
	}
}

// exchange has an engine replaced that does not react. Calls that wait for it hear if that fails.
func (d *dispatcher) exchange(l *lane) {
	if d.replace(l.Engine) == nil {
		return
	}
	d.mu.Lock()
	l.kept = l.hung > 0
	d.unlockAndGo(d.all()...)
}
