package coord_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"sync"
	"time"

	"github.com/warren-go/warren/parlib/coord"
)

func ExampleBarrier() {
	round := 0
	barrier, err := coord.NewBarrier(3, func() { round++; fmt.Println("all have done round", round) })
	if err != nil {
		log.Fatal(err)
	}
	var all sync.WaitGroup
	for range 3 {
		all.Go(func() {
			for range 2 {
				barrier.Wait()
			}
		})
	}
	all.Wait()
	// Output:
	// all have done round 1
	// all have done round 2
}

func ExampleEvent() {
	var start coord.Event
	var all sync.WaitGroup
	for range 3 {
		all.Go(func() {
			start.Wait()
			fmt.Println("running")
		})
	}
	fmt.Println("ready")
	start.Set()
	all.Wait()
	// Output:
	// ready
	// running
	// running
	// running
}

func ExampleEvent_WaitContext() {
	ctx, cancel := context.WithTimeout(context.Background(), time.Millisecond)
	defer cancel()
	var never coord.Event
	fmt.Println(never.WaitContext(ctx))
	// Output: coord: waiting for an event: context deadline exceeded
}

func ExampleSemaphore() {
	seats, err := coord.NewSemaphore(2)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(seats.TryAcquire(), seats.TryAcquire(), seats.TryAcquire())
	fmt.Println(seats.Release(), seats.Free())
	// Output:
	// true true false
	// <nil> 1
}

func ExampleQueue() {
	queue, err := coord.NewQueue[int](2)
	if err != nil {
		log.Fatal(err)
	}
	go func() {
		defer queue.Close()
		for i := range 4 {
			queue.Put(i * i) // waits while two items are in the queue
		}
	}()
	for square := range queue.All() {
		fmt.Println(square)
	}
	fmt.Println(queue.Put(5))
	// Output:
	// 0
	// 1
	// 4
	// 9
	// coord: Put: the queue is closed
}

func ExampleGo() {
	answer := coord.Go(context.Background(), func(context.Context) (int, error) { return 6 * 7, nil })
	fmt.Println(answer.Get())
	// Output: 42 <nil>
}

func ExampleFuture_Cancel() {
	patient := coord.Go(context.Background(), func(ctx context.Context) (int, error) {
		<-ctx.Done()
		return 0, ctx.Err()
	})
	patient.Cancel()
	_, err := patient.Get()
	fmt.Println(errors.Is(err, context.Canceled))
	// Output: true
}

func ExampleThen() {
	length := coord.Then(
		coord.Go(context.Background(), func(context.Context) (string, error) { return "gopher", nil }),
		func(word string) (int, error) { return len(word), nil },
	)
	fmt.Println(length.Get())
	// Output: 6 <nil>
}

func ExampleAsCompleted() {
	sleep := func(d time.Duration) *coord.Future[time.Duration] {
		return coord.Go(context.Background(), func(context.Context) (time.Duration, error) {
			time.Sleep(d)
			return d, nil
		})
	}
	for i, f := range coord.AsCompleted(sleep(100*time.Millisecond), sleep(time.Millisecond)) {
		took, err := f.Get()
		fmt.Println("future", i, "slept", took, err)
	}
	// Output:
	// future 1 slept 1ms <nil>
	// future 0 slept 100ms <nil>
}

func ExampleWait() {
	ctx, cancel := context.WithCancel(context.Background())
	quick := coord.Go(ctx, func(context.Context) (string, error) { return "quick", nil })
	slow := coord.Go(ctx, func(ctx context.Context) (string, error) { <-ctx.Done(); return "slow", nil })
	ready, pending, err := coord.Wait(ctx, coord.First, slow, quick)
	fmt.Println(ready, len(pending), err)
	cancel()
	fmt.Println(slow.Get())
	// Output:
	// [quick] 1 <nil>
	// slow <nil>
}

func ExampleLimiter() {
	limiter, err := coord.NewLimiter(1000, 1)
	if err != nil {
		log.Fatal(err)
	}
	start := time.Now()
	for range 11 {
		limiter.Wait()
	}
	fmt.Println("ten intervals took 10 ms or more:", time.Since(start) >= 9*time.Millisecond)
	// Output: ten intervals took 10 ms or more: true
}

func ExampleReentrant() {
	var lock coord.Reentrant
	me := new(coord.Owner)
	lock.Lock(me)
	lock.Lock(me) // a sync.Mutex would wait for itself here
	fmt.Println("held", lock.Depth(), "deep")
	lock.Unlock(me)
	lock.Unlock(me)
	fmt.Println("by another:", lock.TryLock(new(coord.Owner)))
	// Output:
	// held 2 deep
	// by another: true
}

// A promise is kept by whoever knows the answer; all who have the future get it.
func ExampleNewPromise() {
	promise := coord.NewPromise[int](coord.Hooks{})
	go promise.Resolve(42, nil)
	fmt.Println(promise.Future().Get())
	// Output: 42 <nil>
}
