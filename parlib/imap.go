package parlib

import (
	"context"
	"fmt"
	"iter"
	"runtime"
)

// Imap applies f to the items of a sequence that may be long, slow or without end, and yields the results in the order of
// the items while later ones are still worked on. It keeps a few items for each worker under way, see Window, and takes
// more of the sequence only as results are consumed: by the goroutine that ranges over the results, which is none of the
// workers.
//
// An item that fails yields an *ItemError, after which the sequence ends; with FinishAll it goes on. Leaving the loop early
// ends the call, once the items in hand are through.
//
//	for square, err := range parlib.Imap(pool, slices.Values(items), func(x int) int { return x * x }) { … }
func Imap[T, R any](p *Pool, items iter.Seq[T], f func(T) R, options ...PoolOption) iter.Seq2[R, error] {
	return results("Imap", context.Background(), p, items, simple(f), true, options)
}

// ImapUnordered is Imap that yields results as they come, so that a slow item holds nobody up.
func ImapUnordered[T, R any](p *Pool, items iter.Seq[T], f func(T) R, options ...PoolOption) iter.Seq2[R, error] {
	return results("ImapUnordered", context.Background(), p, items, simple(f), false, options)
}

// ImapContext is Imap for a function that can fail and can be told to stop. When ctx is over, no item is begun any more,
// and the last thing yielded is an error that wraps ctx's cause. Leaving the loop early ends the context that f gets.
func ImapContext[T, R any](ctx context.Context, p *Pool, items iter.Seq[T], f func(context.Context, T) (R, error), options ...PoolOption) iter.Seq2[R, error] {
	return results("ImapContext", ctx, p, items, f, true, options)
}

// ImapUnorderedContext is ImapContext that yields results as they come.
func ImapUnorderedContext[T, R any](ctx context.Context, p *Pool, items iter.Seq[T], f func(context.Context, T) (R, error), options ...PoolOption) iter.Seq2[R, error] {
	return results("ImapUnorderedContext", ctx, p, items, f, false, options)
}

// simple makes a plain function one that streams call.
func simple[T, R any](f func(T) R) func(context.Context, T) (R, error) {
	if f == nil {
		return nil
	}
	return func(_ context.Context, item T) (R, error) { return f(item), nil }
}

// results opens a stream each time somebody ranges over it.
func results[T, R any](op string, ctx context.Context, p *Pool, items iter.Seq[T], f func(context.Context, T) (R, error), ordered bool, options []PoolOption) iter.Seq2[R, error] {
	return func(yield func(R, error) bool) {
		s, err := openStream(op, ctx, p, items, f, options)
		if err != nil {
			var none R
			yield(none, fmt.Errorf("parlib: %s: %w", op, err))
			return
		}
		s.ordered = ordered
		s.run(items, yield)
		runtime.KeepAlive(p)
	}
}
