package taskq

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"sync"
	"time"

	"github.com/warren-go/warren/parlib/taskq/internal/bus"
)

// maxLosses is how many workers may vanish over one task before it is dead: it may well be what kills them.
const maxLosses = 5

// attempt is one run of a task: this worker holds the record in a certain revision, and whoever changes it takes the task away.
type attempt struct {
	w       *Worker
	id      string
	message bus.Message
	ctx     context.Context
	cancel  context.CancelCauseFunc

	mu       sync.Mutex // guards record and revision
	record   *record
	revision uint64
}

// process does all about one message of the broker's. What it does not acknowledge, the broker gives to a worker again after the lease.
func (w *Worker) process(m bus.Message) {
	a := &attempt{w: w, id: string(m.Data()), message: m}
	a.ctx, a.cancel = context.WithCancelCause(w.ctx)
	defer a.cancel(nil)
	if !a.claim() {
		return
	}
	output, err := a.run()
	a.finish(output, err)
}

// claim makes the task this worker's, if it is to be run now. If not, it does with the message what is to be done.
func (a *attempt) claim() bool {
	for {
		r, revision, err := a.w.q.store.get(a.w.ctx, a.id)
		switch {
		case errors.Is(err, ErrUnknown): // forgotten
			a.acknowledge()
			return false
		case err != nil:
			return false
		case r.Status.Final(): // a worker was killed between the result and here
			a.conclude(r)
			return false
		}
		if !a.due(r) {
			return false
		}
		if r.Status == Running {
			r.Losses++
		}
		if r.Losses > maxLosses {
			r.Status, r.Cause, r.Finished = Dead, lost, time.Now()
			r.Error = fmt.Sprintf("%v (%d times)", ErrLost, r.Losses)
		} else {
			r.Status, r.Holder, r.Attempt, r.Started, r.Progress, r.Note = Running, a.w.id, r.Attempt+1, time.Now(), 0, ""
		}
		revision, err = a.w.q.store.update(a.w.ctx, a.id, r, revision)
		switch {
		case errors.Is(err, bus.ErrConflict):
			continue
		case err != nil:
			return false
		case r.Status == Dead:
			a.conclude(r)
			return false
		}
		a.record, a.revision = r, revision
		return true
	}
}

// due reports whether this message is the one by which the task is run, and its time has come.
func (a *attempt) due(r *record) bool {
	if r.Message != 0 && r.Message != a.message.Number() { // the task was submitted again after the broker's memory for that
		a.acknowledge()
		return false
	}
	r.Message = a.message.Number()
	if early := time.Until(r.Before); early > 0 {
		a.message.Back(early)
		return false
	}
	return true
}

// run runs the handler, and sees meanwhile that the task stays this worker's.
func (a *attempt) run() (output []byte, err error) {
	ctx, cancel := context.WithCancel(context.WithValue(a.ctx, attemptKey{}, a))
	defer cancel()
	if limit := a.record.Policy.Timeout; limit > 0 {
		ctx, cancel = context.WithTimeoutCause(ctx, limit, ErrTimeout)
		defer cancel()
	}
	kept := make(chan struct{})
	go func() {
		defer close(kept)
		a.keep(ctx)
	}()
	output, err = a.call(ctx)
	cancel()
	<-kept
	return output, err
}

// call calls the handler. After the end of its context it waits for it a while longer, so that no other attempt begins beside this one.
func (a *attempt) call(ctx context.Context) ([]byte, error) {
	done := a.start(ctx)
	var o outcome
	select {
	case o = <-done:
	case <-ctx.Done():
		o.err = context.Cause(ctx)
		select {
		case o = <-done:
		case <-time.After(closeTime):
		}
	}
	if errors.Is(context.Cause(ctx), ErrTimeout) {
		o.err = fmt.Errorf("%w (limit %v)", ErrTimeout, a.record.Policy.Timeout)
	}
	return o.output, o.err
}

// outcome is what a handler returned.
type outcome struct {
	output []byte
	err    error
}

// start runs the handler in a goroutine of its own.
func (a *attempt) start(ctx context.Context) <-chan outcome {
	run := a.w.q.handler(a.record.Task)
	done := make(chan outcome, 1)
	key := fmt.Sprintf("%s\x00%d", a.id, a.record.Attempt)
	a.w.enter(key, a.record.Task)
	go func() {
		o := outcome{err: errors.New("the handler ended its goroutine with runtime.Goexit")}
		defer func() {
			if p := recover(); p != nil {
				o = outcome{err: fmt.Errorf("panic: %v\n\n%s", p, debug.Stack())}
			}
			a.w.leave(key)
			done <- o
		}()
		o.output, o.err = run(ctx, a.record.Input)
	}()
	return done
}

// keep tells the broker that the worker is alive, and ends the attempt when the task is no longer its own.
func (a *attempt) keep(ctx context.Context) {
	news, stop := a.w.q.events.listen(a.id)
	defer stop()
	beat := time.NewTicker(a.w.q.opts.Lease / 3)
	defer beat.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-beat.C:
			a.message.Alive()
		case <-news:
		}
		if err := a.check(ctx); err != nil {
			a.cancel(err)
			return
		}
	}
}

var errTaken = errors.New("another worker has taken the task over")

// check returns why the task is no longer this worker's. A broker that is away says nothing about that.
func (a *attempt) check(ctx context.Context) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	r, revision, err := a.w.q.store.get(ctx, a.id)
	switch {
	case errors.Is(err, ErrUnknown):
		return ErrRevoked
	case err != nil || revision <= a.revision: // an answer may be older than this worker's last change
		return nil
	case r.Status == Revoked:
		return ErrRevoked
	}
	return errTaken
}

// finish stores how the attempt ended.
func (a *attempt) finish(output []byte, err error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	ctx, cancel := context.WithTimeout(a.w.q.ctx, closeTime) // also when the worker ends, so that nothing is done twice without need
	defer cancel()
	if a.w.ctx.Err() == nil {
		ctx = a.w.ctx // while it goes on, it waits for a broker that is away
	}
	r := *a.record
	wait := a.judge(&r, output, err)
	_, err = a.w.q.store.update(ctx, a.id, &r, a.revision)
	if errors.Is(err, bus.ErrTooLarge) {
		r.Status, r.Output, r.Error, r.Failures, r.Finished = Dead, nil, "the result: "+err.Error(), r.Failures+1, time.Now()
		_, err = a.w.q.store.update(ctx, a.id, &r, a.revision)
	}
	switch {
	case errors.Is(err, bus.ErrConflict):
		a.yield(ctx)
	case err != nil: // the broker is away for long: the task is given out again
	case r.Status.Final():
		a.conclude(&r)
	default:
		a.message.Back(wait)
	}
}

// yield is the end of an attempt whose task somebody else has. A revoked one is over; another worker has a message of its own.
func (a *attempt) yield(ctx context.Context) {
	if r, _, err := a.w.q.store.get(ctx, a.id); errors.Is(err, ErrUnknown) || err == nil && r.Status == Revoked {
		a.acknowledge()
	}
}

// judge puts the outcome of an attempt into the record. It returns after what time there is to be another.
func (a *attempt) judge(r *record, output []byte, err error) (wait time.Duration) {
	var final *permanent
	r.Holder = ""
	switch {
	case err == nil:
		r.Status, r.Output, r.Error, r.Cause, r.Finished, r.Progress = Done, output, "", failed, time.Now(), 1
		return 0
	case a.ctx.Err() != nil: // through no fault of the task
		r.Status = Queued
		return 0
	}
	r.Failures++
	r.Error, r.Cause = err.Error(), failed
	if errors.Is(err, ErrTimeout) {
		r.Cause = timedOut
	}
	if r.Failures > r.Policy.Retries || errors.As(err, &final) {
		r.Status, r.Finished = Dead, time.Now()
		return 0
	}
	wait = r.Policy.delay(r.Failures)
	r.Status, r.Before = Queued, time.Now().Add(wait)
	return wait
}

// conclude does what follows from a final record, and only then has the broker forget the message.
func (a *attempt) conclude(r *record) {
	if err := a.w.q.conclude(a.w.q.ctx, a.id, r); err == nil {
		a.acknowledge()
	}
}

func (a *attempt) acknowledge() { a.message.Ack() } // if it gets lost, the record tells the next worker that all is done

type attemptKey struct{}

// Current returns what is known of the task whose handler ctx was given to. Its ID and attempt are what a handler needs to
// make its effects idempotent. The second result is false for another context.
func Current(ctx context.Context) (Info, bool) {
	a, ok := ctx.Value(attemptKey{}).(*attempt)
	if !ok {
		return Info{}, false
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.record.info(a.id), true
}

// Progress lets a handler tell how far it has come, from 0 to 1, and what it is doing; Info shows it. It costs a trip to the broker. Its
// error says that the task is no longer this worker's, so that there is no use in going on.
func Progress(ctx context.Context, fraction float64, note string) error {
	a, ok := ctx.Value(attemptKey{}).(*attempt)
	if !ok {
		return errors.New("taskq: Progress: the context is not that of a task's handler")
	}
	if !(fraction >= 0 && fraction <= 1) {
		return fmt.Errorf("taskq: Progress: the fraction is %v; it is from 0 to 1", fraction)
	}
	if len(note) > recordSize/4 {
		note = note[:recordSize/4]
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	r := *a.record
	r.Progress, r.Note = fraction, note
	revision, err := a.w.q.store.update(ctx, a.id, &r, a.revision)
	if err != nil {
		return fmt.Errorf("taskq: Progress: ID %s: %w", a.id, err)
	}
	a.record, a.revision = &r, revision
	return nil
}
