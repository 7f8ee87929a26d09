package cluster

import (
	"maps"
	"slices"
	"sync"

	"github.com/warren-go/warren/internal/function"
	"github.com/warren-go/warren/internal/ipp/client"
	"github.com/warren-go/warren/internal/value"
)

// reduction is the work of a MapReduce.
type reduction[T, R any] struct {
	environment
	items   []T
	f       func(T) R
	combine func(a, b R) R

	mu    sync.Mutex
	parts map[int]R // of chunks, by the indices of their first items
}

func (w *reduction[T, R]) request(s span, store value.Store) (client.Request, error) {
	buffers, err := w.encode(&function.Reduce[T, R]{F: w.f, Combine: w.combine, First: s.lo, Items: w.items[s.lo:s.hi]}, store)
	return client.Apply(buffers, nil), err
}

func (w *reduction[T, R]) accept(s span, _ int, r client.Reply, store value.Store) ([]failure, error) {
	part, err := function.Decode[R](r.Buffers, function.WithStore(store))
	if err != nil {
		return nil, err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.parts[s.lo] = part
	return nil, nil
}

// sum combines the parts in their order.
func (w *reduction[T, R]) sum(neutral R) R {
	total := neutral
	for _, lo := range slices.Sorted(maps.Keys(w.parts)) {
		total = w.combine(total, w.parts[lo])
	}
	return total
}
