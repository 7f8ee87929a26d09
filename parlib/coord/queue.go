package coord

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"sync"
	"unsafe"
)

// ErrClosed is wrapped by the errors of a queue that is closed: for Put at once, for Get when nothing is left in it.
var ErrClosed = errors.New("the queue is closed")

// Queue is a first-in, first-out buffer of fixed size between goroutines that produce and goroutines that consume. Unlike
// a channel it may be closed while others put: they get an error instead of a panic.
type Queue[T any] struct {
	items   chan T
	closing chan struct{}
	once    sync.Once
	putting sync.RWMutex // held for reading while an item is put, so that Close can wait for who is at it
}

// maxSize bounds a queue: room for all its items is set aside from the start.
const maxSize = 1 << 24

// maxBytes bounds that room, which is not memory in use before there are items in it.
const maxBytes = 1 << 32

// NewQueue makes a queue that holds at most size items, of which there may be 16,777,216, of 4 GiB in all.
func NewQueue[T any](size int) (*Queue[T], error) {
	if size < 1 || size > maxSize {
		return nil, fmt.Errorf("coord: NewQueue: size is %d; it must be between 1 and %d", size, maxSize)
	}
	var item T
	if bytes := unsafe.Sizeof(item); bytes > 0 && uint64(size) > maxBytes/uint64(bytes) {
		return nil, fmt.Errorf("coord: NewQueue: %d items of %d bytes are more than %d bytes; let the items be pointers, or the queue be shorter", size, bytes, maxBytes)
	}
	return &Queue[T]{items: make(chan T, size), closing: make(chan struct{})}, nil
}

// Len is the number of items in the queue at this moment.
func (q *Queue[T]) Len() int { return len(q.items) }

// Size is the number of items that the queue can hold.
func (q *Queue[T]) Size() int { return cap(q.items) }

// Put adds an item, and waits for room if the queue is full. Its error wraps ErrClosed.
func (q *Queue[T]) Put(item T) error { return q.PutContext(context.Background(), item) }

// PutContext is Put until ctx ends: then the item is not added, and the error wraps ctx's cause.
func (q *Queue[T]) PutContext(ctx context.Context, item T) error {
	if err := checkContext("Queue.PutContext", ctx); err != nil {
		return err
	}
	added, err := q.TryPut(item)
	if added || err != nil {
		return err
	}
	q.putting.RLock()
	defer q.putting.RUnlock()
	if q.closed() { // since TryPut: items may be a closed channel
		return errClosed("Put")
	}
	select {
	case <-q.closing:
		return errClosed("Put")
	case <-ctx.Done():
		return ended(ctx, fmt.Sprintf("waiting for room in a queue of %d", cap(q.items)))
	case q.items <- item:
		return nil
	}
}

// TryPut adds an item if there is room at this moment, and reports whether it did. Its error wraps ErrClosed.
func (q *Queue[T]) TryPut(item T) (added bool, err error) {
	if q.items == nil {
		return false, unmade("Queue.Put", "queue", "NewQueue")
	}
	q.putting.RLock()
	defer q.putting.RUnlock()
	if q.closed() {
		return false, errClosed("Put")
	}
	select {
	case q.items <- item:
		return true, nil
	default:
		return false, nil
	}
}

// Get takes the oldest item, and waits for one if the queue is empty. Its error wraps ErrClosed when the queue is closed
// and nothing is left in it.
func (q *Queue[T]) Get() (T, error) { return q.GetContext(context.Background()) }

// GetContext is Get until ctx ends: then it takes none, and its error wraps ctx's cause.
func (q *Queue[T]) GetContext(ctx context.Context) (T, error) {
	if err := checkContext("Queue.GetContext", ctx); err != nil {
		var none T
		return none, err
	}
	item, taken, err := q.TryGet()
	if taken || err != nil {
		return item, err
	}
	select {
	case item, ok := <-q.items:
		return q.got(item, ok)
	case <-ctx.Done():
		var none T
		return none, ended(ctx, "waiting for an item of a queue")
	}
}

// TryGet takes the oldest item if there is one at this moment, and reports whether it did. Its error wraps ErrClosed.
func (q *Queue[T]) TryGet() (item T, taken bool, err error) {
	if q.items == nil {
		return item, false, unmade("Queue.Get", "queue", "NewQueue")
	}
	select {
	case item, ok := <-q.items:
		item, err := q.got(item, ok)
		return item, err == nil, err
	default:
		return item, false, nil
	}
}

func (q *Queue[T]) got(item T, ok bool) (T, error) {
	if !ok {
		return item, errClosed("Get")
	}
	return item, nil
}

// All takes items until the queue is closed and nothing is left in it.
func (q *Queue[T]) All() iter.Seq[T] {
	return func(yield func(T) bool) {
		if q.items == nil { // not made by NewQueue
			return
		}
		for item := range q.items {
			if !yield(item) {
				return
			}
		}
	}
}

// Close ends the adding of items: who waits for room gets an error, and what is in the queue can still be taken. Closing a
// closed queue does nothing.
func (q *Queue[T]) Close() {
	if q.items == nil { // of no use before, and none after
		return
	}
	q.once.Do(func() {
		close(q.closing)
		q.putting.Lock() // who was putting has put or given up
		defer q.putting.Unlock()
		close(q.items)
	})
}

func (q *Queue[T]) closed() bool {
	select {
	case <-q.closing:
		return true
	default:
		return false
	}
}

func errClosed(op string) error { return fmt.Errorf("coord: %s: %w", op, ErrClosed) }
