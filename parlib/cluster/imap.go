package cluster

import (
	"context"
	"fmt"
	"iter"
	"time"

	"github.com/warren-go/warren/parlib/coord"
)

// Imap applies f to the items of a sequence that may be long, slow or without end, on the view's engines, and yields the results
// in the order of the items while later ones are still worked on. It has a few chunks for each engine under way, see Window, and
// takes more of the sequence only as results are consumed, by the goroutine that ranges over them.
//
// An item that fails yields an *ItemError, and the sequence goes on, unless StopAtFailure is given; another error ends it.
// Leaving the loop early ends the call.
//
//	for square, err := range cluster.Imap(view, slices.Values(items), square) { … }
func Imap[T, R any](v View, items iter.Seq[T], f func(T) R, options ...CallOption) iter.Seq2[R, error] {
	return stream[T, R]("Imap", context.Background(), v, items, plain(f), true, options)
}

// ImapUnordered is Imap that yields results as they come, so that a slow item holds nobody up.
func ImapUnordered[T, R any](v View, items iter.Seq[T], f func(T) R, options ...CallOption) iter.Seq2[R, error] {
	return stream[T, R]("ImapUnordered", context.Background(), v, items, plain(f), false, options)
}

// ImapContext is Imap for a function that can fail and can be told to stop. When ctx is over, the last thing yielded is an error
// that wraps ctx's cause.
func ImapContext[T, R any](ctx context.Context, v View, items iter.Seq[T], f func(context.Context, T) (R, error), options ...CallOption) iter.Seq2[R, error] {
	return stream[T, R]("ImapContext", ctx, v, items, fallible(f), true, options)
}

// ImapUnorderedContext is ImapContext that yields results as they come.
func ImapUnorderedContext[T, R any](ctx context.Context, v View, items iter.Seq[T], f func(context.Context, T) (R, error), options ...CallOption) iter.Seq2[R, error] {
	return stream[T, R]("ImapUnorderedContext", ctx, v, items, fallible(f), false, options)
}

// defaultWindow is how many chunks an engine has under way in a stream without Window.
const defaultWindow = 4

// flow is a stream that somebody ranges over.
type flow[T, R any] struct {
	op      string
	ctx     context.Context
	view    View
	task    tasker[T]
	options []CallOption
	call    call

	next   func() (T, bool)
	taken  int // items of the sequence
	ended  bool
	chunks sizer
}

// part is a chunk of a stream under way.
type part[R any] struct {
	first  int
	size   int
	result *AsyncResult[[]R]
}

func stream[T, R any](op string, ctx context.Context, v View, items iter.Seq[T], task tasker[T], ordered bool, options []CallOption) iter.Seq2[R, error] {
	return func(yield func(R, error) bool) {
		s := &flow[T, R]{op: op, view: v, task: task, options: options}
		err := s.check(ctx, items == nil)
		if err == nil {
			var cancel context.CancelFunc
			s.ctx, cancel = context.WithCancel(ctx)
			defer cancel()
			var stop func()
			s.next, stop = iter.Pull(items)
			defer stop()
			err = s.run(ordered, yield)
		}
		if err != nil {
			var none R
			yield(none, err)
		}
	}
}

// check refuses what cannot work before anything is taken of the sequence.
func (s *flow[T, R]) check(ctx context.Context, noItems bool) error {
	switch {
	case ctx == nil:
		return fmt.Errorf("cluster: %s: %w", s.op, errNilContext)
	case noItems:
		return fmt.Errorf("cluster: %s: the sequence is nil", s.op)
	case s.task == nil:
		return fmt.Errorf("cluster: %s: %w", s.op, errNilFunction)
	}
	b, err := usable(s.view)
	if err == nil {
		err = each(append(b.options[:len(b.options):len(b.options)], s.options...), &s.call)
	}
	if err != nil {
		return fmt.Errorf("cluster: %s: %w", s.op, err)
	}
	return nil
}

// run keeps chunks under way and yields results until the sequence ends, the consumer has enough, or something fails that is
// none of a single item.
func (s *flow[T, R]) run(ordered bool, yield func(R, error) bool) error {
	window := s.call.window
	if window == 0 {
		window = defaultWindow * max(1, len(s.view.IDs()))
	}
	var order []*part[R]
	ready := make(chan *part[R], window)
	for under := 0; ; under-- {
		for under < window && !s.ended {
			p := s.begin()
			if p == nil {
				break
			}
			under++
			if ordered {
				order = append(order, p)
				continue
			}
			coord.WhenDone(p.result.Future, func([]R, error) (struct{}, error) {
				ready <- p
				return struct{}{}, nil
			})
		}
		if under == 0 {
			return nil
		}
		var p *part[R]
		if ordered {
			p, order = order[0], order[1:]
		} else {
			p = <-ready
		}
		if more, err := s.deliver(p, yield); !more || err != nil {
			return err
		}
	}
}

// fillTime is how long a stream may wait for items to fill a chunk with.
const fillTime = 20 * time.Millisecond

// begin takes the next chunk of the sequence and starts it. It returns nil when there is none.
func (s *flow[T, R]) begin() *part[R] {
	size := s.call.chunk
	if size == 0 && s.call.timeout == 0 {
		size = s.chunks.next(1<<30, 1)
	}
	var items []T
	for from := time.Now(); len(items) < max(1, size); {
		item, ok := s.next()
		if !ok {
			s.ended = true
			break
		}
		items = append(items, item)
		if s.call.chunk == 0 && time.Since(from) > fillTime {
			break
		}
	}
	if len(items) == 0 {
		return nil
	}
	p := &part[R]{first: s.taken, size: len(items)}
	s.taken += len(items)
	m := &mapping[T, R]{first: p.first, items: items, task: s.task}
	whole := func(c *call) error {
		c.chunk, c.progress, c.stop, c.keepAll = max(1, size), nil, false, true
		return nil
	}
	r, err := startMap(s.op, s.ctx, s.view, m, append(s.options[:len(s.options):len(s.options)], whole))
	if err != nil {
		r = failed[[]R](fmt.Errorf("cluster: %s: %w", s.op, err))
		s.ended = true
	}
	p.result = r
	return p
}

// deliver yields the results of a chunk. more is false if that was enough.
func (s *flow[T, R]) deliver(p *part[R], yield func(R, error) bool) (more bool, err error) {
	results, err := p.result.Get()
	failures, ok := err.(*ItemErrors)
	if err != nil && !ok {
		return false, err
	}
	if t := p.result.Timings(); len(t.Spans) > 0 {
		s.chunks.learn(p.size, max(t.Wall/defaultWindow, time.Microsecond), 0)
	}
	failed := map[int]*ItemError{}
	if failures != nil {
		for _, f := range failures.Errs {
			for i := range f.Count {
				failed[f.Index+i] = f
			}
		}
	}
	for i, r := range results {
		f, bad := failed[p.first+i]
		if !bad {
			if !yield(r, nil) {
				return false, nil
			}
			continue
		}
		var none R
		if !yield(none, f) || s.call.stop {
			return false, nil
		}
	}
	return true, nil
}
