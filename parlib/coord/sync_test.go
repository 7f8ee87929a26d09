package coord

import (
	"context"
	"errors"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

func TestEventLetsAllGo(t *testing.T) {
	var e Event
	var all sync.WaitGroup
	for range 10 {
		all.Go(e.Wait)
	}
	if e.IsSet() {
		t.Error("an event is set from the start")
	}
	e.Set()
	e.Set()
	within(t, "waiting for an event that is set", all.Wait)
	if !e.IsSet() {
		t.Error("the event is not set")
	}
}

func TestClearedEventIsWaitedForAgain(t *testing.T) {
	var e Event
	e.Clear()
	for range 3 {
		before := e.Done()
		e.Set()
		e.Clear()
		select {
		case <-before:
		default:
			t.Fatal("who waited before Set was called back by Clear")
		}
		if err := e.WaitContext(over(t)); e.IsSet() || !errors.Is(err, errCause) {
			t.Fatalf("a cleared event lets go: %v", err)
		}
	}
}

func TestSemaphoreHoldsItsLimit(t *testing.T) {
	const permits = 3
	s := must[*Semaphore](t)(NewSemaphore(permits))
	var now, most atomic.Int64
	var all sync.WaitGroup
	for range 60 {
		all.Go(func() {
			s.Do(func() {
				k := now.Add(1)
				for m := most.Load(); k > m && !most.CompareAndSwap(m, k); m = most.Load() {
				}
				time.Sleep(100 * time.Microsecond)
				now.Add(-1)
			})
		})
	}
	within(t, "60 goroutines", all.Wait)
	if most.Load() != permits || s.Free() != permits || s.Permits() != permits {
		t.Errorf("at most %d at once, then %d free, want %d", most.Load(), s.Free(), permits)
	}
	if !s.TryAcquire() || !s.TryAcquire() || !s.TryAcquire() || s.TryAcquire() || s.Free() != 0 {
		t.Error("TryAcquire does not give out each permit once")
	}
}

func TestSemaphoreTakesThePermitBackAfterAPanic(t *testing.T) {
	s := must[*Semaphore](t)(NewSemaphore(1))
	func() {
		defer func() { recover() }()
		s.Do(func() { panic("no") })
	}()
	if s.Free() != 1 {
		t.Error("the permit is lost")
	}
}

func TestQueueDeliversEachItemOnceAndInOrder(t *testing.T) {
	const producers, each = 4, 1000
	q := must[*Queue[[2]int]](t)(NewQueue[[2]int](8))
	var sources sync.WaitGroup
	for p := range producers {
		sources.Go(func() {
			for i := range each {
				if err := q.Put([2]int{p, i}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	go func() { sources.Wait(); q.Close() }()
	var next [producers]int
	within(t, "a queue", func() {
		for item := range q.All() {
			if q.Len() > q.Size() {
				t.Errorf("%d items in a queue of %d", q.Len(), q.Size())
			}
			if p, i := item[0], item[1]; next[p] != i {
				t.Fatalf("item %d of producer %d came when %d was due", i, p, next[p])
			}
			next[item[0]]++
		}
	})
	if next != [producers]int{each, each, each, each} {
		t.Errorf("items delivered: %v", next)
	}
}

func TestClosedQueueGivesWhatIsLeft(t *testing.T) {
	q := must[*Queue[int]](t)(NewQueue[int](3))
	q.Put(1)
	q.Put(2)
	q.Close()
	q.Close()
	if err := q.Put(3); !errors.Is(err, ErrClosed) {
		t.Errorf("Put gives %v", err)
	}
	if added, err := q.TryPut(3); added || !errors.Is(err, ErrClosed) {
		t.Errorf("TryPut gives %t, %v", added, err)
	}
	if v, err := q.Get(); v != 1 || err != nil {
		t.Errorf("Get gives %d, %v", v, err)
	}
	if v, taken, err := q.TryGet(); v != 2 || !taken || err != nil {
		t.Errorf("TryGet gives %d, %t, %v", v, taken, err)
	}
	if _, err := q.Get(); !errors.Is(err, ErrClosed) {
		t.Errorf("Get from what is closed and empty gives %v", err)
	}
	if _, taken, err := q.TryGet(); taken || !errors.Is(err, ErrClosed) {
		t.Errorf("TryGet from what is closed and empty gives %t, %v", taken, err)
	}
}

func TestQueueThatIsFullOrEmptySaysSo(t *testing.T) {
	q := must[*Queue[int]](t)(NewQueue[int](1))
	if _, taken, err := q.TryGet(); taken || err != nil {
		t.Errorf("TryGet from an empty queue gives %t, %v", taken, err)
	}
	first, _ := q.TryPut(1)
	second, err := q.TryPut(2)
	if !first || second || err != nil {
		t.Errorf("TryPut gives %t, %t, %v", first, second, err)
	}
}

// Close meets puts at any point of theirs: none may panic, and each item put without error must come out.
func TestCloseDuringPuts(t *testing.T) {
	for range 300 {
		q := must[*Queue[int]](t)(NewQueue[int](2))
		var accepted atomic.Int64
		var all sync.WaitGroup
		for range 4 {
			all.Go(func() {
				for q.Put(1) == nil {
					accepted.Add(1)
				}
			})
		}
		all.Go(func() { q.Get(); q.Close() })
		within(t, "a queue that is closed", all.Wait)
		taken := int64(1)
		for range q.All() {
			taken++
		}
		if taken != accepted.Load() {
			t.Fatalf("%d items accepted, %d taken", accepted.Load(), taken)
		}
	}
}

func TestLimiterLetsABurstPassAndNoMore(t *testing.T) {
	l := must[*Limiter](t)(NewLimiter(1e-6, 3))
	passed := 0
	for range 10 {
		if l.Try() {
			passed++
		}
	}
	if passed != 3 || l.Rate() != 1e-6 || l.Burst() != 3 {
		t.Errorf("%d passed of a burst of %d at %v a second", passed, l.Burst(), l.Rate())
	}
}

func TestLimiterKeepsToItsRate(t *testing.T) {
	l := must[*Limiter](t)(NewLimiter(1000, 1))
	start := time.Now()
	for range 21 {
		l.Wait()
	}
	// A lower bound holds on any machine: 20 intervals of a millisecond.
	if took := time.Since(start); took < 19*time.Millisecond {
		t.Errorf("21 events at 1000 a second took %v", took)
	}
}

func TestReentrantLockIsItsOwnersAlone(t *testing.T) {
	var lock Reentrant
	mine, other := new(Owner), new(Owner)
	if mine == other {
		t.Fatal("owners are not told apart")
	}
	for range 3 {
		if err := lock.Lock(mine); err != nil {
			t.Fatal(err)
		}
	}
	if lock.Depth() != 3 || lock.TryLock(other) || lock.TryLock(nil) || lock.Unlock(other) == nil {
		t.Error("a lock that is held lets another owner do something")
	}
	had := make(chan struct{})
	go func() { lock.Lock(other); close(had) }()
	for range 3 {
		select {
		case <-had:
			t.Fatal("another owner has a lock that is held")
		default:
		}
		if err := lock.Unlock(mine); err != nil {
			t.Fatal(err)
		}
	}
	within(t, "the next owner", func() { <-had })
	if lock.TryLock(mine) || !lock.TryLock(other) || lock.Depth() != 2 {
		t.Error("the lock did not pass to who waited")
	}
}

func TestReentrantLockExcludes(t *testing.T) {
	var lock Reentrant
	var all sync.WaitGroup
	counter := 0
	for range 8 {
		all.Go(func() {
			o := new(Owner)
			for range 200 {
				lock.Lock(o)
				lock.Lock(o)
				n := counter
				runtime.Gosched() // others come and wait
				counter = n + 1
				lock.Unlock(o)
				lock.Unlock(o)
			}
		})
	}
	within(t, "eight owners", all.Wait)
	if counter != 1600 {
		t.Errorf("counted %d, want 1600", counter)
	}
}

func TestFuturesWaitTogether(t *testing.T) {
	for _, c := range []struct {
		name           string
		until          When
		resolve        []int // in this order
		ready, pending []int
	}{
		{"first", First, []int{2}, []int{2}, []int{0, 1, 3}},
		{"first error", FirstError, []int{3, 1}, []int{1, 3}, []int{0, 2}},
		{"all", All, []int{1, 3, 0, 2}, []int{0, 1, 2, 3}, []int{}},
	} {
		t.Run(c.name, func(t *testing.T) {
			promises, futures := promises(4)
			go func() {
				for _, i := range c.resolve {
					var err error
					if i == 1 {
						err = errors.New("failed")
					}
					promises[i].Resolve(i, err)
				}
			}()
			within(t, c.name, func() {
				ready, pending, err := Wait(t.Context(), c.until, futures...)
				if err != nil {
					t.Fatal(err)
				}
				if !slices.Equal(places(futures, ready), c.ready) || !slices.Equal(places(futures, pending), c.pending) {
					t.Errorf("ready are %v, pending %v", places(futures, ready), places(futures, pending))
				}
			})
		})
	}
}

func promises(n int) (p []*Promise[int], f []*Future[int]) {
	for range n {
		p = append(p, NewPromise[int](Hooks{}))
		f = append(f, p[len(p)-1].Future())
	}
	return p, f
}

func places(all, some []*Future[int]) []int {
	at := make([]int, len(some))
	for i, f := range some {
		at[i] = slices.Index(all, f)
	}
	return at
}

func TestFirstErrorWaitsForAllWhereNoneFails(t *testing.T) {
	promises, futures := promises(3)
	for i, p := range promises {
		go p.Resolve(i, nil)
	}
	within(t, "three futures", func() {
		ready, pending, err := Wait(t.Context(), FirstError, futures...)
		if len(ready) != 3 || len(pending) != 0 || err != nil {
			t.Errorf("%d ready, %d pending, %v", len(ready), len(pending), err)
		}
	})
}

func TestAsCompletedYieldsEachOnceInTheOrderOfCompletion(t *testing.T) {
	promises, futures := promises(4)
	order := []int{2, 0, 3, 1}
	var got []int
	promises[order[0]].Resolve(order[0], nil)
	within(t, "four futures", func() {
		for i, f := range AsCompleted(futures...) {
			if v, err := f.Get(); v != i || err != nil {
				t.Errorf("future %d gives %d, %v", i, v, err)
			}
			got = append(got, i)
			if n := len(got); n < len(order) {
				promises[order[n]].Resolve(order[n], nil)
			}
		}
	})
	if !slices.Equal(got, order) {
		t.Errorf("order is %v, want %v", got, order)
	}
	for range AsCompleted(futures...) {
		break
	}
	for range AsCompleted[int]() {
		t.Error("no futures, and one came")
	}
}

func TestOnlyTheFirstOutcomeCounts(t *testing.T) {
	p := NewPromise[int](Hooks{})
	f := p.Future()
	if f.Ready() || f.Successful() || f.String() != "pending" {
		t.Errorf("a promise not kept yet is %v", f)
	}
	if !p.Resolve(1, nil) || p.Resolve(2, errCause) {
		t.Error("Resolve does not say which call counts")
	}
	if v, err := f.Get(); v != 1 || err != nil || !f.Ready() || !f.Successful() || f.String() != "1" {
		t.Errorf("got %d, %v", v, err)
	}
}

func TestGoTurnsEveryEndIntoAnOutcome(t *testing.T) {
	for _, c := range []struct {
		name string
		f    func(context.Context) (int, error)
		want string
	}{
		{"value", func(context.Context) (int, error) { return 7, nil }, "7"},
		{"error", func(context.Context) (int, error) { return 0, errCause }, "failed: the student"},
		{"panic", func(context.Context) (int, error) { panic("no") }, "failed: coord: panic at "},
		{"Goexit", func(context.Context) (int, error) { runtime.Goexit(); return 0, nil }, "failed: coord: the function ended its goroutine"},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := Go(t.Context(), c.f)
			within(t, c.name, f.Wait)
			if got := f.String(); len(got) < len(c.want) || got[:len(c.want)] != c.want {
				t.Errorf("outcome is %q, want %q", got, c.want)
			}
		})
	}
}

func TestCancelEndsTheContextOfTheWork(t *testing.T) {
	f := Go(t.Context(), func(ctx context.Context) (int, error) { <-ctx.Done(); return 0, ctx.Err() })
	f.Cancel()
	within(t, "work that is cancelled", func() {
		if _, err := f.Get(); !errors.Is(err, context.Canceled) {
			t.Errorf("error is %v", err)
		}
	})
	f.Cancel()
}

func TestOutcomeDoesNotHoldOnToTheWork(t *testing.T) {
	work := new([1 << 16]byte)
	gone := make(chan struct{})
	runtime.AddCleanup(work, func(gone chan struct{}) { close(gone) }, gone)
	p := NewPromise[int](Hooks{Cancel: func() { work[0]++ }, Help: func() { work[1]++ }})
	work = nil
	p.Resolve(1, nil)
	within(t, "collecting the work", func() {
		for collected := false; !collected; {
			runtime.GC()
			select {
			case <-gone:
				collected = true
			default:
			}
		}
	})
	p.Future().Cancel()
}

func TestThenPassesValuesOnAndErrorsBy(t *testing.T) {
	double := func(x int) (int, error) { return 2 * x, nil }
	p := NewPromise[int](Hooks{})
	before := Then(Then(p.Future(), double), double)
	p.Resolve(5, nil)
	after := Then(p.Future(), double)
	bad := Then(Failed[int](errCause), double)
	rescued := WhenDone(bad, func(_ int, err error) (string, error) { return err.Error(), nil })
	panicked := Then(p.Future(), func(int) (int, error) { panic("no") })
	within(t, "futures of futures", func() {
		if v, err := before.Get(); v != 20 || err != nil {
			t.Errorf("before: %d, %v", v, err)
		}
		if v, err := after.Get(); v != 10 || err != nil {
			t.Errorf("after: %d, %v", v, err)
		}
		if _, err := bad.Get(); !errors.Is(err, errCause) {
			t.Errorf("the error is lost: %v", err)
		}
		if v, err := rescued.Get(); v != errCause.Error() || err != nil {
			t.Errorf("rescued: %q, %v", v, err)
		}
		if _, err := panicked.Get(); err == nil {
			t.Error("the panic is lost")
		}
	})
}

func TestWaitersLendAHand(t *testing.T) {
	for name, wait := range map[string]func(...*Future[int]){
		"Wait":        func(f ...*Future[int]) { f[0].Wait(); f[1].Wait() },
		"WaitContext": func(f ...*Future[int]) { f[0].WaitContext(t.Context()); f[1].WaitContext(t.Context()) },
		"AsCompleted": func(f ...*Future[int]) {
			for range AsCompleted(f...) {
			}
		},
		"Wait for all": func(f ...*Future[int]) { Wait(t.Context(), All, f...) },
		"Then": func(f ...*Future[int]) {
			for _, one := range f {
				Then(one, func(int) (int, error) { return 0, nil }).Wait()
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			var futures []*Future[int]
			for i := range 2 {
				var p *Promise[int]
				p = NewPromise[int](Hooks{Help: func() { p.Resolve(i, nil) }})
				futures = append(futures, p.Future())
			}
			within(t, name, func() { wait(futures...) })
		})
	}
}
