package coord

import (
	"context"
	"errors"
	"math"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// within fails the test where f hangs.
func within(t testing.TB, what string, f func()) {
	t.Helper()
	done := make(chan struct{})
	go func() { defer close(done); f() }()
	select {
	case <-done:
	case <-time.After(20 * time.Second):
		t.Fatalf("%s hangs", what)
	}
}

func must[T any](t testing.TB) func(T, error) T {
	return func(value T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return value
	}
}

var errCause = errors.New("the student pressed stop")

// over is a context that has ended.
func over(t testing.TB) context.Context {
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(errCause)
	return ctx
}

func TestBadInputIsAnErrorThatNamesTheValue(t *testing.T) {
	semaphore := must[*Semaphore](t)(NewSemaphore(2))
	barrier := must[*Barrier](t)(NewBarrier(1, nil))
	queue := must[*Queue[int]](t)(NewQueue[int](1))
	limiter := must[*Limiter](t)(NewLimiter(1, 1))
	var lock Reentrant
	for _, c := range []struct {
		name string
		err  func() error
		want string
	}{
		{"barrier of none", func() error { _, err := NewBarrier(0, nil); return err }, "number of parties is 0"},
		{"semaphore of none", func() error { _, err := NewSemaphore(-1); return err }, "number of permits is -1"},
		{"queue of none", func() error { _, err := NewQueue[int](0); return err }, "size is 0"},
		{"queue without bounds", func() error { _, err := NewQueue[int](math.MaxInt); return err }, "must be between 1 and"},
		{"rate of zero", func() error { _, err := NewLimiter(0, 1); return err }, "rate is 0"},
		{"rate of NaN", func() error { _, err := NewLimiter(math.NaN(), 1); return err }, "rate is NaN"},
		{"burst of none", func() error { _, err := NewLimiter(1, 0); return err }, "burst is 0"},
		{"release of what is free", semaphore.Release, "all 2 permits"},
		{"unlock of what is free", func() error { return lock.Unlock(new(Owner)) }, "but free"},
		{"lock by nobody", func() error { return lock.Lock(nil) }, "owner is nil"},
		{"wait for what", func() error { _, _, err := Wait[int](t.Context(), 7); return err }, "until is 7"},
		{"nothing to go", func() error { _, err := Go[int](t.Context(), nil).Get(); return err }, "function is nil"},
		{"nothing to do then", func() error { _, err := Then[int, int](Failed[int](nil), nil).Get(); return err }, "function is nil"},
		{"queue without bounds of memory", func() error { _, err := NewQueue[[1 << 15]byte](1 << 24); return err }, "16777216 items of 32768 bytes"},
		{"wait for an event with a nil context", func() error { return new(Event).WaitContext(nil) }, "Event.WaitContext: the context is nil"},
		{"wait at a barrier with a nil context", func() error { _, err := barrier.WaitContext(nil); return err }, "Barrier.WaitContext: the context is nil"},
		{"acquire with a nil context", func() error { return semaphore.AcquireContext(nil) }, "Semaphore.AcquireContext: the context is nil"},
		{"put with a nil context", func() error { return queue.PutContext(nil, 1) }, "Queue.PutContext: the context is nil"},
		{"get with a nil context", func() error { _, err := queue.GetContext(nil); return err }, "Queue.GetContext: the context is nil"},
		{"limiter with a nil context", func() error { return limiter.WaitContext(nil) }, "Limiter.WaitContext: the context is nil"},
		{"future with a nil context", func() error { return Failed[int](nil).WaitContext(nil) }, "Future.WaitContext: the context is nil"},
		{"value of a future with a nil context", func() error { _, err := Failed[int](nil).GetContext(nil); return err }, "Future.GetContext: the context is nil"},
		{"futures with a nil context", func() error { _, _, err := Wait(nil, All, Failed[int](nil)); return err }, "Wait: the context is nil"},
		{"go with a nil context", func() error {
			_, err := Go(nil, func(context.Context) (int, error) { return 0, nil }).Get()
			return err
		}, "the context or the function is nil"},
		{"zero barrier", func() error { _, err := new(Barrier).Wait(); return err }, "the barrier was not made by NewBarrier"},
		{"zero semaphore", func() error { return new(Semaphore).AcquireContext(t.Context()) }, "the semaphore was not made by NewSemaphore"},
		{"put into a zero queue", func() error { return new(Queue[int]).Put(1) }, "the queue was not made by NewQueue"},
		{"get from a zero queue", func() error { _, err := new(Queue[int]).Get(); return err }, "the queue was not made by NewQueue"},
		{"all of a zero queue", func() error {
			var q Queue[int]
			for range q.All() {
				t.Error("an item of a zero queue")
			}
			q.Close()
			return q.Put(1)
		}, "the queue was not made by NewQueue"},
		{"zero limiter", func() error { return new(Limiter).WaitContext(t.Context()) }, "the limiter was not made by NewLimiter"},
		{"nil future", func() error { _, err := (*Future[int])(nil).Get(); return err }, "future is nil"},
		{"then on a nil future", func() error {
			_, err := Then((*Future[int])(nil), func(int) (int, error) { return 0, nil }).Get()
			return err
		}, "future is nil"},
	} {
		t.Run(c.name, func(t *testing.T) {
			within(t, c.name, func() {
				if err := c.err(); err == nil || !strings.Contains(err.Error(), c.want) {
					t.Errorf("error is %v, want one with %q", err, c.want)
				}
			})
		})
	}
}

func TestWaitingEndsWithItsContext(t *testing.T) {
	barrier := must[*Barrier](t)(NewBarrier(2, nil))
	semaphore := must[*Semaphore](t)(NewSemaphore(1))
	semaphore.Acquire()
	empty, full := must[*Queue[int]](t)(NewQueue[int](1)), must[*Queue[int]](t)(NewQueue[int](1))
	full.Put(1)
	limiter := must[*Limiter](t)(NewLimiter(1e-6, 1))
	limiter.Wait()
	never := NewPromise[int](Hooks{}).Future()
	for _, c := range []struct {
		name string
		wait func(context.Context) error
	}{
		{"event", new(Event).WaitContext},
		{"barrier", func(ctx context.Context) error { _, err := barrier.WaitContext(ctx); return err }},
		{"semaphore", semaphore.AcquireContext},
		{"full queue", func(ctx context.Context) error { return full.PutContext(ctx, 2) }},
		{"empty queue", func(ctx context.Context) error { _, err := empty.GetContext(ctx); return err }},
		{"limiter", limiter.WaitContext},
		{"future", never.WaitContext},
		{"value of a future", func(ctx context.Context) error { _, err := never.GetContext(ctx); return err }},
		{"futures", func(ctx context.Context) error { _, _, err := Wait(ctx, First, never, never); return err }},
	} {
		t.Run(c.name, func(t *testing.T) {
			ctx, cancel := context.WithCancelCause(t.Context())
			failed := make(chan error, 1)
			go func() { failed <- c.wait(ctx) }()
			select {
			case err := <-failed:
				t.Fatalf("did not wait: %v", err)
			case <-time.After(5 * time.Millisecond):
			}
			cancel(errCause)
			within(t, c.name, func() {
				if err := <-failed; !errors.Is(err, errCause) {
					t.Errorf("error is %v, want the cause", err)
				}
			})
		})
	}
	if full.Len() != 1 || empty.Len() != 0 || semaphore.Free() != 0 {
		t.Error("a wait that was given up took or added something")
	}
	early, cancel := context.WithTimeout(t.Context(), time.Hour)
	defer cancel()
	if err := limiter.WaitContext(early); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("error of a limiter that knows the deadline to be too early is %v", err)
	}
}

func TestWhatHoldsAlreadyIsHadAlsoAfterTheContextsEnd(t *testing.T) {
	var event Event
	event.Set()
	barrier := must[*Barrier](t)(NewBarrier(1, nil))
	semaphore := must[*Semaphore](t)(NewSemaphore(1000))
	queue := must[*Queue[int]](t)(NewQueue[int](1))
	ready := Failed[int](nil)
	for range 200 { // a select would take either side
		if err := event.WaitContext(over(t)); err != nil {
			t.Fatal("event:", err)
		}
		if _, err := barrier.WaitContext(over(t)); err != nil {
			t.Fatal("barrier:", err)
		}
		if err := semaphore.AcquireContext(over(t)); err != nil {
			t.Fatal("semaphore:", err)
		}
		if err := queue.PutContext(over(t), 1); err != nil {
			t.Fatal("put:", err)
		}
		if _, err := queue.GetContext(over(t)); err != nil {
			t.Fatal("get:", err)
		}
		if _, err := ready.GetContext(over(t)); err != nil {
			t.Fatal("future:", err)
		}
		if done, _, err := Wait(over(t), All, ready, ready); err != nil || len(done) != 2 {
			t.Fatal("futures:", err)
		}
	}
}
