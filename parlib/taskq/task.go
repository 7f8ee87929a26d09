package taskq

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// Task is a kind of task: a name, by which all processes know it, and what goes in and comes out, as JSON.
type Task[In, Out any] struct {
	q    *Queue
	name string
	err  error // of Define
}

// Define gives the queue a kind of task, and says how this process runs it. With a nil handler this process only submits such tasks, and
// others run them. A name that is defined again has the new handler from the next task on.
//
// The handler runs in a goroutine of its own. Its context ends when the attempt has lasted too long, when the task is revoked or taken
// over by another worker, and when the worker is closed; a handler that pays no heed runs on, though nobody waits for it. It may run more
// than once for one task, see the package's text. A panic in it is an error. Whatever is wrong with the name is the error of Submit
// and Work.
func Define[In, Out any](q *Queue, name string, run func(ctx context.Context, in In) (Out, error)) *Task[In, Out] {
	t := &Task[In, Out]{q: q, name: name}
	switch {
	case q == nil:
		t.err = errors.New("the queue is nil")
	case !validName.MatchString(name):
		t.err = fmt.Errorf("the task's name is %q; it has up to 64 letters, digits, - and _", name)
	case run != nil:
		q.define(name, func(ctx context.Context, input []byte) ([]byte, error) {
			var in In
			if err := json.Unmarshal(input, &in); err != nil {
				return nil, Permanent(fmt.Errorf("its input is not a %T: %w", in, err))
			}
			out, err := run(ctx, in)
			if err != nil {
				return nil, err
			}
			text, err := json.Marshal(out)
			if err != nil {
				return nil, Permanent(fmt.Errorf("its result cannot be put in JSON: %w", err))
			}
			return text, nil
		})
	}
	return t
}

// define notes a handler, and has the workers that run already take such tasks, too.
func (q *Queue) define(name string, run handler) {
	q.mu.Lock()
	defer q.mu.Unlock()
	_, known := q.handlers[name]
	q.handlers[name] = run
	if known {
		return
	}
	for w := range q.workers {
		w.take(name)
	}
}

func (q *Queue) handler(name string) handler {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.handlers[name]
}

// Name is the name given to Define.
func (t *Task[In, Out]) Name() string { return t.name }

// Submit queues a task. When it returns without an error the broker has the task on disk. It waits for a broker that is away until ctx
// ends; then the task may be queued all the same, and it is safe to submit it again under the same ID.
func (t *Task[In, Out]) Submit(ctx context.Context, in In, opts ...Option) (*Result[Out], error) {
	return t.With(in, opts...).Submit(ctx)
}

// With is the task with its input, not yet submitted: what workflows are made of.
func (t *Task[In, Out]) With(in In, opts ...Option) Signature[Out] {
	n, err := t.node(opts)
	if err == nil {
		n.input, err = json.Marshal(in)
	}
	return Signature[Out]{t.q, n, err}
}

func (t *Task[In, Out]) node(opts []Option) (*node, error) {
	if t.err != nil {
		return nil, t.err
	}
	s := settings{}
	for _, opt := range opts {
		opt(&s)
	}
	return &node{task: t.name, settings: s}, s.err
}

// Option is a wish about one task.
type Option func(*settings)

type settings struct {
	policy policy
	id     string
	delay  time.Duration
	at     time.Time
	err    error
}

func (s *settings) refuse(format string, args ...any) {
	s.err = errors.Join(s.err, fmt.Errorf(format, args...))
}

// Retry has a task that failed tried again, so many times, first after the delay, then after twice the delay and so on, up to an hour.
// Without it the first failure is final.
func Retry(times int, delay time.Duration) Option {
	return func(s *settings) {
		if times < 0 || delay < 0 {
			s.refuse("Retry(%d, %v): neither may be negative", times, delay)
		}
		s.policy.Retries, s.policy.Backoff = times, delay
	}
}

// Timeout limits each attempt. One that lasts longer has failed.
func Timeout(d time.Duration) Option {
	return func(s *settings) {
		if d <= 0 {
			s.refuse("Timeout(%v): it is to be positive", d)
		}
		s.policy.Timeout = d
	}
}

// ID names the task: letters, digits, - and _. Submitting it again under the same ID runs nothing again, but gives the same result. To
// use an ID for another task or another input is an error. Without this option the ID is a random one.
func ID(id string) Option {
	return func(s *settings) {
		if !validName.MatchString(id) {
			s.refuse("ID(%q): an ID has up to 64 letters, digits, - and _", id)
		}
		s.id = id
	}
}

// Delay has the task begun no sooner than after a time from Submit on.
func Delay(d time.Duration) Option { return func(s *settings) { s.delay = d } }

// At has the task begun no sooner than at a time.
func At(t time.Time) Option { return func(s *settings) { s.at = t } }

// before is when a task submitted now may be begun.
func (s *settings) before(now time.Time) time.Time {
	if s.delay > 0 {
		return now.Add(s.delay)
	}
	return s.at
}
