package coord

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/warren-go/warren/parlib/team"
)

// Future is the outcome of work that may still be under way: a value or an error, once it is ready. Any number of
// goroutines may ask for it, at any time.
type Future[T any] struct {
	mu          sync.Mutex
	hooks       Hooks // none when ready: they hold on to the work
	ready       bool
	value       T
	err         error
	done        chan struct{} // closed when ready; nil until somebody needs it
	subscribers []func()      // called when ready
}

// Hooks connect a future with who does its work. Each may be nil.
type Hooks struct {
	// Cancel is called by the future's Cancel, if the future is not ready.
	Cancel func()
	// Help is called by a goroutine that is about to wait for the future. It may do the work in that goroutine, so that
	// workers can wait for each other's work.
	Help func()
}

// Promise is the side of a Future on which the outcome is put in.
type Promise[T any] struct{ future Future[T] }

// NewPromise makes a promise whose future is not ready.
func NewPromise[T any](hooks Hooks) *Promise[T] {
	return &Promise[T]{Future[T]{hooks: hooks}}
}

// Future is what the promise is kept to.
func (p *Promise[T]) Future() *Future[T] { return &p.future }

// Resolve makes the future ready with an outcome, and calls what waits for it. Only the first call counts; Resolve
// reports whether this was it.
func (p *Promise[T]) Resolve(value T, err error) bool {
	f := &p.future
	f.mu.Lock()
	if f.ready {
		f.mu.Unlock()
		return false
	}
	f.ready, f.value, f.err = true, value, err
	subscribers := f.subscribers
	f.subscribers, f.hooks = nil, Hooks{}
	if f.done != nil {
		close(f.done)
	}
	f.mu.Unlock()
	for _, call := range subscribers {
		call()
	}
	return true
}

// Go calls f in a goroutine of its own, and returns its outcome to be. The future's Cancel ends the context that f gets. A
// panic of f becomes an error that wraps a *team.PanicError.
func Go[T any](ctx context.Context, f func(context.Context) (T, error)) *Future[T] {
	if ctx == nil || f == nil {
		return Failed[T](errors.New("coord: Go: the context or the function is nil"))
	}
	ctx, cancel := context.WithCancel(ctx)
	p := NewPromise[T](Hooks{Cancel: cancel})
	go func() {
		defer cancel()
		settle(p, func() (T, error) { return f(ctx) })
	}()
	return p.Future()
}

// settle makes p ready with the outcome of f, however f ends.
func settle[T any](p *Promise[T], f func() (T, error)) {
	var none T
	returned := false
	defer func() {
		if returned {
			return
		}
		if v := recover(); v != nil {
			p.Resolve(none, fmt.Errorf("coord: %w", team.NewPanicError(v)))
			return
		}
		p.Resolve(none, fmt.Errorf("coord: %w", team.ErrGoexit))
	}()
	value, err := f()
	returned = true
	p.Resolve(value, err)
}

// Done returns a channel that is closed when the future is ready, for use in a select.
func (f *Future[T]) Done() <-chan struct{} {
	if f == nil {
		return Failed[T](errNilFuture).Done()
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.done == nil {
		f.done = make(chan struct{})
		if f.ready {
			close(f.done)
		}
	}
	return f.done
}

// Ready reports whether the outcome is there.
func (f *Future[T]) Ready() bool {
	ready, _, _ := f.outcome()
	return ready
}

// Successful reports whether the outcome is there and is no error.
func (f *Future[T]) Successful() bool {
	ready, _, err := f.outcome()
	return ready && err == nil
}

// Get waits for the outcome and returns it.
func (f *Future[T]) Get() (T, error) {
	f.Wait()
	_, value, err := f.outcome()
	return value, err
}

// GetContext is Get until ctx ends: then its error wraps ctx's cause, while the work goes on.
func (f *Future[T]) GetContext(ctx context.Context) (T, error) {
	if err := f.waitContext("Future.GetContext", ctx); err != nil {
		var none T
		return none, err
	}
	_, value, err := f.outcome()
	return value, err
}

// Wait waits until the outcome is there.
func (f *Future[T]) Wait() {
	if f.Ready() {
		return
	}
	f.help()
	if !f.Ready() {
		<-f.Done()
	}
}

// WaitContext is Wait until ctx ends: then its error wraps ctx's cause. It says nothing about the outcome.
func (f *Future[T]) WaitContext(ctx context.Context) error {
	return f.waitContext("Future.WaitContext", ctx)
}

func (f *Future[T]) waitContext(op string, ctx context.Context) error {
	if err := checkContext(op, ctx); err != nil {
		return err
	}
	if f.Ready() {
		return nil
	}
	if ctx.Err() == nil {
		f.help()
	}
	select {
	case <-f.Done():
		return nil
	case <-ctx.Done():
	}
	if f.Ready() {
		return nil
	}
	return ended(ctx, "waiting for a future")
}

// Cancel asks for the work to end early. It does not wait, and work that pays no heed to its context goes on; the outcome
// of work that was cancelled is an error that wraps context.Canceled.
func (f *Future[T]) Cancel() {
	if cancel := f.hooked().Cancel; cancel != nil {
		cancel()
	}
}

func (f *Future[T]) String() string {
	switch ready, value, err := f.outcome(); {
	case !ready:
		return "pending"
	case err != nil:
		return fmt.Sprintf("failed: %v", err)
	default:
		return fmt.Sprintf("%v", value)
	}
}

var errNilFuture = errors.New("coord: the future is nil")

// outcome takes a nil future for one that failed.
func (f *Future[T]) outcome() (ready bool, value T, err error) {
	if f == nil {
		return true, value, errNilFuture
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.ready, f.value, f.err
}

func (f *Future[T]) help() {
	if help := f.hooked().Help; help != nil {
		help()
	}
}

func (f *Future[T]) hooked() Hooks {
	if f == nil {
		return Hooks{}
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.hooks
}

// subscribe has call called when the future is ready: at once if it is.
func (f *Future[T]) subscribe(call func()) {
	if f == nil {
		call()
		return
	}
	f.mu.Lock()
	if !f.ready {
		f.subscribers = append(f.subscribers, call)
		f.mu.Unlock()
		return
	}
	f.mu.Unlock()
	call()
}

// Failed returns a future that is ready, with an error. A nil error makes it a success with the zero value.
func Failed[T any](err error) *Future[T] {
	p := NewPromise[T](Hooks{})
	var none T
	p.Resolve(none, err)
	return p.Future()
}

// Then calls next with the value of f when that is ready, and returns the outcome of next to be. If f fails, next is not
// called, and the error is that of f. next runs in the goroutine that made f ready, or in the caller's if f is ready
// already; so it should be short. A panic of next becomes an error of the future that Then returns.
func Then[T, U any](f *Future[T], next func(T) (U, error)) *Future[U] {
	if next == nil {
		return Failed[U](errors.New("coord: Then: the function is nil"))
	}
	return WhenDone(f, func(value T, err error) (U, error) {
		if err != nil {
			var none U
			return none, err
		}
		return next(value)
	})
}

// WhenDone is Then for a function that is called in any case, with the value of f or its error.
func WhenDone[T, U any](f *Future[T], next func(T, error) (U, error)) *Future[U] {
	if next == nil {
		return Failed[U](errors.New("coord: WhenDone: the function is nil"))
	}
	p := NewPromise[U](Hooks{Cancel: f.Cancel, Help: f.help})
	f.subscribe(func() {
		_, value, err := f.outcome()
		settle(p, func() (U, error) { return next(value, err) })
	})
	return p.Future()
}
