package coord

import (
	"context"
	"fmt"
	"iter"
)

// When says how long Wait waits.
type When int

const (
	First      When = iota // until one future is ready
	FirstError             // until one future failed, or all are ready
	All                    // until all futures are ready
)

// Wait waits for some or all of several futures, and returns those that are ready and those that are not, both in the
// order given. If ctx ends first, the error wraps its cause. What the futures' outcomes are, errors among them, is for the
// caller to see.
func Wait[T any](ctx context.Context, until When, futures ...*Future[T]) (ready, pending []*Future[T], err error) {
	if until < First || until > All {
		return nil, futures, fmt.Errorf("coord: Wait: until is %d; it must be First, FirstError or All", until)
	}
	if err := checkContext("Wait", ctx); err != nil {
		return nil, futures, err
	}
	w := newWatch(futures)
	for w.left > 0 {
		i, werr := w.next(ctx)
		if werr != nil {
			err = werr
			break
		}
		if until == First || until == FirstError && !futures[i].Successful() {
			break
		}
	}
	for _, f := range futures {
		if f.Ready() {
			ready = append(ready, f)
		} else {
			pending = append(pending, f)
		}
	}
	return ready, pending, err
}

// AsCompleted yields futures as they become ready, each with its place in the list.
func AsCompleted[T any](futures ...*Future[T]) iter.Seq2[int, *Future[T]] {
	return func(yield func(int, *Future[T]) bool) {
		for w := newWatch(futures); w.left > 0; {
			i, _ := w.next(context.Background())
			if !yield(i, futures[i]) {
				return
			}
		}
	}
}

// watch hands out the indices of futures as they become ready.
type watch[T any] struct {
	futures []*Future[T]
	ready   chan int // has room for all, so that a watch can be left alone
	left    int      // futures that were not handed out
	helped  int      // futures whose work was offered a hand
}

func newWatch[T any](futures []*Future[T]) *watch[T] {
	w := &watch[T]{futures: futures, ready: make(chan int, len(futures)), left: len(futures)}
	for i, f := range futures {
		f.subscribe(func() { w.ready <- i })
	}
	return w
}

// next waits for the next future that is ready. It lends a hand before it does.
func (w *watch[T]) next(ctx context.Context) (int, error) {
	for {
		select {
		case i := <-w.ready:
			w.left--
			return i, nil
		default:
		}
		if w.helped == len(w.futures) || ctx.Err() != nil {
			break
		}
		w.futures[w.helped].help()
		w.helped++
	}
	select {
	case i := <-w.ready:
		w.left--
		return i, nil
	case <-ctx.Done():
		return 0, ended(ctx, fmt.Sprintf("waiting for %d of %d futures", w.left, len(w.futures)))
	}
}
