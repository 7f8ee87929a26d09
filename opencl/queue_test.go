package opencl

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// slow counts for long in each work-item, then adds 1.
const slow = `__kernel void slow(__global int *x, int rounds) {
	volatile int n = 0;
	for (int i = 0; i < rounds; i++) n += i;
	x[get_global_id(0)] += 1 + (n == 12345);
}`

func TestEventEnds(t *testing.T) {
	c := newContext(t)
	k, x := build(t, c, slow), bufferOf[int32](t, c, 0, 0)
	e, err := k.Launch(nil, Global(2), x, 1000)
	if err != nil {
		t.Fatal(err)
	}
	<-e.Done()
	if err := e.WaitContext(context.Background()); err != nil {
		t.Error(err)
	}
	times, err := e.Times()
	if err != nil || times.Queued > times.Submitted || times.Submitted > times.Started || times.Started > times.Ended || times.Ended == 0 {
		t.Errorf("%+v, %v", times, err)
	}
	nothing, err := k.Launch(nil, Global(0), x, 1)
	if err != nil {
		t.Fatal(err)
	}
	<-nothing.Done()
	if times, err := nothing.Times(); err != nil || times != (Times{}) {
		t.Errorf("%+v, %v", times, err)
	}
}

func TestWaitGivesUpWithItsContext(t *testing.T) {
	c := newContext(t)
	k, x := build(t, c, slow), bufferOf[int32](t, c, 0)
	e, err := k.Launch(nil, Global(1), x, 300_000_000)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := e.WaitContext(ctx); !errors.Is(err, context.Canceled) || !strings.Contains(err.Error(), "opencl: Kernel.Launch: slow: still running") {
		t.Error(err)
	}
	if err := e.Wait(); err != nil {
		t.Error(err)
	}
}

// Commands of two queues that use one buffer run in the order in which they were given.
func TestQueuesWaitForEachOthersBuffers(t *testing.T) {
	c := newContext(t)
	second, err := c.NewQueue()
	if err != nil {
		t.Fatal(err)
	}
	p, err := c.Build(slow + "__kernel void twice(__global int *x) { x[get_global_id(0)] *= 2; }")
	if err != nil {
		t.Fatal(err)
	}
	add, _ := p.Kernel("slow")
	double, _ := p.Kernel("twice")
	x := bufferOf[int32](t, c, 0, 0, 0)
	want := int32(0)
	for range 10 {
		if _, err := add.Launch(second, Global(3), x, 100_000); err != nil {
			t.Fatal(err)
		}
		if _, err := double.Launch(nil, Global(3), x); err != nil {
			t.Fatal(err)
		}
		want = 2 * (want + 1)
	}
	if got := read(t, x); !slices.Equal(got, []int32{want, want, want}) {
		t.Errorf("%v, want %d", got, want)
	}
	if err := second.Close(); err != nil {
		t.Error(err)
	}
}

// The memory of a closed buffer that a queue still works with is not written to by its next owner.
func TestMemoryIsUsedAgainAfterItsLastCommand(t *testing.T) {
	c := newContext(t)
	second, err := c.NewQueue()
	if err != nil {
		t.Fatal(err)
	}
	k := build(t, c, slow)
	for range 20 {
		x := bufferOf(t, c, make([]int32, 64)...)
		if _, err := k.Launch(second, Global(64), x, 100_000); err != nil {
			t.Fatal(err)
		}
		x.Close()
		y := bufferOf(t, c, make([]int32, 64)...)
		if got := read(t, y); slices.Max(got) != 0 {
			t.Fatalf("a closed buffer's kernel wrote to %v", got)
		}
		y.Close()
	}
}

func TestAfterWaitsForOtherQueues(t *testing.T) {
	c, other := newContext(t), newContext(t)
	second, err := c.NewQueue()
	if err != nil {
		t.Fatal(err)
	}
	k, x := build(t, c, slow), bufferOf[int32](t, c, 0)
	first, err := k.Launch(nil, Global(1), x, 10_000_000)
	if err != nil {
		t.Fatal(err)
	}
	barrier, err := second.After(first)
	if err != nil {
		t.Fatal(err)
	}
	if err := barrier.Wait(); err != nil {
		t.Fatal(err)
	}
	if ended, err := first.driver.Ended(); !ended || err != nil {
		t.Error("the barrier ended before the event", err)
	}
	if _, err := second.After(nil); err == nil || !strings.Contains(err.Error(), "event 0 is nil") {
		t.Error(err)
	}
	if _, err := other.Queue().After(first); err == nil || !strings.Contains(err.Error(), "another context") {
		t.Error(err)
	}
}

func TestQueueAndContextAfterClose(t *testing.T) {
	c := newContext(t)
	k, x := build(t, c, slow), bufferOf[int32](t, c, 0)
	q, err := c.NewQueue()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Queue().Close(); err == nil || !strings.Contains(err.Error(), "the context's own queue") {
		t.Error(err)
	}
	for range 2 {
		if err := q.Close(); err != nil {
			t.Error(err)
		}
	}
	if _, err := k.Launch(q, Global(1), x, 1); !errors.Is(err, ErrClosed) {
		t.Error(err)
	}
	for range 2 {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	}
	_, launching := k.Launch(nil, Global(1), x, 1)
	_, queueing := c.NewQueue()
	_, making := NewBuffer[int32](c, 1)
	for _, err := range []error{launching, queueing, making, x.Write([]int32{1}, 0), c.Queue().Finish(), q.Finish()} {
		if !errors.Is(err, ErrClosed) || !strings.Contains(err.Error(), "closed") {
			t.Error(err)
		}
	}
	if err := x.Close(); err != nil {
		t.Error(err)
	}
}

// A kernel keeps its arguments, so two goroutines that launch one must not mix theirs.
func TestGoroutinesShareAKernel(t *testing.T) {
	c := newContext(t)
	k := build(t, c, `__kernel void put(__global int *x, int v, int w) { x[get_global_id(0)] = v + w; }`)
	var group sync.WaitGroup
	for g := range 4 {
		group.Go(func() {
			b, err := NewBuffer[int32](c, 16)
			if err != nil {
				t.Error(err)
				return
			}
			got := make([]int32, 16)
			for i := range 200 {
				if _, err := k.Launch(nil, Global(16), b, 1000*g, i); err != nil {
					t.Error(err)
					return
				}
				if err := b.Read(got, 0); err != nil || slices.Min(got) != int32(1000*g+i) || slices.Max(got) != int32(1000*g+i) {
					t.Errorf("goroutine %d, launch %d: %v, %v", g, i, got, err)
					return
				}
			}
		})
	}
	group.Wait()
}

// Buffers that nothing refers to after Launch live until the kernel has ended.
func TestArgumentsLiveUntilTheKernelEnds(t *testing.T) {
	c := newContext(t)
	k := build(t, c, slow)
	for range 50 {
		x, err := NewBuffer[int32](c, 1<<10)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := k.Launch(nil, Global(1<<10), x, 10_000); err != nil {
			t.Fatal(err)
		}
	}
	c.memory.reclaim()
	if err := c.Queue().Finish(); err != nil {
		t.Error(err)
	}
}

func TestAsyncTransfers(t *testing.T) {
	c := newContext(t)
	x := make([]int64, 1<<16)
	for i := range x {
		x[i] = int64(i)
	}
	b, err := NewBuffer[int64](c, len(x))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := b.WriteAsync(nil, x, 0); err != nil {
		t.Fatal(err)
	}
	back := make([]int64, len(x))
	e, err := b.ReadAsync(nil, back, 0)
	if err != nil {
		t.Fatal(err)
	}
	select {
	case <-e.Done():
	case <-time.After(20 * time.Second):
		t.Fatal("the transfer hangs")
	}
	if !slices.Equal(x, back) {
		t.Error("what comes back differs")
	}
	if _, err := b.ReadAsync(nil, back, 1); err == nil {
		t.Error("a read past the end is taken")
	}
}
